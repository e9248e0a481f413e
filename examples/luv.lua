-- Sends to several recipients at once inside libuv's loop, which goes on meanwhile.
--
--     VERTEXSMS_TOKEN=... lua examples/luv.lua "Your code is 4815" 37069912345 37069912346

local uv = require("luv")
local vertexsms = require("vertexsms")

if #arg < 2 then
  io.stderr:write("usage: lua examples/luv.lua MESSAGE NUMBER...\n")
  os.exit(2)
end

local client, reason = vertexsms.safe.new({ host = "luv" })
if not client then error(tostring(reason), 0) end
local text, left = arg[1], #arg - 1

local timer = uv.new_timer()
timer:start(0, 100, function() io.stderr:write("the loop goes on\n") end)

-- As it would be without a loop; only the coroutine waits.
local function send(to)
  local sent, err = client:send({ to = to, from = "MyShop", message = text })
  print(to, sent and "accepted as " .. sent.id or tostring(err))
  left = left - 1
  if left > 0 then return end
  client:close()
  timer:close()
end

for i = 2, #arg do coroutine.wrap(send)(arg[i]) end
uv.run()
