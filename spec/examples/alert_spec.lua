-- examples/alert: the program with its token in each place, and what can be checked of the files around it.

local fault_servers = require("spec.support.faults")
local process = require("spec.support.process")
local simulators = require("spec.support.simulator")

local TOKEN = "token-of-the-alert"

describe("examples/alert", function()
  local folder, simulator, faults

  setup(function()
    simulator = simulators.start({}, { VERTEXSMS_SIMULATOR_TOKEN = TOKEN })
    faults = fault_servers.start()
    folder = os.tmpname()
    os.remove(folder)
    os.execute("mkdir -m 700 " .. folder)
    local file = assert(io.open(folder .. "/vertexsms_token", "w"))
    file:write(TOKEN .. "\n")
    file:close()
  end)
  teardown(function()
    faults:stop()
    process.stop_all()
    os.execute("rm -rf " .. folder)
  end)

  local function run(env, words, url)
    local all = { ALERT_TO = "37069912345", ALERT_FROM = "MyShop", VERTEXSMS_TOKEN = "",
      VERTEXSMS_BASE_URL = url or simulator.url }
    for name, value in pairs(env) do all[name] = value end
    local code, output, errors = process.run({ process.lua(), "examples/alert/alert.lua", words or "backup failed" },
      { env = all })
    return code, output .. errors
  end

  it("finds the token where systemd, Docker or the environment has it", function()
    for _, env in ipairs({
      { CREDENTIALS_DIRECTORY = folder }, { VERTEXSMS_TOKEN_FILE = folder .. "/vertexsms_token" },
      { VERTEXSMS_TOKEN = TOKEN },
    }) do
      local code, output = run(env)
      assert.same({ 0, true }, { code, output:find("^accepted as %d+\n$") ~= nil })
    end
  end)

  it("says what is missing, and never the token", function()
    for words, env in pairs({
      ["token is missing"] = {}, ["the token cannot be read: /no/such"] = { VERTEXSMS_TOKEN_FILE = "/no/such" },
      ["ALERT_TO is missing"] = { VERTEXSMS_TOKEN = TOKEN, ALERT_TO = "" },
      ["not sent: "] = { VERTEXSMS_TOKEN = TOKEN .. "x" },
    }) do
      local code, output = run(env)
      assert.equal(1, code, output)
      assert.is_truthy(output:find(words, 1, true), output)
      assert.is_nil(output:find(TOKEN, 1, true))
    end
  end)

  it("tells by its exit code whether it may be repeated", function()
    assert.equal(2, (run({ VERTEXSMS_TOKEN = TOKEN }, nil, faults:url("refused"))))
    assert.equal(3, (run({ VERTEXSMS_TOKEN = TOKEN }, nil, faults:url("status", "/500"))))
  end)

  it("has a unit that systemd understands", function()
    if (process.run({ "sh", "-c", "command -v systemd-analyze" })) ~= 0 then return end
    local unit = folder .. "/sms-alert@try.service"
    os.execute(("sed 's|/usr/bin/lua5.4|/bin/true|' examples/alert/sms-alert@.service >%s"):format(unit))
    local _, output, errors = process.run({ "systemd-analyze", "verify", unit })
    local text = output .. errors
    for _, complaint in ipairs({ "Unknown", "Failed to parse", "Invalid", "not executable" }) do
      assert.is_nil(text:find("sms%-alert[^\n]*" .. complaint), text)
    end
  end)

  it("has an image made of what is there", function()
    local text = process.read_file("examples/alert/Dockerfile")
    for path in text:gmatch("\nCOPY (examples/[^ ]+)") do assert(io.open(path), path):close() end
    assert.is_nil(process.read_file("examples/alert/compose.yaml"):find("VERTEXSMS_TOKEN:", 1, true))
  end)
end)
