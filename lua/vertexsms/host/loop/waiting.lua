--- Who waits for which ticket, for the hosts that resume coroutines.
--
-- Tested in spec/host/contract_spec.lua.

local core = require("vertexsms.base.core")
local nested = require("vertexsms.host.loop.nested")
local reasons = require("vertexsms.base.reason")

local M = {}

local Waiting = {}
Waiting.__index = Waiting

---@return table register
function M.new()
  return setmetatable({ wakers = {} }, Waiting)
end

--- A register for each engine, which is collected with its engine: the coroutines that wait lead back to it.
---@return fun(engine: vertexsms.core.Engine): table
function M.registers()
  local key = {}
  return function(engine)
    local attachments = engine:attachments()
    local register = attachments[key]
    if not register then
      register = M.new()
      attachments[key] = register
    end
    return register
  end
end

--- Calls wake() once when one of the tickets has been collected.
---@param tickets vertexsms.core.Ticket[]
---@param wake fun()
function Waiting:add(tickets, wake)
  for _, ticket in ipairs(tickets) do self.wakers[ticket] = wake end
end

---@param tickets vertexsms.core.Ticket[]
function Waiting:remove(tickets)
  for _, ticket in ipairs(tickets) do self.wakers[ticket] = nil end
end

---@return boolean
function Waiting:is_empty()
  return next(self.wakers) == nil
end

--- Collects what has finished and wakes the coroutines that wait for it. Returns how many were collected.
---@param engine vertexsms.core.Engine
---@param may_go_on nil|fun(): boolean asked before each; false leaves the rest for the next time
---@return integer
function Waiting:dispatch(engine, may_go_on)
  local count = 0
  while not may_go_on or may_go_on() do
    local ticket = engine:collect()
    if not ticket then break end
    count = count + 1
    local wake = self.wakers[ticket]
    self.wakers[ticket] = nil
    if wake then wake(ticket) end
    if self.on_collected then self.on_collected(ticket) end
  end
  return count
end

---@param tickets vertexsms.core.Ticket[]
---@return boolean
function M.is_any_finished(tickets)
  for _, ticket in ipairs(tickets) do
    if ticket:is_finished() then return true end
  end
  return false
end

--- Asked before each piece of work: yes the first time, and then for that many seconds.
---@param seconds number
---@return fun(): boolean may_go_on
function M.budget(seconds)
  local deadline, is_first = core.now() + seconds, true
  return function()
    if is_first then
      is_first = false
      return true
    end
    return core.now() < deadline
  end
end

--- The coroutine that runs, or nil outside of any.
---@return thread|nil
function M.running()
  local thread, is_main = coroutine.running()
  return not is_main and thread or nil
end

local is_luajit = rawget(_G, "jit") ~= nil

-- A C function that calls (require, table.sort) is in the way; in Lua 5.1, but not LuaJIT, so are pcall and the
-- iterator of a `for`. (So is a metamethod there, but nothing tells it from a function.)
local function is_in_the_way(frame)
  if is_luajit then return frame.what == "C" and frame.func ~= pcall and frame.func ~= xpcall end
  return frame.what == "C" or frame.name == "(for generator)"
end

-- For Lua 5.1 and nginx, which have no coroutine.isyieldable.
local function is_stack_yieldable()
  local level, wanted = 2, is_luajit and "Sf" or "Sn"
  local frame = debug.getinfo(level, wanted)
  while frame do
    if is_in_the_way(frame) then return false end
    level = level + 1
    frame = debug.getinfo(level, wanted)
  end
  return true
end

local is_yieldable = rawget(coroutine, "isyieldable") or is_stack_yieldable

--- Can the coroutine that runs wait here? To be asked before a request is handed over: the error of a yield that is
-- impossible would leave the caller without its outcome.
---@return boolean
function M.can_yield()
  local thread = M.running()
  return thread ~= nil and nested.is_passing(thread) and is_yieldable()
end

--- Goes on with a coroutine that waited; one that died meanwhile is left in peace.
---@param thread thread
---@param report fun(message: string)
function M.resume(thread, report)
  if coroutine.status(thread) == "dead" then return end
  local ok, reason = coroutine.resume(thread)
  if not ok then report(reasons.line(reasons.traceback(thread, reason))) end
end

--- A function that goes on with a coroutine once, however often it is called.
---@param thread thread
---@param report fun(message: string)
---@return fun()
function M.waker(thread, report)
  local is_done = false
  return function()
    if is_done then return end
    is_done = true
    M.resume(thread, report)
  end
end

return M
