--- Prices as integers of micro-units: they are added and compared exactly, and counters can count them.

local decimal = require("vertexsms.message.decimal")

local M = {}

local PLACES = 6
-- A double holds whole numbers of up to that many digits exactly. They are less than a thousand million units.
local DIGITS_MAX = 15

--- Reads a decimal number.
---@param text any
---@return integer|nil micros nil for what is not one, is negative or too large
---@return boolean|nil is_rounded true: it had more than six places, and the rest was rounded up
function M.read(text)
  local plain = decimal.add(text, "0")
  if not plain then return nil end
  local whole, fraction = plain:match("^([0-9]+)%.?([0-9]*)$")
  if not whole then return nil end
  local kept = fraction:sub(1, PLACES)
  local digits = (whole .. kept .. ("0"):rep(PLACES - #kept)):gsub("^0+(.)", "%1")
  if #digits > DIGITS_MAX then return nil end
  local is_rounded = fraction:find("[1-9]", PLACES + 1) ~= nil
  return math.floor(tonumber(digits)) + (is_rounded and 1 or 0), is_rounded
end

--- Writes it as a decimal number of two places or more: `50.00`, `0.039`.
---@param micros integer
---@return string
function M.write(micros)
  local sign = micros < 0 and "-" or ""
  local digits = ("%.0f"):format(math.abs(micros))
  if #digits <= PLACES then digits = ("0"):rep(PLACES + 1 - #digits) .. digits end
  local whole, fraction = digits:sub(1, -PLACES - 1), digits:sub(-PLACES)
  return sign .. whole .. "." .. fraction:sub(1, 2) .. fraction:sub(3):gsub("0+$", "")
end

return M
