--- A store with the methods change and due, the caller's or that in memory, as a tracking uses it.
--
-- What a tracking uses has the methods of this one. They raise nothing: a failure is a table with what was raised as
-- its `reason`, or what says so. Those of a database wait the way of the host that they are given.
--
-- Tested in spec/tracking/settle_spec.lua.

local M = {}

---@class vertexsms.tracking.Failure
---@field reason any

--- What becomes of an entry: nil leaves it alone, a table is kept, false removes it; true besides where that must
--- survive the machine. May be called again, when another process was faster.
---@alias vertexsms.tracking.Change fun(id: string, entry: table|nil): table|false|nil, boolean|nil

---@class vertexsms.tracking.Ledger
---@field add fun(self, entries: table<string, table>, host: any): table<string, vertexsms.tracking.Failure>
---@field change fun(self, ids: string[], fn: vertexsms.tracking.Change, host: any):
---  table<string, vertexsms.tracking.Failure>
---@field remove fun(self, ids: string[], durable: boolean, host: any): table<string, vertexsms.tracking.Failure>
---@field due fun(self, now: number, most: number, host: any): string[]|nil, vertexsms.tracking.Failure|nil

---@class vertexsms.tracking.Given: vertexsms.tracking.Ledger
local Given = {}
Given.__index = Given

local function change_one(self, failures, id, fn)
  local ok, reason = pcall(self.store.change, self.store, id, fn)
  if not ok then failures[id] = { reason = reason } end
end

function Given:add(entries)
  local failures = {}
  for id, entry in pairs(entries) do change_one(self, failures, id, function() return entry end) end
  return failures
end

function Given:change(ids, fn)
  local failures = {}
  for _, id in ipairs(ids) do change_one(self, failures, id, function(entry) return fn(id, entry) end) end
  return failures
end

function Given:remove(ids, durable)
  return self:change(ids, function() return false, durable end)
end

function Given:due(now, most)
  local ok, ids = pcall(self.store.due, self.store, now, most)
  if ok then return ids end
  return nil, { reason = ids }
end

---@param store vertexsms.TrackingStore
---@return vertexsms.tracking.Given
function M.new(store)
  return setmetatable({ store = store }, Given)
end

return M
