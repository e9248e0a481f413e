--- How many parts a text takes on the air.

-- Lua 5.1 and LuaJIT have no utf8 library; compat53 is there because lua-http depends on it.
local utf8 = rawget(_G, "utf8") or require("compat53.utf8")

local M = {}

-- The GSM 7 bit default alphabet, 3GPP TS 23.038 section 6.2.1, in the order of its code table.
local BASIC = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
  .. "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
-- Its extension table, section 6.2.1.1: each costs an escape septet and one more.
local EXTENSION = "\f^{}\\[~]|€"

-- Units of a message that fits one part, and of each part when it does not: a concatenation header
-- of 6 octets goes before the text (3GPP TS 23.040 section 9.2.3.24.1).
local GSM7 = { single = 160, each = 153 }
local UCS2 = { single = 70, each = 67 }

local septets = {}
for _, code in utf8.codes(BASIC) do septets[code] = 1 end
for _, code in utf8.codes(EXTENSION) do septets[code] = 2 end

local function utf16_units(code)
  return code > 0xFFFF and 2 or 1
end

-- Septets of each character, or nothing when the text does not fit the GSM alphabet.
local function gsm_units(text)
  local units = {}
  for _, code in utf8.codes(text) do
    local n = septets[code]
    if not n then return nil end
    units[#units + 1] = n
  end
  return units
end

local function ucs2_units(text)
  local units = {}
  for _, code in utf8.codes(text) do units[#units + 1] = utf16_units(code) end
  return units
end

local function sum(units)
  local total = 0
  for _, n in ipairs(units) do total = total + n end
  return total
end

local function fits(units, limit)
  return sum(units) <= limit.single
end

-- Fills part after part; a character of two units is never split over two. Returns how many characters and units are in
-- each.
local function fill(units, limit)
  if fits(units, limit) then return { { characters = #units, units = sum(units) } } end
  local part = { characters = 0, units = 0 }
  local parts = { part }
  for _, n in ipairs(units) do
    if part.units + n > limit.each then
      part = { characters = 0, units = 0 }
      parts[#parts + 1] = part
    end
    part.characters, part.units = part.characters + 1, part.units + n
  end
  return parts
end

local function units_of(text)
  local units = gsm_units(text)
  if units then return units, GSM7, "gsm7" end
  return ucs2_units(text), UCS2, "ucs2"
end

--- Counts the parts of a text.
---@param text string valid UTF-8
---@return integer
function M.count(text)
  local units, limit = units_of(text)
  return #fill(units, limit)
end

--- What a text takes: `gsm7` or `ucs2`, and its units in there.
---@param text string valid UTF-8
---@return "gsm7"|"ucs2" encoding
---@return integer units septets, or UTF-16 code units
function M.measure(text)
  local units, _, encoding = units_of(text)
  return encoding, sum(units)
end

---@class vertexsms.simulator.Part
---@field text string
---@field units integer
---@field units_max integer

--- Cuts a text into its parts.
---@param text string valid UTF-8
---@return vertexsms.simulator.Part[]
function M.split(text)
  local units, limit = units_of(text)
  local parts, at = fill(units, limit), 1
  for _, part in ipairs(parts) do
    local after = utf8.offset(text, part.characters + 1, at)
    part.text, part.units_max = text:sub(at, after - 1), #parts == 1 and limit.single or limit.each
    part.characters, at = nil, after
  end
  return parts
end

--- The characters that the GSM alphabet does not have, which make a text UCS-2: each once, in the order they come.
---@param text string valid UTF-8
---@return table[] culprits character, code ("U+2019"), count
function M.culprits(text)
  local list, known = {}, {}
  for _, code in utf8.codes(text) do
    if not septets[code] and not known[code] then
      known[code] = { character = utf8.char(code), code = ("U+%04X"):format(code), count = 0 }
      list[#list + 1] = known[code]
    end
    if known[code] then known[code].count = known[code].count + 1 end
  end
  return list
end

--- Whether a text fits one part in a given coding. What becomes of one that is not GSM 7 bit, or of 8-bit data, is not
-- documented: it does.
---@param text string valid UTF-8
---@param coding "0"|"1"|"2"
---@return boolean
function M.fits_one(text, coding)
  if coding == "2" then return fits(ucs2_units(text), UCS2) end
  return coding == "1" or fits(gsm_units(text) or {}, GSM7)
end

--- True when the text is valid UTF-8.
---@param text string
---@return boolean
function M.is_utf8(text)
  return utf8.len(text) ~= nil
end

--- The code points of a text.
---@param text string valid UTF-8
---@return integer
function M.length(text)
  return utf8.len(text)
end

return M
