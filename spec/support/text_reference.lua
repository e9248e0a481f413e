--- What a text costs, the plain and slow way: a list of code points, a list of units, one part after the other.
-- Shares nothing with the core but the standard: the alphabet is written out in the order of its code table.

local M = {}

-- 3GPP TS 23.038 section 6.2.1, 00 to 7F without the escape at 1B, and the extension table.
M.ALPHABET = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
  .. "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
M.EXTENSION = "\f^{}\\[~]|€"

-- { lowest first octet, highest, octets, smallest code point }
local FORMS = { { 0x00, 0x7F, 1, 0 }, { 0xC0, 0xDF, 2, 0x80 }, { 0xE0, 0xEF, 3, 0x800 }, { 0xF0, 0xF7, 4, 0x10000 } }

local function decode(text, byte)
  local first = text:byte(byte)
  for _, form in ipairs(FORMS) do
    if first >= form[1] and first <= form[2] then
      local code = first - (form[3] == 1 and 0 or form[1])
      for i = byte + 1, byte + form[3] - 1 do
        local octet = text:byte(i)
        if not octet or octet < 0x80 or octet > 0xBF then return nil end
        code = code * 64 + octet - 0x80
      end
      if code < form[4] or code > 0x10FFFF or (code >= 0xD800 and code <= 0xDFFF) then return nil end
      return code, form[3]
    end
  end
end

--- The code points with their octets: { code, char, byte }; or nil and the byte at which it is not UTF-8.
function M.characters(text)
  local list, byte = {}, 1
  while byte <= #text do
    local code, octets = decode(text, byte)
    if not code then return nil, byte end
    list[#list + 1] = { code = code, char = text:sub(byte, byte + octets - 1), byte = byte }
    byte = byte + octets
  end
  return list
end

M.septets = {}
for _, character in ipairs(M.characters(M.ALPHABET)) do M.septets[character.code] = 1 end
for _, character in ipairs(M.characters(M.EXTENSION)) do M.septets[character.code] = 2 end

local function first_culprit(characters)
  for position, character in ipairs(characters) do
    if not M.septets[character.code] then
      return {
        char = character.char, codepoint = ("U+%04X"):format(character.code), position = position,
        byte = character.byte,
      }
    end
  end
end

local LIMITS = {
  [8] = { ["GSM-7"] = { 160, 153 }, ["UCS-2"] = { 70, 67 } },
  [16] = { ["GSM-7"] = { 160, 152 }, ["UCS-2"] = { 70, 66 } },
}

local function fill(characters, units_of, single, each)
  local total = 0
  for _, character in ipairs(characters) do total = total + units_of(character.code) end
  if total <= single then return total, { total }, { characters }, single - total end
  local per_part, parts = {}, {}
  for _, character in ipairs(characters) do
    local units = units_of(character.code)
    if #parts == 0 or per_part[#parts] + units > each then
      parts[#parts + 1], per_part[#parts + 1] = {}, 0
    end
    per_part[#parts] = per_part[#parts] + units
    table.insert(parts[#parts], character)
  end
  return total, per_part, parts, each - per_part[#parts]
end

local function joined(part)
  local chars = {}
  for i, character in ipairs(part) do chars[i] = character.char end
  return table.concat(chars)
end

--- The cost of a text as text.analyze gives it, and its parts as strings; or nil and the byte that is not UTF-8, or
-- nil and "parts".
function M.analyze(text, bits)
  local characters, byte = M.characters(text)
  if not characters then return nil, byte end
  local culprit = first_culprit(characters)
  local encoding = culprit and "UCS-2" or "GSM-7"
  local limits = LIMITS[bits or 8][encoding]
  local function units_of(code)
    if culprit then return code > 0xFFFF and 2 or 1 end
    return M.septets[code]
  end
  local units, per_part, parts, left = fill(characters, units_of, limits[1], limits[2])
  if #per_part > 255 then return nil, "parts" end
  local strings = {}
  for i, part in ipairs(parts) do strings[i] = joined(part) end
  return {
    encoding = encoding, units = units, parts = #per_part, per_part = per_part, chars = #characters, left = left,
    culprit = culprit,
  }, strings
end

return M
