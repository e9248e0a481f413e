--- Objects of an answer, with the fields that are documented, converted.

local answer = require("vertexsms.request.answer")
local core = require("vertexsms.base.core")
local decimal = require("vertexsms.message.decimal")
local json = require("vertexsms.json")

local M = {}

local function integer(value)
  value = type(value) == "string" and core.integer(value)
  if not value or #value > 15 then return nil end
  return math.floor(tonumber(value))
end

-- What becomes of a value; nil when it is none of its kind.
local conversions = {
  text = function(value) return type(value) == "string" and value or nil end,
  integer = integer,
  -- A code that is a number, unless it is something undocumented.
  code = function(value) return integer(value) or type(value) == "string" and value or nil end,
  decimal = function(value) return decimal.is_valid(value) and value or nil end,
  texts = function(value)
    if type(value) == "string" then return { value } end
    for i = 1, answer.length(value) or 0 do
      if type(value[i]) ~= "string" then return nil end
    end
    return answer.length(value) and value
  end,
}

local NAMES = {
  text = "a text", integer = "an integer", code = "a code", decimal = "a decimal number", texts = "a list of texts",
}

--- One documented field of an answer.
---@class vertexsms.AnswerField
---@field name string
---@field type "text"|"integer"|"code"|"decimal"|"texts"
---@field required boolean|nil

--- An object with the given fields, converted. A null is nil, fields that are not documented stay as they are.
---@param value any changed in place
---@param fields vertexsms.AnswerField[]
---@return table|nil record
---@return string|nil reason
function M.read(value, fields)
  if type(value) ~= "table" or #value > 0 then return nil, "the response has no object where one was expected" end
  local record = json.without_nulls(value)
  for _, field in ipairs(fields) do
    local given = record[field.name]
    if given == nil then
      if field.required then return nil, ("the response has no %s"):format(field.name) end
    else
      local converted = conversions[field.type](given)
      if converted == nil then
        return nil, ("the response's %s is not %s"):format(field.name, NAMES[field.type])
      end
      if converted ~= given then record[field.name] = converted end
    end
  end
  return record
end

--- A list of such objects.
---@param value any changed in place
---@param fields vertexsms.AnswerField[]
---@param body string|nil the JSON it was: once decoded, an empty object looks like an empty list
---@return table[]|nil records
---@return string|nil reason
function M.list(value, fields, body)
  local count = answer.length(value)
  if not count or body and not json.is_array(body) then return nil, "the response is not a list" end
  for i = 1, count do
    local record, reason = M.read(value[i], fields)
    if not record then return nil, reason end
    value[i] = record
  end
  return value
end

return M
