--- Sends from a loop that calls client:update() whenever something has finished, and sleeps meanwhile: a game server
-- that has nothing else to do. A loop that slept for a fixed time would measure its own waking.

local setup = require("bench.programs.setup")

local LOOK_SECONDS = 1

local M = {}

--- Sends `sends`, `in_flight` of them at once.
---@param client vertexsms.Client with host = "tick"
---@param sends integer
---@param in_flight integer
function M.send(client, sends, in_flight)
  local to_begin, to_end = sends, sends
  local on_end
  local function begin_next()
    if to_begin == 0 then return end
    to_begin = to_begin - 1
    client:submit("send", setup.message, on_end)
  end
  function on_end(err)
    if err then error(err, 0) end
    to_end = to_end - 1
    begin_next()
  end
  for _ = 1, in_flight do begin_next() end
  while to_end > 0 do
    client.engine:wait(LOOK_SECONDS)
    client:update()
  end
end

return M
