--- The store of a handler in one process: as much as was last asked for, and no more than twice that.

local core = require("vertexsms.base.core")
local generations = require("vertexsms.base.generations")

local M = {}

--- Where a handler remembers what it has handled. Values are short texts; a store may forget the ones that were not
-- asked for in a long time. A method that fails raises; the call is then answered so that VertexSMS repeats it.
---@class vertexsms.CallbackStore
---@field get fun(self, key: string): string|nil
---@field set fun(self, key: string, value: string)
---@field lock fun(self, key: string, seconds: number): string|nil holder exclusive, for so long; nil: it is held
---@field unlock fun(self, key: string, holder: string)

local DEFAULT_CAPACITY = 10000

local Memory = {}
Memory.__index = Memory

function Memory:get(key)
  return self.values:get(key)
end

function Memory:set(key, value)
  self.values:set(key, value)
end

function Memory:lock(key, seconds)
  local lock, now = self.locks[key], core.now()
  if lock and now < lock.expires then return nil end
  self.holders = self.holders + 1
  lock = { holder = tostring(self.holders), expires = now + seconds }
  self.locks[key] = lock
  return lock.holder
end

function Memory:unlock(key, holder)
  local lock = self.locks[key]
  if lock and lock.holder == holder then self.locks[key] = nil end
end

---@param capacity integer|nil messages to remember at least, default 10000
---@return vertexsms.CallbackStore
function M.new(capacity)
  capacity = capacity or DEFAULT_CAPACITY
  return setmetatable({ values = generations.new(capacity), locks = {}, holders = 0 }, Memory)
end

return M
