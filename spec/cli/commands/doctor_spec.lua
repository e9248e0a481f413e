-- `vertexsms doctor` as people and scripts see it: lines, JSON, exit codes, the options of every command. What it finds
-- is tested in spec/doctor/.

local cjson = require("cjson")
local cli = require("spec.support.cli")
local process = require("spec.support.process")
local scripted = require("spec.support.scripted")
local simulators = require("spec.support.simulator")

local NOWHERE = "http://127.0.0.1:1"

describe("vertexsms doctor", function()
  local simulator, folder
  setup(function()
    simulator, folder = simulators.start({}, { VERTEXSMS_SIMULATOR_TOKEN = cli.TOKEN }), os.tmpname()
    os.remove(folder)
    assert(process.run({ "mkdir", "-m", "700", folder }) == 0)
  end)
  teardown(function()
    simulator:stop()
    process.run({ "rm", "-r", folder })
    process.stop_all()
  end)

  it("prints a line for each finding, what to do, and a sum; 0 where there is no error", function()
    local code, output, errors = cli.run(simulator.url, { "doctor" })
    assert.same({ 0, "" }, { code, errors })
    assert.matches("\nok       token         VertexSMS takes the token", output)
    assert.matches("\n0 errors, %d warnings?\n$", output)
    assert.not_matches("\27", output, 1, true)
    code, output = cli.run(NOWHERE, { "doctor" })
    assert.equal(1, code)
    assert.matches("\nerror    connection    could not connect[^\n]*\n         what to do: nothing listens ", output)
    assert.matches("\n1 error, ", output)
  end)

  it("prints an object for each finding with --json", function()
    local code, output, errors = cli.run(NOWHERE, { "doctor", "--json" })
    assert.same({ 1, "" }, { code, errors })
    local found = {}
    for _, line in ipairs(cli.lines(output)) do
      local finding = cjson.decode(line)
      found[finding.name] = finding
    end
    assert.equal("error", found.connection.status)
    assert.equal("string", type(found.connection.advice))
    assert.same({ "ok", nil }, { found.library.status, found.library.advice })
  end)

  it("has colours on a terminal, but not with NO_COLOR", function()
    assert.matches("\27%[32mok\27%[0m ", cli.run_on_terminal(NOWHERE, { "doctor" }, { TERM = "xterm" }))
    assert.not_matches("\27", cli.run_on_terminal(NOWHERE, { "doctor" }, { TERM = "xterm", NO_COLOR = "1" }), 1, true)
  end)

  local function with_file(content, use)
    local path = folder .. "/file"
    local file = assert(io.open(path, "w"))
    file:write(content)
    file:close()
    use(path)
    os.remove(path)
  end

  it("takes the token, the proxy and the certificates as every command does", function()
    with_file("another-token\n", function(path)
      local code, output = cli.run(simulator.url, { "doctor", "--token-file", path })
      assert.equal(1, code)
      assert.matches("\nerror    token         VertexSMS refuses the token", output)
      assert.not_matches("another-token", output, 1, true)
    end)
    local _, output = cli.run(simulator.url, { "doctor", "--token-file", folder .. "/none" })
    assert.matches("\nerror    token         %-%-token%-file: cannot read ", output)
    assert.matches("\nok       connection ", output)
    _, output = cli.run(simulator.url, { "doctor", "--ca-file", folder .. "/none" })
    assert.matches("\nerror    certificates  %-%-ca%-file ", output)
    local proxy = scripted.start()
    proxy:script({ body = "[]" })
    _, output = cli.run("https://sms.example.invalid", { "doctor", "--proxy", proxy.url })
    assert.matches("\nok       dns           the proxy looks up ", output)
    proxy:stop()
  end)

  it("looks at the store, the track store and the guard that are named", function()
    with_file('{"allow":["LT"]}', function(path)
      local code, output = cli.run(simulator.url, { "doctor", "--guard", path, "--track-store", folder .. "/track" })
      assert.equal(0, code, output)
      assert.matches("\nok       guard ", output)
      assert.matches("\nok       tracking ", output)
    end)
    local code, output = cli.run(simulator.url, { "doctor", "--guard", folder .. "/none", "--store", "/proc/x.db" })
    assert.equal(1, code)
    assert.matches("\nerror    guard         %-%-guard: ", output)
    assert.matches("\nerror    outbox ", output)
  end)

  it("sends nothing", function()
    simulator:stop()
    assert.not_matches("POST ", simulator:output(), 1, true)
    assert.matches("GET /mccmnc/LT 200", simulator:output())
  end)
end)
