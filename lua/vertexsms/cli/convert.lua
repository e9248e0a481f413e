--- What the words of a command line mean, for argparse's `convert`: the value, or nil and what is wrong.

local ascii = require("vertexsms.base.ascii")
local numbers = require("vertexsms.base.number")

local M = {}

--- A port.
---@param text string
---@return integer|nil port
---@return string|nil reason
function M.port(text)
  local port = text:match("^[0-9]+$") and tonumber(text)
  if port and port <= 65535 then return port end
  return nil, "a port is a number from 0 to 65535, 0 for a free one"
end

--- A duration in seconds.
---@param text string
---@return number|nil seconds
---@return string|nil reason
function M.seconds(text)
  local seconds = numbers.read(text)
  if seconds and seconds >= 0 and seconds < math.huge then return seconds end
  return nil, ("%s: seconds are a number that is not negative"):format(ascii.quoted(text))
end

return M
