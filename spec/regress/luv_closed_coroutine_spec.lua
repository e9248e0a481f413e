-- The timer beside a wait was closed by the coroutine that had waited. One that was closed itself meanwhile
-- (coroutine.close, Lua 5.4) left it open for good, and with it the client.

local fault_servers = require("spec.support.faults")
local process = require("spec.support.process")

local CODE = [[
local uv = require("luv")
local client = require("vertexsms").safe.new({ token = "t", base_url = (...), host = "luv" })
local thread = coroutine.create(function()
  client:send({ to = "37069912345", from = "MyShop", message = "x" })
  print("goes on")
end)
assert(coroutine.resume(thread))
assert(coroutine.close(thread))
uv.run()
local count = 0
uv.walk(function() count = count + 1 end)
print(count)
]]

if not rawget(coroutine, "close") then return end

it("a luv coroutine that was closed while it waited leaves no handle open", function()
  local faults = fault_servers.start()
  local path = os.tmpname()
  local file = assert(io.open(path, "w"))
  file:write(CODE)
  file:close()
  local code, output, errors = process.run({ process.lua(), path, faults:url("slow", "/20") })
  os.remove(path)
  assert.equal(0, code, output .. errors)
  assert.equal("0\n", output)
  faults:stop()
end)
