--- A gzip stream (RFC 1952) of zero bytes, built by hand: no library and no binary file is needed for a bomb.

local bit = require("bit")

local gzip = {}

local REPEAT = 258 -- the longest match that deflate knows

-- Applies a linear map of 32 bits, given by what it makes of each single bit.
local function apply(map, value)
  local result = 0
  for index = 0, 31 do
    if bit.band(bit.rshift(value, index), 1) == 1 then
      result = bit.bxor(result, map[index])
    end
  end
  return result
end

-- The map that `count` zero bytes are to a CRC-32 register: that of one bit, squared and multiplied.
local function map_of_zeros(count)
  local power, result = {}, nil
  for index = 0, 31 do
    power[index] = index == 0 and 0xedb88320 or bit.lshift(1, index - 1)
  end
  local bits = count * 8
  while bits > 0 do
    local squared, product = {}, {}
    for index = 0, 31 do
      squared[index] = apply(power, power[index])
      product[index] = result and apply(power, result[index]) or power[index]
    end
    result = bits % 2 == 1 and product or result
    power, bits = squared, math.floor(bits / 2)
  end
  return result
end

-- CRC-32 of `count` zero bytes.
local function crc_of_zeros(count)
  return bit.bnot(apply(map_of_zeros(count), -1))
end

local function little_endian(number)
  return string.char(
    bit.band(number, 255),
    bit.band(bit.rshift(number, 8), 255),
    bit.band(bit.rshift(number, 16), 255),
    bit.band(bit.rshift(number, 24), 255)
  )
end

-- Bits as bytes, the first bit lowest (RFC 1951 §3.1.1); `bits` is a string of 0 and 1 whose length divides
-- by 8.
local function pack(bits)
  return (bits:gsub(("."):rep(8), function(eight)
    return string.char(tonumber(eight:reverse(), 2))
  end))
end

-- One deflate block with the fixed codes (RFC 1951 §3.2.6): a literal 0, then copies of 258 bytes from
-- distance 1. A copy is 13 bits, so eight of them are 13 whole bytes, and the rest of the stream is one
-- string repeated.
local function deflate_zeros(count)
  local LITERAL_ZERO, COPY, END = "00110000", "11000101" .. "00000", "0000000"
  local copies = math.floor((count - 1) / REPEAT)
  local literals = count - copies * REPEAT
  local first = "110" .. LITERAL_ZERO:rep(literals)
  -- The 3 header bits shift every byte by 3: eight copies, taken from there on, still repeat after 13 bytes.
  local tail = COPY:rep(copies % 8) .. END
  local eight = COPY:rep(8)
  local head = first .. eight:sub(1, 5)
  local rotated = eight:sub(6) .. eight:sub(1, 5)
  local rounds = math.floor(copies / 8)
  local last = eight:sub(6) .. tail
  last = last .. ("0"):rep(-#last % 8)
  return pack(head) .. pack(rotated):rep(rounds - 1) .. pack(last)
end

local made = {}

--- A gzip file of `count` zero bytes (at least 2065, so that eight copies fit). Made once.
function gzip.zeros(count)
  if not made[count] then
    made[count] = "\31\139\8\0\0\0\0\0\2\255" .. deflate_zeros(count) .. little_endian(crc_of_zeros(count))
      .. little_endian(count)
  end
  return made[count]
end

return gzip
