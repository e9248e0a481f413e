--- How long is left, as people say it: `30 seconds`, `12 min`, `24 h 15 min`.
--
-- Tested in spec/base/duration_spec.lua.

local M = {}

local MINUTE = 60
local HOUR = 60 -- minutes
local SECONDS_MAX = 2 * MINUTE

--- Rounded up, so that what comes back after that time is not too early.
---@param seconds number
---@return string
function M.words(seconds)
  local whole = math.ceil(seconds)
  if whole < SECONDS_MAX then return ("%.0f second%s"):format(whole, whole == 1 and "" or "s") end
  local minutes = math.ceil(whole / MINUTE)
  if minutes < HOUR then return ("%.0f min"):format(minutes) end
  local hours, rest = ("%.0f h"):format(math.floor(minutes / HOUR)), minutes % HOUR
  return rest == 0 and hours or ("%s %.0f min"):format(hours, rest)
end

return M
