--- Points in time as the `scheduled` field has them: ISO 8601 with an offset, in the profile of RFC 3339 section 5.6.
--
-- That profile is the extended format in full: `2015-01-01T13:00:00+02:00`, `Z` for `+00:00`, and a decimal fraction
-- after the seconds if need be. What ISO 8601 allows beyond it (`+0200`, `+02`, no seconds, weeks, a comma) is
-- refused, because VertexSMS documents none of it; so are lower-case letters, which RFC 3339 lets a receiver take and
-- a sender avoid, midnight as 24:00, and the leap second, for which nothing can be scheduled.

local M = {}

local DAYS = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 }

local function days_in(year, month)
  local leap = year % 4 == 0 and (year % 100 ~= 0 or year % 400 == 0)
  return month == 2 and leap and 29 or DAYS[month]
end

local function date_exists(year, month, day)
  return month >= 1 and month <= 12 and day >= 1 and day <= days_in(year, month)
end

local function offset_is_valid(offset)
  if offset == "Z" then return true end
  local hours, minutes = offset:match("^[+-]([0-9][0-9]):([0-9][0-9])$")
  return hours ~= nil and tonumber(hours) <= 23 and tonumber(minutes) <= 59
end

local PATTERN = ("^(dddd)%-(dd)%-(dd)T(dd):(dd):(dd)(.-)([Z+-][0-9:]*)$"):gsub("d", "[0-9]")

--- Is the text a time of the form `2015-01-01T13:00:00+02:00` (or `Z`), and one that exists?
---@param text string
---@return boolean
function M.is_valid(text)
  if type(text) ~= "string" then return false end
  local year, month, day, hour, minute, second, fraction, offset = text:match(PATTERN)
  if not year or not (fraction == "" or fraction:find("^%.[0-9]+$")) then return false end
  return date_exists(tonumber(year), tonumber(month), tonumber(day))
    and tonumber(hour) <= 23 and tonumber(minute) <= 59 and tonumber(second) <= 59 and offset_is_valid(offset)
end

-- Days since 1970-01-01 of a date of the Gregorian calendar: 365 or 366 a year, which for this sum begins in March.
local function days_since_1970(year, month, day)
  if month <= 2 then year, month = year - 1, month + 12 end
  local leaps = math.floor(year / 4) - math.floor(year / 100) + math.floor(year / 400)
  return 365 * year + leaps + math.floor((153 * (month - 3) + 2) / 5) + day - 719469
end

--- The seconds since 1970 of a time that is valid.
---@param text string
---@return number|nil
function M.seconds(text)
  if not M.is_valid(text) then return nil end
  local year, month, day, hour, minute, second, _, offset = text:match(PATTERN)
  local sign, hours, minutes = offset:match("^([+-])([0-9][0-9]):([0-9][0-9])$")
  local ahead = sign and (tonumber(hours) * 60 + tonumber(minutes)) * (sign == "-" and -60 or 60) or 0
  local days = days_since_1970(tonumber(year), tonumber(month), tonumber(day))
  return days * 86400 + tonumber(hour) * 3600 + tonumber(minute) * 60 + tonumber(second) - ahead
end

return M
