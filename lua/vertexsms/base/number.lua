--- Numbers as protocols write them, with a point. tonumber, tostring and string.format take that of the host's locale,
-- which may be a comma; LuaJIT's alone do not.

local M = {}

-- With its exponent and without its point, a number is read in every locale, and rounded as it should be.
local function without_point(sign, whole, fraction, exponent)
  if fraction == "" and not exponent then return sign .. whole end
  local power = tonumber(exponent or "0")
  return power and ("%s%s%se%.0f"):format(sign, whole, fraction, power - #fraction)
end

--- Reads a decimal number.
---@param text string `12`, `-0.5`, `1e3`, `.5`, `5.`
---@return number|nil
function M.read(text)
  local sign, whole, fraction, rest = text:match("^([+-]?)([0-9]*)%.?([0-9]*)(.*)$")
  local exponent = rest:match("^[eE]([+-]?[0-9]+)$")
  if whole .. fraction == "" or rest ~= "" and not exponent then return nil end
  return tonumber(without_point(sign == "-" and "-" or "", whole, fraction, exponent))
end

local function with_point(text)
  return (text:gsub("[^0-9e+-]+", "."))
end

local math_type = rawget(math, "type") or function() end -- Lua 5.3 and later

--- Writes a number as short as it reads back the same.
---@param value number
---@return string|nil text nil for infinities and what is not a number
function M.write(value)
  if value ~= value or value == math.huge or value == -math.huge then return nil end
  if value % 1 == 0 and value >= -2 ^ 63 and value < 2 ^ 63 then
    return math_type(value) == "integer" and ("%d"):format(value) or ("%.0f"):format(value)
  end
  local text = with_point(("%.14g"):format(value))
  return M.read(text) == value and text or with_point(("%.17g"):format(value))
end

return M
