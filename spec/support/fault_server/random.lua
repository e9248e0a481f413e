--- Random numbers that are the same on every machine and every Lua: Park and Miller's "minimal standard"
-- generator (CACM 31/10, 1988), whose products stay under 2^53 and so are exact in a double.

local MULTIPLIER = 48271
local MODULUS = 2147483647

local random = {}

local function step(state)
  return (state * MULTIPLIER) % MODULUS
end

-- The generator alone is linear: two seeds would give every text the same distance. Squaring, nearly, breaks
-- that; the product stays under 2^48.
local function stir(state)
  return step((state * (state % 65521 + 2) + 1) % MODULUS + 1)
end

--- One number for a seed, a text and a count: the same however many others were drawn in between.
function random.of(seed, text, count)
  local state = stir(seed % (MODULUS - 1) + 1)
  for index = 1, #text do
    state = stir(state + text:byte(index))
  end
  return stir(stir(state + count)) / MODULUS
end

return random
