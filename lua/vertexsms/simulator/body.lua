--- The JSON of a request, with bounds.
--
-- Tested in spec/simulator/init_spec.lua.

local cjson_safe = require("cjson.safe")

local M = {}

local DEPTH_MAX = 16

-- An instance knows the decimal point of the locale in which it was made.
local function parse(text)
  local json = cjson_safe.new()
  json.decode_max_depth(DEPTH_MAX)
  json.decode_invalid_numbers(false)
  return json.decode(text)
end

-- Some clients put a byte order mark before their JSON.
local function without_mark(text)
  return text:sub(1, 3) == "\239\187\191" and text:sub(4) or text
end

local function decode(text, wanted)
  local value, err = parse(without_mark(text))
  if value == nil then return nil, "Malformed JSON: " .. err .. "." end
  if type(value) ~= "table" then return nil, wanted end
  return value
end

-- lua-cjson decodes `{}` and `[]` alike, so the first byte tells.
local function is_array(text)
  return without_mark(text):match("^[ \t\r\n]*%[") ~= nil
end

--- One object.
---@param text string
---@return table|nil
---@return string|nil reason
function M.object(text)
  local wanted = "Body must be a JSON object."
  local value, reason = decode(text, wanted)
  if value and is_array(text) then return nil, wanted end
  return value, reason
end

--- One message or an array of them, as a list.
---@param text string
---@return table[]|nil
---@return string|nil reason
function M.messages(text)
  local value, reason = decode(text, "Body must be a message or an array of messages.")
  if not value then return nil, reason end
  if not is_array(text) then return { value } end
  if #value == 0 then return nil, "The array of messages is empty." end
  return value
end

return M
