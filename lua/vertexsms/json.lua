--- JSON for the wire.
--
-- lua-cjson decodes, in an instance of our own, so that the host's keeps its settings.  The encoder is ours: lua-cjson
-- 2.1 writes an empty array as an object and an integer of more than 14 digits as something else.

local ascii = require("vertexsms.base.ascii")
local cjson = require("cjson.safe")
local core = require("vertexsms.core")
local numbers = require("vertexsms.base.number")

local MAX_DEPTH = 32

local codec = cjson.new()
codec.decode_max_depth(MAX_DEPTH)
codec.decode_invalid_numbers(false)

local M = {}

--- The value that stands for JSON's null.
M.null = cjson.null

local array_metatable = { __name = "vertexsms.array" }

-- OpenResty's lua-cjson has marks of its own; nil elsewhere.
local array_marks = { [array_metatable] = true }
if cjson.array_mt then array_marks[cjson.array_mt] = true end
if cjson.empty_array_mt then array_marks[cjson.empty_array_mt] = true end

--- Marks a table, so that it is an array on the wire even when it is empty: `im = { list = json.array {} }`.
---@param list table
---@return table list the same
function M.array(list)
  return setmetatable(list, array_metatable)
end

local ESCAPES = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }

local function escape(char)
  return ESCAPES[char] or ("\\u%04x"):format(char:byte())
end

local writers = {}

function writers.string(out, value)
  local position = core.invalid_utf8(value)
  if position then return ("holds a string that is not valid UTF-8 at byte %d"):format(position) end
  out[#out + 1] = '"' .. value:gsub('[%z\1-\31\127"\\]', escape) .. '"'
end

function writers.number(out, value)
  local text = numbers.write(value)
  if not text then return "holds a number that JSON has not" end
  out[#out + 1] = text
end

function writers.boolean(out, value)
  out[#out + 1] = tostring(value)
end

-- The names of an object in order, or for an array nil and its length; a third value says what is wrong.
local function keys_of(list)
  local names, count = {}, 0
  for key in pairs(list) do
    count = count + 1
    if type(key) == "string" then names[#names + 1] = key end
  end
  if count == 0 and array_marks[getmetatable(list)] then return nil, 0 end
  if #names == count then
    ascii.sort(names)
    return names
  end
  for i = 1, count do
    if list[i] == nil then return nil, nil, "holds a table that is neither a list nor an object" end
  end
  return nil, count
end

local write

local function write_array(out, list, count, depth)
  out[#out + 1] = "["
  for i = 1, count do
    if i > 1 then out[#out + 1] = "," end
    local reason = write(out, list[i], depth)
    if reason then return reason end
  end
  out[#out + 1] = "]"
end

local function write_object(out, object, names, depth)
  out[#out + 1] = "{"
  for i, name in ipairs(names) do
    if i > 1 then out[#out + 1] = "," end
    local reason = writers.string(out, name)
    out[#out + 1] = ":"
    reason = reason or write(out, object[name], depth)
    if reason then return reason end
  end
  out[#out + 1] = "}"
end

-- A table inside itself is too deep in the end.
function writers.table(out, value, depth)
  if depth >= MAX_DEPTH then return ("nests deeper than %d"):format(MAX_DEPTH) end
  local names, count, reason = keys_of(value)
  if reason then return reason end
  if names then return write_object(out, value, names, depth + 1) end
  return write_array(out, value, count, depth + 1)
end

function write(out, value, depth)
  if value == M.null then
    out[#out + 1] = "null"
    return nil
  elseif cjson.empty_array ~= nil and value == cjson.empty_array then
    out[#out + 1] = "[]"
    return nil
  end
  local writer = writers[type(value)]
  if not writer then return "holds a " .. type(value) end
  return writer(out, value, depth)
end

--- Encodes; names are in alphabetical order, so that equal values give equal text.
---@param value any
---@return string|nil text nil when the value holds what JSON has not, or nests deeper than 32
---@return string|nil reason
function M.encode(value)
  local out = {}
  local reason = write(out, value, 0)
  if reason then return nil, reason end
  return table.concat(out)
end

--- The text behind a byte order mark, which some put before their JSON: RFC 8259 section 8.1 allows to ignore it.
---@param text string
---@return string
function M.without_mark(text)
  return text:sub(1, 3) == "\239\187\191" and text:sub(4) or text
end

-- lua-cjson gets to see no number.  It reads them with the decimal point of the locale in which it was loaded; where
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
---@return any value nil when the text is no JSON, or nests deeper than 32
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
  return codec.decode(core.quote_numbers(M.without_mark(text)))
end

--- Is a text that was decoded an array?  An empty one is the same table as an empty object.
---@param text string
---@return boolean
function M.is_array(text)
  return M.without_mark(text):find("^[ \t\r\n]*%[") ~= nil
end

--- Takes the nulls out of what was decoded: they are nil to Lua.  One inside an array leaves a hole.
---@param value any changed in place
---@return any value nil for null itself
function M.without_nulls(value)
  if value == M.null then return nil end
  if type(value) ~= "table" then return value end
  for key, inner in pairs(value) do
    value[key] = M.without_nulls(inner)
  end
  return value
end

return M
