-- Sends to several recipients from a game loop: nothing waits, and callbacks run in client:update(), once a frame.
--
--     VERTEXSMS_TOKEN=... lua examples/tick.lua "Your code is 4815" 37069912345 37069912346

local vertexsms = require("vertexsms")

if #arg < 2 then
  io.stderr:write("usage: lua examples/tick.lua MESSAGE NUMBER...\n")
  os.exit(2)
end

local FRAME_SECONDS, BUDGET_SECONDS = 1 / 60, 0.002

local client, reason = vertexsms.safe.new({ host = "tick" })
if not client then error(tostring(reason), 0) end
local left = #arg - 1

for i = 2, #arg do
  client:submit("send", { to = arg[i], from = "MyShop", message = arg[1] }, function(err, sent)
    print(arg[i], sent and "accepted as " .. sent.id or tostring(err))
    left = left - 1
  end)
end

local frames = 0
while left > 0 do
  client:update(BUDGET_SECONDS)
  -- here the game does its own work; what is left of the frame it sleeps
  client.host.sleep(FRAME_SECONDS, client.engine)
  frames = frames + 1
end
io.stderr:write(("%d frames\n"):format(frames))
client:close()
