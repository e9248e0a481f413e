--- What logs and lists show of numbers and texts.
--
-- Tested in spec/mcp/consent_spec.lua and spec/mcp/audit_spec.lua.

local shown = require("vertexsms.base.shown")

local M = {}

-- Digits that stay: the country, and the end by which a person knows a number again.
local FIRST, LAST = 3, 2

--- A telephone number with its middle hidden.
---@param number string
---@return string
function M.number(number)
  local digits = number:gsub("[^0-9A-Za-z]", "")
  if #digits <= FIRST + LAST then return ("*"):rep(#digits) end
  return digits:sub(1, FIRST) .. ("*"):rep(math.min(#digits - FIRST - LAST, 20)) .. digits:sub(-LAST)
end

-- Digits that may be a telephone number; octets of a text that is looked for: "a" stands in any words.
local NUMBER_DIGITS, TEXT_OCTETS = 7, 4

-- Not by patterns, in which Lua 5.1 has no NUL.
local function without(words, text)
  local pieces, from = {}, 1
  while true do
    local first, last = words:find(text, from, true)
    if not first then break end
    pieces[#pieces + 1], from = words:sub(from, first - 1), last + 1
  end
  pieces[#pieces + 1] = words:sub(from)
  return table.concat(pieces, "***")
end

--- Words of others, which may repeat what is not to be kept: those texts, and numbers.
---@param words string
---@param texts string[]
---@return string
function M.words(words, texts)
  for _, text in ipairs(texts) do
    if #text >= TEXT_OCTETS then words = without(words, text) end
  end
  return (words:gsub("[0-9]+", function(digits) return #digits >= NUMBER_DIGITS and M.number(digits) or nil end))
end

-- Line ends, what has no width, and what changes the direction of writing: with them a text could pretend to be part
-- of the question.
local HIDDEN = {
  { 0x80, 0x9F }, { 0xAD, 0xAD }, { 0x34F, 0x34F }, { 0x61C, 0x61C }, { 0x115F, 0x1160 }, { 0x17B4, 0x17B5 },
  { 0x180B, 0x180F }, { 0x200B, 0x200F }, { 0x2028, 0x202E }, { 0x2060, 0x206F }, { 0x3164, 0x3164 },
  { 0xFE00, 0xFE0F }, { 0xFEFF, 0xFEFF }, { 0xFFA0, 0xFFA0 }, { 0xFFF0, 0xFFFB }, { 0x1BCA0, 0x1BCA3 },
  { 0x1D173, 0x1D17A }, { 0xE0000, 0xE0FFF },
}

local function is_hidden(code)
  for _, range in ipairs(HIDDEN) do
    if code >= range[1] and code <= range[2] then return true end
  end
  return false
end

local QUOTED = { ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t", ['"'] = '\\"', ["\\"] = "\\\\" }

local function escape_control(octet)
  return QUOTED[octet] or ("\\u{%X}"):format(octet:byte())
end

local function escape_character(character)
  local code = shown.code_of(character)
  return is_hidden(code) and ("\\u{%X}"):format(code) or nil
end

--- A whole text as a person is asked about it: in quotes, on one line, nothing in it that cannot be seen.
---@param text string of UTF-8
---@return string
function M.quoted(text)
  local escaped = text:gsub('[%z\1-\31\127"\\]', escape_control):gsub("[\194-\244][\128-\191]+", escape_character)
  return '"' .. escaped .. '"'
end

return M
