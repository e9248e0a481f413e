--- Sends from a loop that calls client:update(), as a game does but without a frame rate.

local setup = require("bench.programs.setup")
local usage = require("benchusage")

local PAUSE_SECONDS = 0.0002

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
    if client:update() == 0 then usage.pause(PAUSE_SECONDS) end
  end
end

return M
