-- `vertexsms send --dry-run`: all checks, parts and cost, and nothing is sent.

local cjson = require("cjson")
local cli = require("spec.support.cli")
local process = require("spec.support.process")
local scripted = require("spec.support.scripted")
local simulators = require("spec.support.simulator")
local web = require("spec.support.web")

describe("vertexsms send --dry-run", function()
  local simulator, server

  setup(function() simulator, server = simulators.start(), scripted.start() end)
  teardown(function()
    server:stop()
    process.stop_all()
  end)

  local function dry(url, ...)
    return cli.run(url, { "send", "--dry-run", "--from", "MyShop", "--to", "37069912345", ... })
  end

  it("says what would be sent, and what it would cost", function()
    local code, output, errors = dry(simulator.url, "--message", "Your code is 4815")
    assert.equal("", errors)
    assert.equal(0, code)
    assert.matches("^encoding +GSM%-7\nunits +17 septets\nparts +1\n\nTO +COUNTRY .*\n37069912345 +LT .*EUR\n\n"
      .. "nothing was sent: this was a dry run\n$", output)
    local _, of_two = dry(simulator.url, "--message", ("ž"):rep(71), "--to", "37069912346")
    assert.matches("units +71 UTF%-16 code units\nparts +2 for each of 2 recipients, 4 in all\n", of_two)
    assert.matches("\ntotal ", of_two)
  end)

  local function refused(...)
    local code, _, errors = dry(simulator.url, ...)
    assert.equal(1, code)
    return errors
  end

  it("asks the guard by the rules that count nothing, and exits as the send would", function()
    local path = os.tmpname()
    local store = path .. ".db"
    local file = assert(io.open(path, "w"))
    file:write('{ "allow": ["LV"], "budget": { "parts": 1, "seconds": 60 }, "store": "' .. store .. '" }')
    file:close()
    local code, output, errors = dry(simulator.url, "--message", "Hi", "--guard", path)
    local to_latvia = { "send", "--dry-run", "--from", "MyShop", "--to", "37129912345", "--message", "Hi", "--guard",
      path }
    local of_latvia = cli.run(simulator.url, to_latvia)
    os.remove(path)
    assert.same({ 1, "" }, { code, output })
    assert.matches("not sent: the guard's allow has no prefix of to", errors, 1, true)
    assert.equal(0, of_latvia)
    assert.is_nil(io.open(store))
    code, output = dry(simulator.url, "--message", ("x"):rep(200), "--to", "37069912346", "--max-parts", "1", "--json")
    assert.equal(1, code)
    assert.equal("guarded", cjson.decode(output).kind)
    assert.matches("max_price of the guard is 0.01", refused("--message", "Hi", "--max-price", "0.01"), 1, true)
    assert.equal(0, (dry(simulator.url, "--message", "Hi", "--max-price", "0.10", "--max-parts", "1")))
    assert.matches("--guard: cannot read", refused("--message", "Hi", "--guard", "/no/such/file"), 1, true)
    file = assert(io.open(path, "w"))
    file:write('{ "budget": null, "store": "' .. store .. '" }')
    file:close()
    assert.matches("guard.budget must be", refused("--message", "Hi", "--guard", path), 1, true)
    os.remove(path)
  end)

  it("prints an object for each message with --json", function()
    local code, output = dry(simulator.url, "--message", "a", "--coding", "2", "--json", "--to", "37069912346")
    assert.equal(0, code)
    local lines = cli.lines(output)
    assert.equal(2, #lines)
    local message = cjson.decode(lines[2])
    assert.same({ "not_sent", true, "37069912346", "UCS-2", 1, 1, "EUR" }, { message.outcome, message.dry_run,
      message.to, message.encoding, message.units, message.parts, message.cost.currency })
  end)

  it("sends nothing", function()
    simulator:stop()
    assert.is_nil(simulator:output():find("POST /sms ", 1, true))
    assert.truthy(simulator:output():find("POST /sms/cost 200", 1, true))
    simulator = simulators.start()
  end)

  it("checks what a send checks", function()
    for _, words in ipairs { { "--udh", "%05" }, { "--to", "37069912345" }, { "--to", "0699" },
      { "--expire-in", "1" } } do
      local code, output, errors = dry(simulator.url, "--message", "a", words[1], words[2])
      assert.equal(1, code)
      assert.equal("", output)
      assert.matches("^not sent: ", errors)
    end
  end)

  it("says when the cost is not known, and exits as a send would", function()
    for status, expected in pairs { [404] = 0, [405] = 0, [400] = 1, [401] = 1, [403] = 1 } do
      server:script({ status = status, body = '{"message":"Not here."}' })
      local code, output, errors = dry(server.url, "--message", "a")
      assert.equal("the cost is not known: Not here.\n", errors)
      assert.matches("parts +1\nnothing was sent", output)
      assert.equal(expected, code)
      assert.equal("/sms/cost", server:request().path)
    end
    local url, socket = web.refusing()
    local code, output, errors = dry(url, "--message", "a", "--timeout", "1")
    socket:close()
    assert.equal(2, code)
    assert.matches("nothing was sent", output)
    assert.matches("^the cost is not known: ", errors)
  end)
end)
