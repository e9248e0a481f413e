-- The loop's turn was over with answers left to collect, and a callback had closed the client: the host asked the
-- closed engine for its descriptor, and "bad argument #1 to 'new_poll'" ended the whole program.

local fault_servers = require("spec.support.faults")
local process = require("spec.support.process")

local CODE = [[
local uv = require("luv")
local core = require("vertexsms.core")
local client = require("vertexsms").safe.new({ token = "t", base_url = (...), host = "luv", retry = false })
local answered = 0

-- All answers are there when the first callback returns, and its turn is long over.
local function on_answer()
  answered = answered + 1
  if answered > 1 then return end
  repeat until client.engine:counters().in_flight == 0
  local deadline = core.now() + 0.01
  repeat until core.now() > deadline
  client:close()
end

for _ = 1, 20 do
  client:submit("send", { to = "37069912345", from = "MyShop", message = "x" }, on_answer)
end
uv.run()
print(answered)
]]

it("a luv client that is closed in a callback, with more answers to collect, gives them all", function()
  local faults = fault_servers.start()
  local path = os.tmpname()
  local file = assert(io.open(path, "w"))
  file:write(CODE)
  file:close()
  local code, output, errors = process.run({ process.lua(), path, faults:url("slow", "/50") })
  os.remove(path)
  assert.equal(0, code, output .. errors)
  assert.equal("20\n", output)
  faults:stop()
end)
