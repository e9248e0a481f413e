--- JSON that a person wrote: as vertexsms.json decodes it, but a key that stands twice in an object is refused. Of two
-- limits with the same name the last would hold, and the other be gone without a word.
--
-- Tested in spec/check/json_spec.lua.

local json = require("vertexsms.json")
local shown = require("vertexsms.base.shown")

local M = {}

-- The text is JSON, so a string ends at the first quotation mark that has an even number of backslashes before it.
local function end_of_string(text, from)
  local at = from + 1
  while true do
    at = text:find('["\\]', at)
    if text:sub(at, at) == '"' then return at end
    at = at + 2
  end
end

local function line_at(text, place)
  local _, count = text:sub(1, place):gsub("\n", "")
  return count + 1
end

-- The same name may be written in two ways: "a" and "\u0061".
local function key_between(text, from, to)
  return json.decode("[" .. text:sub(from, to) .. "]")[1]
end

-- Of the text of a value the first key that its object has already, and where both stand.
local function doubled_key(text)
  local open, at = {}, text:find('["{}%[%]]')
  while at do
    local mark, last = text:sub(at, at), at
    if mark == '"' then
      last = end_of_string(text, at)
      if text:find("^[ \t\r\n]*:", last + 1) then
        local key, keys = key_between(text, at, last), open[#open]
        if keys[key] then return key, keys[key], at end
        keys[key] = at
      end
    elseif mark == "{" or mark == "[" then
      open[#open + 1] = {}
    else
      open[#open] = nil
    end
    at = text:find('["{}%[%]]', last + 1)
  end
end

-- A text that is one line needs no number.
local function lines_of(text, first, second)
  if not text:find("\n", 1, true) then return "" end
  local one, other = line_at(text, first), line_at(text, second)
  return one == other and (", both in line %d"):format(one) or (", in lines %d and %d"):format(one, other)
end

--- Says which key stands twice in an object.
---@param text string that is JSON
---@return string|nil reason words that follow the name of the text
function M.doubled(text)
  local key, first, second = doubled_key(text)
  if not key then return nil end
  return ("has %s twice in one object%s: leave one of them out"):format(shown.text(key), lines_of(text, first, second))
end

--- Decodes; null becomes `json.null` inside tables.
---@param text string
---@return any value
---@return string|nil reason words that follow the name of the file
function M.decode(text)
  local value, reason = json.decode(text)
  if value == nil then return nil, "is not JSON: " .. reason end
  reason = M.doubled(text)
  if reason then return nil, reason end
  return value
end

return M
