-- What an error of the command line calls an option: as its user wrote it.

local cli = require("spec.support.cli")
local process = require("spec.support.process")
local scripted = require("spec.support.scripted")
local simulators = require("spec.support.simulator")

describe("vertexsms names, in what went wrong with a connection,", function()
  teardown(process.stop_all)

  local function complaint(url)
    local code, _, errors = cli.run(url, { "send", "--to", "37069912345", "--from", "MyShop", "--message", "hello" })
    assert.equal(1, code)
    assert.not_matches("base_url", errors, 1, true)
    return errors
  end

  it("the variable with a URL whose server does not speak TLS", function()
    local url = simulators.start().url:gsub("^http", "https")
    assert.matches("check the host and port of VERTEXSMS_BASE_URL", complaint(url), 1, true)
  end)

  it("the variable with a URL that leads elsewhere", function()
    local server = scripted.start()
    server:script({ status = 302, headers = { Location = "https://example.com/" } })
    assert.matches("the token would go along; check VERTEXSMS_BASE_URL", complaint(server.url), 1, true)
    server:stop()
  end)
end)
