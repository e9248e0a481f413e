--- The quota of retries of one client: a bucket of tokens that repeated attempts spend and successes refill, so that
-- widespread failure does not multiply the traffic.
--
-- Tested in spec/guard_spec.lua.

local M = {}

---@class vertexsms.GuardRetries
---@field tokens integer|nil retries at once, when all is well; default 20
---@field refill number|nil tokens that a success gives back, 0 to 1; default 0.1

---@class vertexsms.guard.Retries
local Retries = {}
Retries.__index = Retries

--- May an attempt be repeated?
---@return boolean
function Retries:spend()
  if self.left < 1 then return false end
  self.left = self.left - 1
  return true
end

--- A request has succeeded.
function Retries:refill()
  if self.left < self.tokens then self.left = math.min(self.tokens, self.left + self.per_success) end
end

---@param option vertexsms.GuardRetries|boolean|nil
---@return vertexsms.guard.Retries|nil
function M.new(option)
  if not option then return nil end
  if option == true then option = {} end
  local tokens = option.tokens or 20
  return setmetatable({ tokens = tokens, left = tokens, per_success = option.refill or 0.1 }, Retries)
end

return M
