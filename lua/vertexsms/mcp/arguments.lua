--- The arguments of a tool, and the little of JSON Schema that they are described with.
--
-- Tested in spec/mcp/init_spec.lua.

local ascii = require("vertexsms.base.ascii")
local shown = require("vertexsms.base.shown")

local M = {}

---@class vertexsms.mcp.Property
---@field type "string"|"integer"
---@field description string
---@field minLength integer|nil characters
---@field maxLength integer|nil
---@field minimum integer|nil
---@field maximum integer|nil
---@field enum string[]|nil

local checks = {}

local function is_one_of(value, list)
  for _, known in ipairs(list) do
    if value == known then return true end
  end
  return false
end

function checks.string(value, property)
  if type(value) ~= "string" then return "must be a string" end
  local _, characters = value:gsub("[^\128-\191]", "")
  if value == "" and property.minLength then return "must not be empty" end
  if characters < (property.minLength or 0) then
    return ("must have at least %d characters"):format(property.minLength)
  end
  if property.maxLength and characters > property.maxLength then
    return ("must have at most %d characters"):format(property.maxLength)
  end
  if property.enum and not is_one_of(value, property.enum) then
    return "must be one of " .. table.concat(property.enum, ", ")
  end
end

function checks.integer(value, property)
  if type(value) ~= "number" or value % 1 ~= 0 then return "must be an integer" end
  if value < property.minimum or value > property.maximum then
    return ("must be from %d to %d"):format(property.minimum, property.maximum)
  end
end

local function names_of(tool)
  local names = {}
  for name in pairs(tool.properties) do names[#names + 1] = name end
  ascii.sort(names)
  return #names > 0 and "its arguments are " .. table.concat(names, ", ") or "it has no arguments"
end

--- Checks arguments.
---@param tool vertexsms.mcp.Tool
---@param arguments table
---@return string|nil reason
---@return string|nil field
function M.check(tool, arguments)
  for name in pairs(arguments) do
    if not tool.properties[name] then
      return ("%s is not an argument of %s: %s"):format(shown.text(name), tool.name, names_of(tool)), nil
    end
  end
  for _, name in ipairs(tool.required or {}) do
    if arguments[name] == nil then return name .. " is missing", name end
  end
  for name, value in pairs(arguments) do
    local property = tool.properties[name]
    local reason = checks[property.type](value, property)
    if reason then return name .. " " .. reason, name end
  end
end

--- The schema of a tool's arguments.
---@param tool vertexsms.mcp.Tool
---@return table
function M.schema(tool)
  return {
    type = "object", properties = tool.properties, additionalProperties = false,
    required = tool.required and #tool.required > 0 and tool.required or nil,
  }
end

return M
