--- Values as a message shows them: short, on one line, and nothing in them that is invisible or only looks like
-- something else.

local numbers = require("vertexsms.base.number")

local M = {}

-- Octets of a value that is shown; the middle of a longer one is left out.
local OCTETS_MAX = 60

local QUOTED = { ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t", ['"'] = '\\"', ["\\"] = "\\\\" }

--- The code point of a character (RFC 3629 section 3).
---@param character string of UTF-8
---@return integer
function M.code_of(character)
  local first = character:byte()
  if first < 0x80 then return first end
  local code = first >= 0xF0 and first % 0x08 or first >= 0xE0 and first % 0x10 or first % 0x20
  for i = 2, #character do code = code * 64 + character:byte(i) % 64 end
  return code
end

local function escape_octet(octet)
  return QUOTED[octet] or ("\\x%02X"):format(octet:byte())
end

-- An octet that begins a character, and those after it that may belong to the character.
local function escape_character(first, others)
  local lead = first:byte() or 0
  local length = lead >= 0xF0 and 3 or lead >= 0xE0 and 2 or lead >= 0xC2 and 1 or 0
  if length > 0 and #others == length then return ("\\u{%X}"):format(M.code_of(first .. others)) end
  return ((first .. others):gsub("[%z\1-\255]", escape_octet))
end

local function shorten(text)
  if #text <= OCTETS_MAX then return text end
  local tail = math.floor((OCTETS_MAX - 3) / 2)
  return text:sub(1, OCTETS_MAX - 3 - tail) .. "..." .. text:sub(-tail)
end

--- The beginning of a text, without half a character at its end: JSON takes none, nor does PostgreSQL.
---@param text string of UTF-8
---@param octets integer that it has at most
---@return string
function M.beginning(text, octets)
  local last = octets
  for _ = 1, 3 do -- a character has at most three octets behind its first
    if text:find("^[\128-\191]", last + 1) then last = last - 1 end
  end
  return text:sub(1, last)
end

--- A text in quotes: all but printable ASCII is escaped, `"\\u{202A}37060000001"`.
---@param text string
---@return string
function M.text(text)
  local escaped = text:gsub("[^]-~ !#-[]+", function(run)
    return (run:gsub("([%z\1-\127\192-\255]?)([\128-\191]*)", escape_character))
  end)
  return '"' .. shorten(escaped) .. '"'
end

--- A URL without what may be a secret: its user, its password, its query. In one that was encoded whole the `@` is
-- `%40`.
---@param url string
---@return string
function M.url(url)
  local shown = url:gsub("([?#]).*$", "%1...")
  local scheme, rest = shown:match("^([A-Za-z][A-Za-z0-9+.-]*://)(.*)$")
  return M.text((scheme or "") .. (rest or shown):gsub("^.*@", "***@"):gsub("^.*%%40", "***%%40"))
end

local function scalar(value)
  if type(value) == "string" then return M.text(value) end
  if type(value) == "number" then return numbers.write(value) or value ~= value and "NaN" or "an infinity" end
  if type(value) == "boolean" then return tostring(value) end
end

--- Any value: `"x"`, `5`, `true`, `nil`, `a table`.
---@param value any
---@return string
function M.value(value)
  return scalar(value) or M.type(value)
end

-- JSON's null, which is lua-cjson's and, in OpenResty, nginx's: a pointer to nothing, which has no type of its own.
local function is_null(value)
  local cjson = package.loaded["cjson.safe"]
  return cjson ~= nil and value == cjson.null
end

--- The type of a value, with its article: `a table`, `nil`; `null` for that of JSON.
---@param value any
---@return string
function M.type(value)
  if is_null(value) then return "null" end
  return value == nil and "nil" or "a " .. type(value)
end

--- The type of a value, and the value where that is short: `a number (5)`.
---@param value any
---@return string
function M.type_and_value(value)
  local text = scalar(value)
  return text and ("%s (%s)"):format(M.type(value), text) or M.type(value)
end

local function quoted(value)
  return type(value) == "string" and '"' .. value .. '"' or tostring(value)
end

--- Values to choose from: `"high", "normal" or "low"`.
---@param values (string|number)[]
---@return string
function M.choice(values)
  local words = {}
  for i, value in ipairs(values) do words[i] = quoted(value) end
  if #words == 1 then return words[1] end
  return table.concat(words, ", ", 1, #words - 1) .. " or " .. words[#words]
end

return M
