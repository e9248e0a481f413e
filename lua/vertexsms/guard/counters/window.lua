--- Sliding windows: a time is cut into eight slots, and what counts is the slot at hand and the eight before it.
--
-- So no window of that many seconds, wherever it begins, ever holds more than its limit. In return what was counted
-- stays so for up to an eighth longer. The slots before are complete, which is what lets several processes count
-- without a lock (see shared.lua).
--
-- Tested in spec/guard/counters/process_spec.lua.

local M = {}

--- Slots of a window, and how many count at any time.
M.SLOTS, M.COUNTED = 8, 9

---@class vertexsms.guard.Window
---@field seconds number
---@field width number seconds of a slot
---@field width_ms integer

---@param seconds number
---@return vertexsms.guard.Window
function M.new(seconds)
  local width_ms = math.max(1, math.floor(seconds * 1000 / M.SLOTS + 0.5))
  return { seconds = seconds, width = width_ms / 1000, width_ms = width_ms }
end

--- When an amount has room again: the slots leave one after the other, the oldest first.
---@param window vertexsms.guard.Window
---@param now number seconds
---@param newest integer the slot at hand
---@param used_in fun(slot: integer): number what was counted in a slot
---@param excess number what is too much now
---@return number|nil seconds nil: never
function M.seconds_until(window, now, newest, used_in, excess)
  for slot = newest - M.SLOTS, newest do
    excess = excess - used_in(slot)
    if excess <= 0 then return math.max(0, (slot + M.COUNTED) * window.width - now) end
  end
end

return M
