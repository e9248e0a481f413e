--- What the words of a command line mean, for argparse's `convert`: the value, or nil and what is wrong.

local numbers = require("vertexsms.base.number")
local shown = require("vertexsms.base.shown")

local M = {}

--- A port.
---@param text string
---@return integer|nil port
---@return string|nil reason
function M.port(text)
  local port = text:match("^[0-9]+$") and tonumber(text)
  if port and port <= 65535 then return port end
  return nil, ("%s is not a valid port: it must be a number from 0 to 65535, 0 for a free one"):format(shown.text(text))
end

--- A reader of numbers.
---@param what string what has the number, as it is typed: `--rate`
---@param example string
---@return fun(text: string): number|nil, string|nil returns the number, or nil and the reason
function M.number_of(what, example)
  return function(text)
    local number = numbers.read(text)
    if number then return number end
    return nil, ("%s must be a number, such as %s, not %s"):format(what, example, shown.text(text))
  end
end

--- A duration in seconds.
---@param text string
---@return number|nil seconds
---@return string|nil reason
function M.seconds(text)
  local seconds = numbers.read(text)
  if seconds and seconds >= 0 and seconds < math.huge then return seconds end
  return nil, ("%s is not a valid number of seconds: it must be 0 or more, such as 2.5"):format(shown.text(text))
end

return M
