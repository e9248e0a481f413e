--- Texts of protocols, which are ASCII whatever the host's locale is.
--
-- Lua's %a, %c, %d, %l, %s, %u, %w and %x, lower and upper, and `<` between strings are those of the locale, LuaJIT's
-- alone are not: a host that has set one would have letters in the middle of UTF-8, and no "i" for "I" in Turkish.

local M = {}

--- To be put into brackets: `text:find("[" .. ascii.CONTROL .. "]")`.
M.CONTROL = "%z\1-\31\127"
--- Space, tab, line feed, vertical tab, form feed, carriage return: likewise.
M.SPACE = " \t-\r"

local SMALL, LARGE = {}, {}
for code = ("A"):byte(), ("Z"):byte() do
  local large, small = string.char(code), string.char(code + 32)
  SMALL[large], LARGE[small] = small, large
end

---@param text string
---@return string
function M.lower(text)
  return (text:gsub("[A-Z]", SMALL))
end

---@param text string
---@return string
function M.upper(text)
  return (text:gsub("[a-z]", LARGE))
end

--- The text with something else for each control character.
---@param text string
---@param replacement string
---@return string
function M.without_controls(text, replacement)
  return (text:gsub("[%z\1-\31\127]", replacement))
end

---@param text string
---@return boolean
function M.has_controls(text)
  return text:find("[%z\1-\31\127]") ~= nil
end

---@param text string
---@return string
function M.trim(text)
  return text:match("^[ \t-\r]*(.-)[ \t-\r]*$")
end

local function escape(octet)
  if octet == '"' or octet == "\\" then return "\\" .. octet end
  return ("\\%03d"):format(octet:byte())
end

--- The text in quotes, as Lua would read it: the locale's %q escapes parts of letters, too.
---@param text string
---@return string
function M.quoted(text)
  return '"' .. text:gsub('[%z\1-\31\127"\\]', escape) .. '"'
end

--- Are two texts the same but for case?
---@param a string
---@param b string
---@return boolean
function M.is_same(a, b)
  return M.lower(a) == M.lower(b)
end

--- Does one text come before another, octet by octet?
---@param a string
---@param b string
---@return boolean
function M.is_less(a, b)
  local x, y = a:byte(), b:byte()
  for i = 2, math.min(#a, #b) do
    if x ~= y then break end
    x, y = a:byte(i), b:byte(i)
  end
  if x ~= y then return (x or -1) < (y or -1) end
  return #a < #b
end

-- LuaJIT compares octets by itself.
local is_less = not rawget(_G, "jit") and M.is_less or nil

--- Sorts strings, octet by octet.
---@param list string[] changed in place
function M.sort(list)
  table.sort(list, is_less)
end

return M
