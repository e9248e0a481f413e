-- examples/callback/nginx.conf as it stands, but for the port, against the simulator.

local nginxes = require("spec.support.nginx")
local process = require("spec.support.process")
local simulators = require("spec.support.simulator")

if process.lua() ~= "luajit" then return end

describe("examples/callback", function()
  it("takes the report of a send, and settles one that was cut off", function()
    local simulator = simulators.start({ "--fault", "drop", "--fault-rate", "0.5", "--seed", "7" })
    local folder = os.tmpname()
    os.remove(folder)
    os.execute("mkdir -m 700 " .. folder .. " && chown nobody " .. folder .. " 2>/dev/null; true")
    local nginx = nginxes.start_file("examples/callback/nginx.conf", 8028, {
      VERTEXSMS_TOKEN = "token-of-the-example", VERTEXSMS_BASE_URL = simulator.url,
      CALLBACK_SECRET = "secret of the spec", TRACKING_FILE = folder .. "/tracking.db",
    })
    local unknown, accepted = {}, 0
    for _ = 1, 8 do
      local _, body = nginx:get("/send")
      local id = body:match("^unknown (%x+)\n$")
      if id then unknown[#unknown + 1] = id else accepted = accepted + 1 end
    end
    assert.is_true(#unknown > 0 and accepted > 0)
    for _ = 1, 8 do simulator:expect("report %d+ delivered .* 200 OK") end
    assert.equal(403, (nginx:get("/vertexsms?secret=wrong", "{}")))
    assert.is_true(nginx:stop("quit"))
    for _, id in ipairs(unknown) do assert.matches("send " .. id .. " is delivered, message %d+", nginx.last_log) end
    assert.equal(8, select(2, nginx.last_log:gsub("message %d+ is delivered %(ok%)", "")))
    assert.matches("callback answered 403 to 127%.0%.0%.1: the URL carries a wrong secret", nginx.last_log)
    assert.is_nil(nginx.last_log:find("secret=", 1, true)) -- nginx writes the URL beside what a request logs
    simulator:stop()
    os.execute("rm -rf " .. folder)
  end)
end)
