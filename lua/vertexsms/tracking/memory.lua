--- The store of a tracking in one process: what is open when it ends is lost with it.

local M = {}

--- Where a tracking keeps its entries: tables of texts, numbers and tables.  A method that fails raises.
---@class vertexsms.TrackingStore
--- Exclusive: `fn` gets the entry or nil, and returns nil to leave it alone, a table to keep, or false to remove it.
--- `durable`: returns when the change would survive the machine.
---@field change fun(self, id: string, fn: fun(entry: table|nil), durable: boolean|nil)
---@field entries fun(self): table<string, table> all of them, as they are now

-- Whoever loses track of so many has another problem; sends go on untracked.
local ENTRIES_MAX = 100000

local Memory = {}
Memory.__index = Memory

function Memory:change(id, fn)
  local before = self.open[id]
  local after = fn(before)
  if after == nil or after == false and not before then return end
  if not before and self.count >= ENTRIES_MAX then error("tracking: too many sends are open", 0) end
  self.open[id] = after or nil
  self.count = self.count + (before and 0 or 1) - (after and 0 or 1)
end

function Memory:entries()
  local all = {}
  for id, entry in pairs(self.open) do all[id] = entry end
  return all
end

---@return vertexsms.TrackingStore
function M.new()
  return setmetatable({ open = {}, count = 0 }, Memory)
end

return M
