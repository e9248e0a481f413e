--- What stands in for characters that are not GSM-7, where nothing but typography is lost; for text.simplify.
--
-- Facts gathered from what SMS services document about their smart encoding, each replacement checked against the
-- alphabet of 3GPP TS 23.038 section 6.2.1. Combining marks and variation selectors are left out on purpose: a stray
-- sign after the base letter does not replace it.
--
-- Tested in spec/text_spec.lua.

local M = {}

-- Replacement, then code points in hexadecimal: many of them cannot be seen.
local SAFE = {
  { "", "0000 0003 0004 0010 0011 0012 0013 0014 0017 0019 0080 008D 0090 009B 009F 00AD 180E 200B 200C 200D"
    .. " 200E 200F 202A 202B 202C 202D 202E 2060 2066 2067 2068 2069 FEFF" },
  { " ", "0009 00A0 1680 2000 2001 2002 2003 2004 2005 2006 2007 2008 2009 200A 202F 205F 3000" },
  { "\n", "000B 0085 2028 2029" },
  { "'", "0060 00B4 02B9 02BB 02BC 02BD 02C8 02CA 02CB 2018 2019 201B 2032 2035 275B 275C FE10 FE11 FF07" },
  { "|", "00A6 2223 239C 239F 23B8 23B9 23D0 FF5C" },
  { '"', "00AB 00BB 02BA 02EE 201C 201D 201E 201F 2033 2036 275D 275E 301D 301E FF02" },
  { ".", "00B7 2024 2027 3002 FE52 FF0E FF61" },
  { "!", "01C3 FE15 FE57 FF01" },
  { "^", "02C6 FF3E" },
  { ":", "02D0 02F8 2982 A789 FE13 FF1A" },
  { "+", "02D6 FE62 FF0B" },
  { "~", "02DC 02F7 223C FF5E" },
  { "-", "2010 2011 2012 2013 2014 2015 2022 2023 2043 2212 23BC 23BD 25AA FE63 FF0D" },
  { "_", "2017 FF3F" },
  { ",", "201A 3001 FE50 FE51 FF0C FF64" },
  { "..", "2025" },
  { "...", "2026" },
  { "'''", "2034" },
  { "<", "2039 FE64 FF1C" },
  { ">", "203A FE65 FF1E" },
  { "!!", "203C" },
  { "/", "2044 2215 29F8 FF0F" },
  { "??", "2047" },
  { "?!", "2048" },
  { "!?", "2049" },
  { "*", "204E 2217 229B 25CF 2722 2723 2724 2725 2731 2732 2733 273A 273B 273C 273D 2743 2749 274A 274B 29C6"
    .. " FE61 FF0A" },
  { ";", "204F FE14 FE54 FF1B" },
  { "Ω", "2126" },
  { "Å", "212B" },
  { "(", "2768 276A 27EE 2985 FE59 FF08" },
  { ")", "2769 276B 27EF 2986 FE5A FF09" },
  { "{", "2774 FE5B FF5B" },
  { "}", "2775 FE5C FF5D" },
  { "\\", "29F5 29F9 FE68 FF3C" },
  { "=", "A78A FE66 FF1D" },
  { "?", "FE16 FE56 FF1F" },
  { "#", "FE5F FF03" },
  { "&", "FE60 FF06" },
  { "$", "FE69 FF04" },
  { "%", "FE6A FF05" },
  { "@", "FE6B FF20" },
  { "[", "FF3B" },
  { "]", "FF3D" },
}

-- First and last code point, and the character that the first one becomes; the others follow in the same order.
local SAFE_RUNS = { { 0xFF10, 0xFF19, "0" }, { 0xFF21, 0xFF3A, "A" } }

