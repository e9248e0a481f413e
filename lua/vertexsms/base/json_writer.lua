--- Values as JSON for the wire. The encoder is ours: lua-cjson 2.1 writes an empty array as an object and an integer
-- of more than 14 digits as something else.
--
-- Plain values are written by the core; this is the whole of it, for what is unusual and what is wrong.

local ascii = require("vertexsms.base.ascii")
local cjson = require("cjson.safe")
local core = require("vertexsms.base.core")
local numbers = require("vertexsms.base.number")

local M = {}

--- Tables nest so deep at most.
M.DEPTH_MAX = 32

--- Marks a table that is an array on the wire even when it is empty.
M.array_metatable = { __name = "vertexsms.array" }

-- OpenResty's lua-cjson has marks of its own; nil elsewhere.
local array_marks = { [M.array_metatable] = true }
if cjson.array_mt then array_marks[cjson.array_mt] = true end
if cjson.empty_array_mt then array_marks[cjson.empty_array_mt] = true end

local ESCAPES = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }

local function escape(char)
  return ESCAPES[char] or ("\\u%04x"):format(char:byte())
end

local writers = {}

function writers.string(out, value)
  local position = core.invalid_utf8(value)
  if position then return ("contains a string that is not valid UTF-8 at byte %d"):format(position) end
  out[#out + 1] = '"' .. value:gsub('[%z\1-\31\127"\\]', escape) .. '"'
end

function writers.number(out, value)
  local text = numbers.write(value)
  if not text then return "contains a number that JSON does not have: NaN, or an infinity" end
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
    if list[i] == nil then return nil, nil, "contains a table that is neither a list nor has names alone for keys" end
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
  if depth >= M.DEPTH_MAX then return ("nests deeper than %d"):format(M.DEPTH_MAX) end
  local names, count, reason = keys_of(value)
  if reason then return reason end
  if names then return write_object(out, value, names, depth + 1) end
  return write_array(out, value, count, depth + 1)
end

function write(out, value, depth)
  if value == cjson.null then
    out[#out + 1] = "null"
    return nil
  elseif cjson.empty_array ~= nil and value == cjson.empty_array then
    out[#out + 1] = "[]"
    return nil
  end
  local writer = writers[type(value)]
  if not writer then return ("contains a %s, which JSON does not have"):format(type(value)) end
  return writer(out, value, depth)
end

--- Encodes any value without the core's help.
---@param value any
---@return string|nil text nil when the value holds what JSON has not, or nests too deep
---@return string|nil reason
function M.encode_any(value)
  local out = {}
  local reason = write(out, value, 0)
  if reason then return nil, reason end
  return table.concat(out)
end

--- Encodes; names are in alphabetical order, so that equal values give equal text.
---@param value any
---@return string|nil text
---@return string|nil reason
function M.encode(value)
  local text = core.plain_json(value)
  if text then return text end
  return M.encode_any(value)
end

return M
