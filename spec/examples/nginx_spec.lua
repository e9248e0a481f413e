-- examples/nginx/nginx.conf as it stands, but for the port, against the simulator.

local process = require("spec.support.process")
local nginxes = require("spec.support.nginx")
local simulators = require("spec.support.simulator")

if process.lua() ~= "luajit" then return end

describe("examples/nginx", function()
  it("sends a code, and hears that it was delivered", function()
    local simulator = simulators.start()
    local nginx = nginxes.start_file("examples/nginx/nginx.conf", 8027, {
      VERTEXSMS_TOKEN = "token-of-the-example", VERTEXSMS_BASE_URL = simulator.url,
    })
    local status, body = nginx:get("/otp", "to=37069912345")
    assert.same({ 200, "sent\n" }, { status, body })
    assert.matches("^40%d$", tostring((nginx:get("/otp"))))
    status, body = nginx:get("/otp", "to=nobody")
    assert.same({ 400, "not sent\n" }, { status, body })
    simulator:expect("report %d+ delivered .* 200 OK")
    assert.matches("message %d+ is delivered", nginx:log())
    assert.is_true(nginx:stop("quit"))
    assert.not_matches("token-of-the-example", nginx.last_log, 1, true)
    assert.not_matches("exited on signal", nginx.last_log)
    simulator:stop()
  end)
end)
