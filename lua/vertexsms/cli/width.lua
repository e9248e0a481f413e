--- What a text takes up on a terminal, and text that may be shown on one.

local shown = require("vertexsms.base.shown")

local M = {}

-- A character of UTF-8, or an octet that is none.
local CHARACTER = "[%z\1-\127\194-\244][\128-\191]*"

-- { first, last } of what stands on the character before it, and of what takes two columns (Unicode Standard Annex
-- #11, the blocks; a terminal may think otherwise of single characters).
local ZERO = { { 0x300, 0x36F }, { 0x200B, 0x200F }, { 0x2060, 0x2064 }, { 0x20D0, 0x20FF }, { 0xFE00, 0xFE0F },
  { 0xFEFF, 0xFEFF }, { 0x1F3FB, 0x1F3FF }, { 0xE0000, 0xE0FFF } }
local DOUBLE = { { 0x1100, 0x115F }, { 0x2E80, 0x303E }, { 0x3041, 0xA4CF }, { 0xAC00, 0xD7A3 }, { 0xF900, 0xFAFF },
  { 0xFE30, 0xFE6F }, { 0xFF00, 0xFF60 }, { 0xFFE0, 0xFFE6 }, { 0x1F300, 0x1F64F }, { 0x1F680, 0x1F6FF },
  { 0x1F900, 0x1F9FF }, { 0x20000, 0x3FFFD } }

local function is_in(code, ranges)
  for _, range in ipairs(ranges) do
    if code >= range[1] and code <= range[2] then return true end
  end
  return false
end

--- The columns of one character.
---@param character string
---@return integer
function M.of_character(character)
  if #character == 1 then return 1 end
  local code = shown.code_of(character)
  return is_in(code, ZERO) and 0 or is_in(code, DOUBLE) and 2 or 1
end

--- The columns of a text.
---@param text string UTF-8
---@return integer
function M.of(text)
  local columns = 0
  for character in text:gmatch(CHARACTER) do columns = columns + M.of_character(character) end
  return columns
end

--- The characters of a text.
---@param text string UTF-8
---@return string[]
function M.characters(text)
  local list = {}
  for character in text:gmatch(CHARACTER) do list[#list + 1] = character end
  return list
end

local ESCAPES = { ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }

--- A text that keeps to its line and gives the terminal no orders: control characters, those of U+0080 to U+009F too,
-- become visible.
---@param text string
---@return string
function M.printable(text)
  text = text:gsub("[%z\1-\31\127]", function(octet)
    return ESCAPES[octet] or ("\\x%02X"):format(octet:byte())
  end)
  return (text:gsub("\194([\128-\159])", function(octet) return ("\\x%02X"):format(octet:byte()) end))
end

--- A text in at most that many columns: the middle of a longer one is left out.
---@param text string
---@param columns integer
---@return string
function M.shorten(text, columns)
  if M.of(text) <= columns then return text end
  local characters = M.characters(text)
  local head, tail, used, first, last = {}, {}, 3, 1, #characters
  while first <= last do
    local from_head = #head <= #tail
    local character = from_head and characters[first] or characters[last]
    used = used + M.of_character(character)
    if used > columns then break end
    if from_head then
      head[#head + 1], first = character, first + 1
    else
      table.insert(tail, 1, character)
      last = last - 1
    end
  end
  return table.concat(head) .. "..." .. table.concat(tail)
end

return M
