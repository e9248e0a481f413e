--- The host of the server: a coroutine for each call, and one place where all of them and stdin are waited for.
--
-- Tested in spec/mcp/init_spec.lua.

local core = require("vertexsms.base.core")
local reasons = require("vertexsms.base.reason")
local threads = require("vertexsms.host.loop.threads")
local waiting = require("vertexsms.host.loop.waiting")

local M = {}

local unpack = rawget(table, "unpack") or rawget(_G, "unpack")

-- A signal that comes just before the wait is seen so late at most.
local SECONDS_MAX = 1

---@class vertexsms.mcp.Loop
---@field handles table<table, integer> engines and stores, and how many coroutines wait for each
---@field sleepers table<table, true>
---@field failures table<thread, fun(reason: string)>
---@field register_of fun(handle: table): table
---@field busy integer how many coroutines wait for an engine or a store
local Loop = {}
Loop.__index = Loop

local function resume(self, thread)
  if coroutine.status(thread) ~= "suspended" then return end
  local ok, reason = coroutine.resume(thread)
  local fail = self.failures[thread]
  if not ok and fail then fail(reasons.traceback(thread, reason)) end
end

--- Runs work in a coroutine of its own.
---@param work fun()
---@param fail fun(reason: string) is told what it raised
function Loop:spawn(work, fail)
  local thread = coroutine.create(work)
  self.failures[thread] = fail
  resume(self, thread)
end

local function waker(self)
  local thread, is_done = threads.running(), false
  return function()
    if is_done then return end
    is_done = true
    resume(self, thread)
  end
end

local function sleep_until(self, seconds, wake)
  local sleeper = { at = core.now() + seconds, wake = wake }
  self.sleepers[sleeper] = true
  coroutine.yield()
  self.sleepers[sleeper] = nil
end

--- Waits until it is woken, or the time is over.
---@param seconds number
---@param take fun(wake: fun()) gets what wakes it
function Loop:park(seconds, take)
  local wake = waker(self)
  take(wake)
  sleep_until(self, math.max(seconds, 0), wake)
end

local function wait(self, handle, what, seconds)
  local register = self.register_of(handle)
  local wake = waker(self)
  self.handles[handle], self.busy = (self.handles[handle] or 0) + 1, self.busy + 1
  register:add(what, wake)
  sleep_until(self, seconds or waiting.LOOK_SECONDS, wake)
  register:remove(what)
  -- One that is waited for no more may be closed by now.
  local rest = self.handles[handle] - 1
  self.handles[handle], self.busy = rest > 0 and rest or nil, self.busy - 1
end

local function sleep(self, seconds)
  if not threads.can_yield() then return core.sleep(seconds) end
  sleep_until(self, seconds, waker(self))
end

--- How long stdin may be waited for, and what with it.
---@return number seconds
---@return integer ... descriptors
function Loop:patience()
  local seconds, descriptors = SECONDS_MAX, {}
  for sleeper in pairs(self.sleepers) do seconds = math.min(seconds, math.max(sleeper.at - core.now(), 0)) end
  for handle in pairs(self.handles) do descriptors[#descriptors + 1] = handle:fd() end
  return seconds, unpack(descriptors)
end

--- Waits, without stdin, for what coroutines wait for.
---@param seconds number at most, for each engine and store
function Loop:rest(seconds)
  if next(self.handles) == nil then return core.sleep(seconds) end
  for handle in pairs(self.handles) do handle:wait(seconds) end
end

--- Goes on with what can go on.
function Loop:update()
  local handles = {} -- what goes on may wait for another one, and that is added
  for handle in pairs(self.handles) do handles[#handles + 1] = handle end
  for _, handle in ipairs(handles) do
    if self.handles[handle] then self.register_of(handle):dispatch(handle) end
  end
  local now, due = core.now(), {}
  for sleeper in pairs(self.sleepers) do
    if sleeper.at <= now then due[#due + 1] = sleeper end
  end
  for _, sleeper in ipairs(due) do sleeper.wake() end
end

---@param report fun(message: string)
---@return vertexsms.mcp.Loop
function M.new(report)
  local self = setmetatable({
    handles = {}, sleepers = {}, failures = setmetatable({}, { __mode = "k" }), busy = 0,
  }, Loop)
  self.host = {
    name = "mcp", report = report, can_wait = threads.can_yield,
    wait = function(handle, what, seconds) wait(self, handle, what, seconds) end,
    sleep = function(seconds) sleep(self, seconds) end,
    spawn = function(work) threads.start(work, report) end,
  }
  self.register_of = waiting.registers(self.host)
  return self
end

return M