-- Replacement, then characters: the meaning stays, the looks do not.
local LOSSY = {
  { '"', "¨" }, { "(C)", "©" }, { "a", "ª" }, { "(R)", "®" }, { "deg", "°" }, { "+/-", "±" }, { "2", "²" },
  { "3", "³" }, { "u", "µ" }, { ",", "¸" }, { "1", "¹" }, { "o", "º" }, { "1/4", "¼" }, { "1/2", "½" },
  { "3/4", "¾" }, { "x", "×" }, { "/", "÷" }, { "G", "ɢ" }, { "I", "ɪ" }, { "N", "ɴ" }, { "R", "ʀ" },
  { "Y", "ʏ" }, { "B", "ʙ" }, { "H", "ʜ" }, { "L", "ʟ" }, { "A", "ᴀ" }, { "C", "ᴄ" }, { "D", "ᴅ" },
  { "E", "ᴇ" }, { "J", "ᴊ" }, { "K", "ᴋ" }, { "M", "ᴍ" }, { "O", "ᴏ" }, { "P", "ᴘ" }, { "T", "ᴛ" },
  { "U", "ᴜ" }, { "V", "ᴠ" }, { "W", "ᴡ" }, { "Z", "ᴢ" }, { "No.", "№" }, { "(TM)", "™" }, { "<-", "←" },
  { "->", "→" }, { "Δ", "∆" }, { "Π", "∏" }, { "Σ", "∑" }, { "!=", "≠" }, { "<=", "≤" }, { ">=", "≥" },
  { "F", "ꜰ" }, { "S", "ꜱ" },
}

-- Base letter, then the letters that it stands in for: readable, but misspelt.
local ACCENTS = {
  { "'n", "ŉ" }, { "A", "ÀÁÂÃĀĂĄ" }, { "a", "áâãāăą" }, { "C", "ĆĈĊČ" }, { "c", "çćĉċč" }, { "D", "ÐĎĐ" },
  { "d", "ðďđ" }, { "E", "ÈÊËĒĔĖĘĚẼ" }, { "e", "êëēĕėęěẽ" }, { "G", "ĜĞĠĢ" }, { "g", "ĝğġģ" }, { "H", "ĤĦ" },
  { "h", "ĥħ" }, { "I", "ÌÍÎÏĨĪĬĮİ" }, { "i", "íîïĩīĭįı" }, { "IJ", "Ĳ" }, { "ij", "ĳ" }, { "J", "Ĵ" },
  { "j", "ĵ" }, { "K", "Ķ" }, { "k", "ķĸ" }, { "L", "ĹĻĽĿŁ" }, { "l", "ĺļľŀł" }, { "N", "ŃŅŇŊ" },
  { "n", "ńņňŋ" }, { "O", "ÒÓÔÕŌŎŐ" }, { "o", "óôõōŏő" }, { "OE", "Œ" }, { "oe", "œ" }, { "R", "ŔŖŘ" },
  { "r", "ŕŗř" }, { "S", "ŚŜŞŠȘ" }, { "s", "śŝşšſș" }, { "SS", "ẞ" }, { "T", "ŢŤŦȚ" }, { "t", "ţťŧț" },
  { "Th", "Þ" }, { "th", "þ" }, { "U", "ÙÚÛŨŪŬŮŰŲ" }, { "u", "úûũūŭůűų" }, { "W", "Ŵ" }, { "w", "ŵ" },
  { "Y", "ÝŶŸ" }, { "y", "ýÿŷ" }, { "Z", "ŹŻŽ" }, { "z", "źżž" },
}

-- UTF-8 of a code point below U+10000 (RFC 3629 section 3); Lua 5.1 has no library for it.
local function utf8_of(code)
  local low = 0x80 + code % 0x40
  if code < 0x80 then return string.char(code) end
  if code < 0x800 then return string.char(0xC0 + math.floor(code / 0x40), low) end
  return string.char(0xE0 + math.floor(code / 0x1000), 0x80 + math.floor(code / 0x40) % 0x40, low)
end

local function add_characters(map, groups)
  for _, group in ipairs(groups) do
    for character in group[2]:gmatch("[\194-\244][\128-\191]+") do map[character] = group[1] end
  end
  return map
end

local function safe_map()
  local map = {}
  for _, group in ipairs(SAFE) do
    for code in group[2]:gmatch("[0-9A-F]+") do map[utf8_of(tonumber(code, 16))] = group[1] end
  end
  for _, run in ipairs(SAFE_RUNS) do
    for code = run[1], run[2] do map[utf8_of(code)] = string.char(run[3]:byte() + code - run[1]) end
  end
  return map
end

--- Replacements by character, for the three tiers.
---@type table<string, string>
M.safe = safe_map()
---@type table<string, string>
M.lossy = add_characters({}, LOSSY)
---@type table<string, string>
M.accents = add_characters({}, ACCENTS)

return M
