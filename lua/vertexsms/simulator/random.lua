--- Random numbers that are the same for the same seed, under every Lua and whatever else draws some.
-- Park and Miller's minimal standard generator ("Random number generators: good ones are hard to find", 1988): its
-- products stay below 2^53.

local M = {}

local MULTIPLIER, MODULUS = 16807, 2 ^ 31 - 1

---@param seed integer|nil default: the time
---@return fun(): number below 1, at least 0
function M.new(seed)
  local state = (seed or os.time()) % (MODULUS - 1) + 1
  local function draw()
    state = state * MULTIPLIER % MODULUS
    return (state - 1) / (MODULUS - 1)
  end
  draw() -- the first number of a small seed is always small
  return draw
end

return M
