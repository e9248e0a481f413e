--- JSON for the wire.
--
-- lua-cjson decodes, in an instance of our own, so that the host's keeps its settings. See json_writer.lua for the way
-- out.

local cjson = require("cjson.safe")
local core = require("vertexsms.base.core")
local numbers = require("vertexsms.base.number")
local writer = require("vertexsms.base.json_writer")

local codec = cjson.new()
codec.decode_max_depth(writer.DEPTH_MAX)
codec.decode_invalid_numbers(false)

local M = {}

--- The value that stands for JSON's null.
M.null = cjson.null

--- Marks a table, so that it is an array on the wire even when it is empty: `im = { list = json.array {} }`.
---@param list table
---@return table list the same
function M.array(list)
  return setmetatable(list, writer.array_metatable)
end

--- Encodes; names are in alphabetical order, so that equal values give equal text.
---@param value any
---@return string|nil text nil when the value holds what JSON has not, or nests deeper than 32
---@return string|nil reason
M.encode = writer.encode

--- The text behind a byte order mark, which some put before their JSON: RFC 8259 section 8.1 allows to ignore it.
---@param text string
---@return string
function M.without_mark(text)
  return text:sub(1, 3) == "\239\187\191" and text:sub(4) or text
end

-- lua-cjson gets to see no number. It reads them with the decimal point of the locale in which it was loaded; where
-- another was set since, strtod takes the comma behind an integer for one.
local function untagged(value)
  if type(value) == "string" then
    local text = value:sub(2)
    return value:byte() == 35 and numbers.read(text) or text -- '#'
  end
  if type(value) ~= "table" then return value end
  local list = {}
  for key, inner in pairs(value) do list[type(key) == "string" and key:sub(2) or key] = untagged(inner) end
  return list
end

--- Decodes, with or without a byte order mark; null becomes `json.null` inside tables.
---@param text string
---@return any value nil when the text is not JSON, or nests deeper than 32
---@return string|nil reason
function M.decode(text)
  local value, reason = codec.decode(core.tag_json(M.without_mark(text)))
  if value == nil then return nil, reason end
  return untagged(value)
end

--- Decodes with numbers as strings: IDs and prices keep all their digits.
---@param text string
---@return any value
---@return string|nil reason
function M.decode_exact(text)
  local list = core.plain_list(text)
  if list then return list end
  return codec.decode(core.quote_numbers(M.without_mark(text)))
end

--- Is a text that was decoded an array? An empty one is the same table as an empty object.
---@param text string
---@return boolean
function M.is_array(text)
  return M.without_mark(text):find("^[ \t\r\n]*%[") ~= nil
end

--- Takes the nulls out of what was decoded: they are nil to Lua. One inside an array leaves a hole.
---@param value any changed in place
---@return any value nil for null itself
function M.without_nulls(value)
  if value == M.null then return nil end
  if type(value) ~= "table" then return value end
  for key, inner in pairs(value) do
    if inner == M.null or type(inner) == "table" then value[key] = M.without_nulls(inner) end
  end
  return value
end

return M
