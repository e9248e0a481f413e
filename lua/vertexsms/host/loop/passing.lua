--- A table for keys that come and go, about as many as are there at a time, and never come again.
--
-- Lua lays a table out anew when there is no room for another key, with room for the next power of two: where it holds
-- 1000, after every two dozen keys, and all of them are moved each time. So new keys go to a table that begins empty,
-- and those that are there stay in the one before until they have gone.

local M = {}

-- Where fewer come, a new table would cost more than it spares.
local KEYS_MIN = 256

local Passing = {}
Passing.__index = Passing

---@return table passing
function M.new()
  return setmetatable({ young = {}, old = {}, young_count = 0, old_count = 0, added = 0 }, Passing)
end

local function begin_anew(self)
  self.old, self.old_count = self.young, self.young_count
  self.young, self.young_count, self.added = {}, 0, 0
end

---@param key any
---@return any value
function Passing:get(key)
  local value = self.young[key]
  if value == nil then return self.old[key] end
  return value
end

---@param key any
---@param value any not nil
function Passing:set(key, value)
  if self.old_count > 0 and self.old[key] ~= nil then
    self.old[key] = value
    return
  end
  if self.young[key] == nil then
    if self.added >= KEYS_MIN and self.old_count == 0 then begin_anew(self) end
    self.young_count, self.added = self.young_count + 1, self.added + 1
  end
  self.young[key] = value
end

--- Takes a key out.
---@param key any
---@return any value that it had
function Passing:take(key)
  local value = self.young[key]
  if value ~= nil then
    self.young[key], self.young_count = nil, self.young_count - 1
    return value
  end
  if self.old_count == 0 then return nil end
  value = self.old[key]
  if value ~= nil then self.old[key], self.old_count = nil, self.old_count - 1 end
  return value
end

---@return boolean
function Passing:is_empty()
  return self.young_count + self.old_count == 0
end

local function next_of(self, key)
  if key == nil or self.old[key] ~= nil then
    local value
    key, value = next(self.old, key)
    if key ~= nil then return key, value end
  end
  return next(self.young, key)
end

--- All of them, in no order; meanwhile none is added or taken out.
function Passing:pairs()
  return next_of, self
end

return M
