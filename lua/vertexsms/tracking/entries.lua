--- The entries of a store, and which of them are due, found without a look at all the others.

local M = {}

--- Why a store takes no more.
M.FULL = "too many sends of unknown outcome are open: this one is not tracked"

-- A caller who loses track of that many has another problem; sends go on untracked.
local ENTRIES_MAX = 100000
-- Entries that are due within the same minute stand together.
local SLOT_SECONDS = 60

local Entries = {}
Entries.__index = Entries

local function slot_of(entry) return math.floor(entry.due / SLOT_SECONDS) end

local function leave_slot(self, id, entry)
  local number = slot_of(entry)
  local slot = self.slots[number]
  slot[id] = nil
  if next(slot) == nil then self.slots[number] = nil end
end

local function enter_slot(self, id, entry)
  local number = slot_of(entry)
  local slot = self.slots[number] or {}
  self.slots[number] = slot
  slot[id] = true
end

---@param id string
---@return table|nil a copy
function Entries:get(id)
  local entry = self.open[id]
  if not entry then return nil end
  local copy = {}
  for name, value in pairs(entry) do copy[name] = value end
  return copy
end

--- Is there room for one more?
function Entries:has_room()
  return self.count < ENTRIES_MAX
end

---@param id string
---@param entry table|nil with `due`, in seconds; nil removes
function Entries:put(id, entry)
  local before = self.open[id]
  if before then leave_slot(self, id, before) end
  if entry then enter_slot(self, id, entry) end
  self.open[id] = entry
  self.count = self.count + (entry and 1 or 0) - (before and 1 or 0)
end

--- IDs of entries that are due.
---@param now number
---@param most number of them at most
---@return string[]
function Entries:due(now, most)
  local ids = {}
  for number, slot in pairs(self.slots) do
    if number * SLOT_SECONDS <= now then
      for id in pairs(slot) do
        if #ids >= most then return ids end
        if self.open[id].due <= now then ids[#ids + 1] = id end
      end
    end
  end
  return ids
end

---@return table
function M.new()
  return setmetatable({ open = {}, slots = {}, count = 0 }, Entries)
end

return M
