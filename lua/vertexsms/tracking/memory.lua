--- The store of a tracking in one process: what is open when it ends is lost with it.

local new_entries = require("vertexsms.tracking.entries").new
local FULL = require("vertexsms.tracking.entries").FULL

local M = {}

--- Where a tracking keeps its entries: tables of texts, numbers and tables. A method that fails raises.
---@class vertexsms.TrackingStore
--- Exclusive: `fn` gets the entry or nil, and returns nil to leave it alone, a table to keep, or false to remove it;
--- and true besides where that must survive the machine before `change` returns.
---@field change fun(self, id: string, fn: fun(entry: table|nil): table|false|nil, boolean|nil)
---@field due fun(self, now: number, most: number): string[] IDs of at most `most` entries whose `due` is not after now

local Memory = {}
Memory.__index = Memory

function Memory:change(id, fn)
  local entries = self.entries
  local before = entries:get(id)
  local after = fn(before)
  if after == nil then return end
  if after and not before and not entries:has_room() then error(FULL, 0) end
  entries:put(id, after or nil)
end

function Memory:due(now, most)
  return self.entries:due(now, most)
end

---@return vertexsms.TrackingStore
function M.new()
  return setmetatable({ entries = new_entries() }, Memory)
end

return M
