--- Coroutines: whether one can wait, and how it goes on.
--
-- Tested in spec/host/contract_spec.lua.

local core = require("vertexsms.base.core")
local nested = require("vertexsms.host.loop.nested")
local reasons = require("vertexsms.base.reason")

local M = {}

--- The coroutine that runs, or nil outside of any.
---@return thread|nil
function M.running()
  local thread, is_main = coroutine.running()
  return not is_main and thread or nil
end

-- A C function that calls (require, table.sort, pcall) is in the way, and so is the iterator of a `for`. (So is a
-- metamethod, but nothing tells it from a function.)
local function is_in_the_way(frame)
  return frame.what == "C" or frame.name == "(for generator)"
end

-- For Lua 5.1, which does not tell.
local function is_stack_yieldable()
  local level = 2
  local frame = debug.getinfo(level, "Sn")
  while frame do
    if is_in_the_way(frame) then return false end
    level = level + 1
    frame = debug.getinfo(level, "Sn")
  end
  return true
end

local is_yieldable = core.is_yieldable() ~= nil and core.is_yieldable or is_stack_yieldable

--- Can the coroutine that runs wait here? To be asked before a request is handed over: the error of a yield that is
-- impossible would leave the caller without its outcome.
---@return boolean
function M.can_yield()
  local thread = M.running()
  return thread ~= nil and nested.is_passing(thread) and is_yieldable()
end

-- The coroutine that was resumed here last, of those that have not come back.
local resumed

local function resume(thread, report, given)
  local before = resumed
  resumed = thread
  local ok, reason = coroutine.resume(thread, given)
  resumed = before
  if not ok then report(reasons.line(reasons.traceback(thread, reason))) end
end

--- Goes on with a coroutine that waited; one that died meanwhile is left in peace.
---@param thread thread
---@param report fun(message: string)
---@param given any what its yield returns
function M.resume(thread, report, given)
  if coroutine.status(thread) ~= "dead" then resume(thread, report, given) end
end

-- Coroutines that have done their work and wait for more: they are used again.
local IDLE_MAX = 100
local idle, idle_count = {}, 0

-- Not one that another resumes: that ends, as the one who resumes it expects.
local function work_on(work)
  local thread = coroutine.running()
  while work do
    work:run()
    if resumed ~= thread or idle_count >= IDLE_MAX then return end
    idle_count = idle_count + 1
    idle[idle_count] = thread
    work = nil -- luacheck: ignore 311 (an idle coroutine keeps no message)
    work = coroutine.yield()
  end
end

local function take_idle()
  while idle_count > 0 do
    local thread = idle[idle_count]
    idle[idle_count], idle_count = nil, idle_count - 1
    if coroutine.status(thread) == "suspended" then return thread end
  end
end

--- Runs work in a coroutine of its own.
---@param work vertexsms.Work
---@param report fun(message: string)
function M.start(work, report)
  resume(take_idle() or coroutine.create(work_on), report, work)
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
