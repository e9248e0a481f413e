--- JSON with arrays that may be empty, which lua-cjson takes for objects, and null for what is missing.
--
-- Tested in spec/simulator/inbox/messages_spec.lua.

local ascii = require("vertexsms.base.ascii")
local cjson = require("cjson")
local http_server = require("vertexsms.server.http")
local numbers = require("vertexsms.base.number")
local parts = require("vertexsms.simulator.parts")

local M = {}

M.null = cjson.null

local LIST = {}

--- Marks a table as an array.
---@param items any[]
---@return any[] items the same
function M.list(items)
  return setmetatable(items, LIST)
end

--- A text as it may stand in JSON: what is not UTF-8 is replaced.
---@param text string|nil
---@return string|nil
function M.text(text)
  if text == nil or parts.is_utf8(text) then return text end
  return (text:gsub("[\128-\255]", "\239\191\189"))
end

local encode

local function encode_list(items)
  local texts = {}
  for i, item in ipairs(items) do texts[i] = encode(item) end
  return "[" .. table.concat(texts, ",") .. "]"
end

local function encode_object(object)
  local names, texts = {}, {}
  for name in pairs(object) do names[#names + 1] = name end
  ascii.sort(names)
  for i, name in ipairs(names) do texts[i] = cjson.encode(name) .. ":" .. encode(object[name]) end
  return "{" .. table.concat(texts, ",") .. "}"
end

function encode(value)
  if type(value) == "number" then return numbers.write(value) end
  if type(value) ~= "table" then return cjson.encode(value) end
  if getmetatable(value) == LIST then return encode_list(value) end
  return encode_object(value)
end

--- Names are in alphabetical order.
---@param value any
---@return string
function M.encode(value)
  return encode(value)
end

--- A response.
---@param value table
---@param status integer|nil default 200
---@return vertexsms.lua_http.Response
function M.response(value, status)
  local response = http_server.json(status or 200, {})
  response.body = encode(value)
  return response
end

return M
