--- A table that forgets: as much as was last asked for, and no more than twice that.
--
-- Tested in spec/callback/memory_spec.lua.

local M = {}

-- Two generations in place of a list: what is used moves to the young one, and when that is full the old one goes.
---@class vertexsms.base.Generations
local Generations = {}
Generations.__index = Generations

---@param key string
---@param value any
function Generations:set(key, value)
  if self.young[key] == nil then
    self.count = self.count + 1
    if self.count > self.capacity then
      self.old, self.young, self.count = self.young, {}, 1
    end
  end
  self.old[key] = nil
  self.young[key] = value
end

---@param key string
---@return any
function Generations:get(key)
  local value = self.young[key]
  if value == nil then
    value = self.old[key]
    if value ~= nil then self:set(key, value) end
  end
  return value
end

---@param capacity integer keys to remember at least
---@return vertexsms.base.Generations
function M.new(capacity)
  return setmetatable({ young = {}, old = {}, count = 0, capacity = capacity }, Generations)
end

return M
