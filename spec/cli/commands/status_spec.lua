local cjson = require("cjson")
local cli = require("spec.support.cli")
local process = require("spec.support.process")
local scripted = require("spec.support.scripted")
local simulators = require("spec.support.simulator")
local web = require("spec.support.web")

describe("vertexsms status", function()
  local simulator

  setup(function() simulator = simulators.start({ "--dlr-delay", "0.3" }) end)
  teardown(process.stop_all)

  local function send(fields)
    local message = { to = "37069912345", from = "MyShop", message = "Your code is\n4815" }
    for name, value in pairs(fields or {}) do message[name] = value end
    local _, ids = simulator:call("POST", "/sms", message, cli.TOKEN)
    return ids[1]
  end

  it("prints what is known, each on its line", function()
    local id = send()
    local code, output = cli.run(simulator.url, { "status", id })
    assert.equal(0, code)
    local lines = cli.lines(output)
    assert.equal("id          " .. id, lines[1])
    assert.truthy(lines[2]:find("^state       %l+$"))
    assert.truthy(output:find("\ntext        Your code is\\n4815\n", 1, true))
  end)

  it("prints one object with --json", function()
    local id = send()
    local _, output = cli.run(simulator.url, { "status", id, "--json" })
    local status = cjson.decode(output)
    assert.equal(id, status.id)
    assert.is_boolean(status.final)
    assert.equal("Your code is\n4815", status.text)
  end)

  it("--wait asks until the state is final, and exits with what it is", function()
    local code, output = cli.run(simulator.url, { "status", send(), "--wait", "--interval", "0.1" })
    assert.truthy(output:find("\nstate       delivered\n", 1, true))
    assert.equal(0, code)
    code, output = cli.run(simulator.url, { "status", send { testMode = 2 }, "--wait", "--interval", "0.1" })
    assert.truthy(output:find("\nstate       undelivered\n", 1, true))
    assert.equal(1, code)
  end)

  it("--wait shows on a terminal that it waits, and nowhere else", function()
    local server = scripted.start()
    local words = { "status", "7", "--wait", "--interval", "0.1", "--wait-timeout", "20" }
    server:script_bodies { '{"id":"7","status":"sent"}', '{"id":"7","status":"delivered"}' }
    local output = cli.run_on_terminal(server.url, words)
    assert.matches("\rwaiting for the final state: 0 of 20 seconds\r +\r", output)
    assert.matches("\rid +7\r\nstate +delivered", output)
    server:script_bodies { '{"id":"7","status":"sent"}', '{"id":"7","status":"delivered"}' }
    local code, _, errors = cli.run(server.url, words)
    assert.same({ 0, "" }, { code, errors })
    server:stop()
  end)

  it("--wait exits 3 when the state is not final in time", function()
    local slow = simulators.start { "--dlr-delay", "3600" }
    local _, ids = slow:call("POST", "/sms", { to = "37069912345", from = "MyShop", message = "a" }, cli.TOKEN)
    local code, output, errors = cli.run(slow.url,
      { "status", ids[1], "--wait", "--wait-timeout", "0.2", "--interval", "0.1" })
    assert.equal(3, code)
    assert.equal("", output)
    assert.truthy(errors:find("^failed: message " .. ids[1] .. " had no final state"))
    slow:stop()
  end)

  it("--wait ends at Ctrl-C", function()
    local endpoint = web.endpoint()
    local waiting = cli.start(endpoint.url, { "status", "7", "--wait", "--interval", "3600" })
    local connection = assert(endpoint.server:accept())
    web.read_message(connection)
    waiting:signal("INT")
    waiting:expect("^vertexsms: interrupted, nothing was sent$")
    assert.equal(130, waiting:wait())
    connection:close()
    endpoint:close()
  end)

  it("asks another host where the environment has one", function()
    local nowhere, bound = web.refusing()
    local words = { process.lua(), "bin/vertexsms", "status", send() }
    local code, output = process.run(words, { env = {
      VERTEXSMS_TOKEN = cli.TOKEN, VERTEXSMS_BASE_URL = nowhere, VERTEXSMS_STATUS_BASE_URL = simulator.url,
    } })
    assert.equal(0, code)
    assert.matches("^id ", output)
    bound:close()
  end)

  it("exits 1 for what is not found, or no ID", function()
    local failures = { ["1"] = "^failed: No message has this ID.\n$", ["../1"] = "^failed: ID must not" }
    for id, text in pairs(failures) do
      local code, output, errors = cli.run(simulator.url, { "status", id })
      assert.equal(1, code)
      assert.equal("", output)
      assert.truthy(errors:find(text))
    end
  end)
end)
