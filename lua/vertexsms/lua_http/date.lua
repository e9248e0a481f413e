--- The Date of an answer. lua-http's own has the names of days and months in the host's locale.
--
-- Tested in spec/lua_http/date_spec.lua.

local M = {}

-- RFC 9110 section 5.6.7: always in English.
local DAYS = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" }
local MONTHS = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" }

--- A time as HTTP writes it: `Sun, 06 Nov 1994 08:49:37 GMT`.
---@param seconds integer|nil since 1970; default: now
---@return string
function M.format(seconds)
  local at = os.date("!*t", seconds or os.time())
  return ("%s, %02d %s %04d %02d:%02d:%02d GMT"):format(DAYS[at.wday], at.day, MONTHS[at.month], at.year, at.hour,
    at.min, at.sec)
end

return M
