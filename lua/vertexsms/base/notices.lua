--- Lines that a stranger can cause: a few at once, then one in a while, which says how many were left out.

local M = {}

---@class vertexsms.base.NoticesOptions
---@field write fun(line: string)
---@field burst integer lines that may follow each other
---@field seconds number until one more line may be written
---@field now fun(): number seconds of a clock that never goes back

local function refill(self)
  local now = self.now()
  self.tokens = math.min(self.burst, self.tokens + (now - self.filled) / self.seconds)
  self.filled = now
end

local function give(self, line)
  refill(self)
  if self.tokens < 1 then
    self.left_out = self.left_out + 1
    return nil
  end
  self.tokens = self.tokens - 1
  if self.left_out > 0 then line = ("%s (%d like this were left out before)"):format(line, self.left_out) end
  self.left_out = 0
  return self.write(line)
end

--- Makes a function that writes a line, or only counts it.
---@param options vertexsms.base.NoticesOptions
---@return fun(line: string)
function M.new(options)
  local self = {
    write = options.write, burst = options.burst, seconds = options.seconds, now = options.now,
    tokens = options.burst, filled = options.now(), left_out = 0,
  }
  return function(line) return give(self, line) end
end

return M
