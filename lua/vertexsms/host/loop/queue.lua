--- Work that waits for its turn: first in, first out.

local M = {}

local Queue = {}
Queue.__index = Queue

---@return table queue
function M.new()
  return setmetatable({ first = 1, last = 0 }, Queue)
end

---@param work any
function Queue:push(work)
  self.last = self.last + 1
  self[self.last] = work
end

---@return integer
function Queue:length()
  return self.last - self.first + 1
end

---@return boolean
function Queue:is_empty()
  return self.first > self.last
end

---@return any work nil when there is none
function Queue:take()
  local first, last = self.first, self.last
  if first > last then return nil end
  local work = self[first]
  self[first] = nil
  if first == last then self.first, self.last = 1, 0 else self.first = first + 1 end
  return work
end

return M
