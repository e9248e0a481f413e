-- Sends one SMS and says what became of it.
--
--     VERTEXSMS_TOKEN=... lua examples/send.lua 37069912345 "Your code is 4815"
--
-- Without an account: run `vertexsms simulate --port 8025` and set VERTEXSMS_BASE_URL=http://127.0.0.1:8025.

local vertexsms = require("vertexsms")

if #arg ~= 2 then
  io.stderr:write("usage: lua examples/send.lua NUMBER MESSAGE\n")
  os.exit(2)
end

local client, reason = vertexsms.safe.new()
if not client then error(tostring(reason), 0) end
local sent, err = client:send({ to = arg[1], from = "MyShop", message = arg[2] })
client:close()

if sent then
  print("accepted as " .. sent.id)
elseif err.outcome == "unknown" then
  print("it may have been sent; do not repeat it blindly: " .. err.message)
  os.exit(3)
elseif err.retryable then
  print("not accepted, try again later: " .. err.message)
  os.exit(2)
else
  print("not accepted: " .. err.message)
  os.exit(1)
end
