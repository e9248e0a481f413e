--- Sums of decimal numbers in their own digits: a price does not go through a float.

local ascii = require("vertexsms.base.ascii")

local M = {}

-- No price is longer; what a server sends may be.
local DIGITS_MAX = 120
local EXPONENT_MAX = 60

-- The point moved by an exponent, without one that is negative.
local function shift(digits, scale)
  if scale < 0 then return digits .. ("0"):rep(-scale), 0 end
  if scale >= #digits then digits = ("0"):rep(scale - #digits + 1) .. digits end
  return digits, scale
end

-- A number as JSON writes it (RFC 8259 section 6), exponents within reason: its digits without a point, how many of
-- them stand behind the point, and whether it is negative.
local function parse(text)
  if type(text) ~= "string" or #text > DIGITS_MAX then return nil end
  local sign, whole, rest = text:match("^(%-?)([0-9]+)(.*)$")
  if not sign then return nil end
  local fraction, exponent = rest:match("^%.([0-9]+)(.*)$")
  exponent = exponent or rest
  fraction = fraction or ""
  local power = exponent:match("^[eE]([+-]?[0-9]+)$")
  if exponent ~= "" and not power then return nil end
  power = tonumber(power or 0)
  if math.abs(power) > EXPONENT_MAX then return nil end
  local digits, scale = shift(whole .. fraction, #fraction - math.floor(power))
  return digits, scale, sign == "-"
end

local function align(a, a_scale, b, b_scale)
  local scale = math.max(a_scale, b_scale)
  local x, y = a .. ("0"):rep(scale - a_scale), b .. ("0"):rep(scale - b_scale)
  local length = math.max(#x, #y)
  return ("0"):rep(length - #x) .. x, ("0"):rep(length - #y) .. y, scale
end

-- x + sign * y for strings of equal length, x not the smaller one when the sign is -1.
local function combine(x, y, sign)
  local out, carry = {}, 0
  for i = #x, 1, -1 do
    local sum = x:byte(i) - 48 + sign * (y:byte(i) - 48) + carry
    carry = sum > 9 and 1 or sum < 0 and -1 or 0
    out[i] = string.char(48 + sum - 10 * carry)
  end
  return (carry == 1 and "1" or "") .. table.concat(out)
end

local function write(negative, digits, scale)
  local whole, fraction = digits:sub(1, #digits - scale), digits:sub(#digits - scale + 1)
  local text = whole:gsub("^0+(.)", "%1") .. (scale > 0 and "." .. fraction or "")
  return negative and text:find("[1-9]") and "-" .. text or text
end

--- Is the text a decimal number that can be added?
---@param text any
---@return boolean
function M.is_valid(text)
  -- As most prices are; `parse` has more to say than that.
  if type(text) == "string" and #text <= DIGITS_MAX and text:find("^[0-9]+%.[0-9]+$") then return true end
  return parse(text) ~= nil
end

--- Adds two decimal numbers. The sum has as many places behind the point as the summand that has more:
-- `decimal.add("0.10", "0.2")` is `"0.30"`, an exponent is written out.
---@param a string
---@param b string
---@return string|nil sum nil when one is not a decimal number, is too long or has an exponent beyond 60
function M.add(a, b)
  local first, first_scale, is_first_negative = parse(a)
  local second, second_scale, is_second_negative = parse(b)
  if not first or not second then return nil end
  local x, y, scale = align(first, first_scale, second, second_scale)
  if is_first_negative == is_second_negative then return write(is_first_negative, combine(x, y, 1), scale) end
  if not ascii.is_less(x, y) then return write(is_first_negative, combine(x, y, -1), scale) end
  return write(is_second_negative, combine(y, x, -1), scale)
end

-- By doubling.
local function times(count, number)
  local sum, power = "0", number
  while count > 0 and sum and power do
    if count % 2 == 1 then sum = M.add(sum, power) end
    count = math.floor(count / 2)
    if count > 0 then power = M.add(power, power) end
  end
  return power and sum
end

--- The sum of decimal numbers. Many prices are few different ones, and each is added once.
---@param counts table<string, integer> how often each number is to be added
---@return string|nil sum nil where one of them, or the sum, is none that `add` adds
function M.sum(counts)
  local sum = "0"
  for number, count in pairs(counts) do
    local product = times(count, number)
    sum = sum and product and M.add(sum, product)
  end
  return sum
end

return M
