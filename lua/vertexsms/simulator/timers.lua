--- What is to happen the same number of seconds after each of many: one coroutine, whatever their number.
--
-- Tested in spec/simulator/inbox/steering_spec.lua.

local cqueues = require("cqueues")

local M = {}

-- What waits; above that the first one's turn comes early.
local WAITING_MAX = 10000

local Timers = {}
Timers.__index = Timers

function Timers:take()
  local item = self.items[self.first]
  self.items[self.first], self.first = nil, self.first + 1
  return item
end

function Timers:count()
  return self.last - self.first + 1
end

function Timers:work()
  while self:count() > 0 do
    local left = self.items[self.first].due - cqueues.monotime()
    if left > 0 then
      cqueues.sleep(left)
    elseif self:is_held() then
      self.callbacks:wait_while_paused()
    else
      self.step(self:take().life)
    end
  end
  self.is_working = false
end

function Timers:is_held()
  return self.is_pausable and self.callbacks.is_paused
end

--- Has the step done for this life after the delay.
---@param life vertexsms.simulator.Life
function Timers:add(life)
  if self.seconds == 0 and not self:is_held() then return self.step(life) end
  self.last = self.last + 1
  self.items[self.last] = { life = life, due = cqueues.monotime() + self.seconds }
  if self:count() > WAITING_MAX then self.step(self:take().life) end
  if self.is_working then return end
  self.is_working = true
  self.callbacks.spawn(function() self:work() end)
end

---@param callbacks table
---@param seconds number
---@param is_pausable boolean whether nothing happens while the callbacks are paused
---@param step fun(life: vertexsms.simulator.Life)
---@return table timers
function M.new(callbacks, seconds, is_pausable, step)
  return setmetatable({
    callbacks = callbacks, seconds = seconds, is_pausable = is_pausable, step = step,
    items = {}, first = 1, last = 0, is_working = false,
  }, Timers)
end

return M
