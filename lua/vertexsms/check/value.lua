--- Checks of single values that several requests have in common. Each says what is wrong, or returns nil.

local core = require("vertexsms.base.core")
local address = require("vertexsms.address")
local numbers = require("vertexsms.base.number")
local shown = require("vertexsms.base.shown")
local urls = require("vertexsms.check.url")

local M = {}

--- JSON text is UTF-8 (RFC 8259 section 8.1), whatever else the service may think of a value.
---@param text string
---@return string|nil reason
function M.utf8(text)
  local position = core.invalid_utf8(text)
  return position and ("is not valid UTF-8 at byte %d"):format(position)
end

---@param value string
---@return string|nil reason
function M.msisdn(value)
  local _, reason = address.msisdn(value)
  return reason
end

---@param value string
---@return string|nil reason
function M.sender(value)
  local _, reason = address.sender(value)
  return reason
end

---@param value string
---@return string|nil reason
function M.not_empty(value)
  return value == "" and "must not be empty" or nil
end

---@param value string
---@return string|nil reason
function M.text(value)
  return M.not_empty(value) or M.utf8(value)
end

M.url = urls.check

---@param value string
---@return string|nil reason
function M.country(value)
  return not value:find("^[A-Z][A-Z]$") and "must be two capital letters of ISO 3166-1, such as LT" or nil
end

--- Makes a check against a list of values.
---@param ... string|number
---@return fun(value: any): string|nil
function M.one_of(...)
  local known, list = {}, shown.choice({ ... })
  for _, value in ipairs({ ... }) do known[value] = true end
  return function(value)
    return not known[value] and "must be " .. list or nil
  end
end

--- Makes a check against bounds; NaN is outside all of them.
---@param least number
---@param most number
---@param unit string|nil said after the bounds
---@return fun(value: number): string|nil
function M.between(least, most, unit)
  return function(value)
    if value >= least and value <= most then return nil end
    return ("must be from %s to %s%s"):format(numbers.write(least), numbers.write(most), unit and " " .. unit or "")
  end
end

-- A day, as in the core: longer than any caller waits, short enough for an int of milliseconds.
local SECONDS_MAX = 86400

--- A time to wait at most, which cannot be nothing.
---@param value number
---@return string|nil reason
function M.seconds(value)
  if value > 0 and value <= SECONDS_MAX then return nil end -- NaN is neither
  return ("must be above 0 and at most %d seconds"):format(SECONDS_MAX)
end

return M
