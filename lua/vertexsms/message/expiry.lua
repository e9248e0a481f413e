--- When VertexSMS gives a message up.
--
-- Tested in spec/outbox/verdict_spec.lua and spec/tracking/settle_spec.lua.

local timestamp = require("vertexsms.message.timestamp")

local M = {}

--- VertexSMS's default for a message without expireIn.
M.SECONDS = 259200

--- How much later its last report may come.
M.SLACK_SECONDS = 3600

--- Seconds since 1970. A message that is scheduled lives from then on.
---@param message { scheduled: string|nil, expireIn: number|string|nil }
---@param now number
---@return number
function M.at(message, now)
  local from = message.scheduled and timestamp.seconds(message.scheduled) or now
  return math.max(from, now) + (tonumber(message.expireIn) or M.SECONDS)
end

return M
