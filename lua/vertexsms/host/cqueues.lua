--- Waits inside a cqueues loop, and so beside lua-http.
--
-- One of the coroutines that wait polls the engine's descriptor for all of them; the others wait for a condition of
-- their own. When it has what it came for, another takes over.
--
-- Tested in spec/host/contract_spec.lua and spec/host/cqueues_spec.lua.

local core = require("vertexsms.base.core")
local nested = require("vertexsms.host.loop.nested")
local reasons = require("vertexsms.base.reason")
local threads = require("vertexsms.host.loop.threads")
local waiting = require("vertexsms.host.loop.waiting")

local M = { name = "cqueues" }

local register_of = waiting.registers(M)

function M.available()
  local loaded = package.loaded.cqueues
  return loaded ~= nil and loaded.running() ~= nil
end

-- Only a coroutine that a controller resumes itself, or one of ours inside it, can yield to the controller. In one of
-- the caller's own (a generator) the yield would give the caller what is meant for the controller: there a call blocks.
local function is_resumed_by_controller()
  local loaded = package.loaded.cqueues
  if not loaded then return false end
  local controller, is_direct = loaded.running()
  return controller ~= nil and (is_direct or nested.inherits(M))
end
nested.watch(M, is_resumed_by_controller)

function M.can_wait()
  return is_resumed_by_controller() and threads.can_yield()
end

-- A coroutine that was dropped while it polled stops renewing its claim, and another takes over.
local CLAIM_SECONDS = 0.5

-- Those of waits that are over, which are used again.
local IDLE_MAX = 100

-- What a wait waits for, and what wakes it.
local function take_waiter(register)
  local waiter = register.idle and table.remove(register.idle)
  if waiter then return waiter end
  local condition = require("cqueues.condition").new()
  return { condition = condition, wake = function() condition:signal() end }
end

local function give_back(register, waiter)
  register.idle = register.idle or {}
  if #register.idle < IDLE_MAX then table.insert(register.idle, waiter) end
end

-- The engine's descriptor as cqueues polls it.
local function pollable_of(register, engine)
  local pollable, fd = register.pollable, engine:fd()
  if not pollable or pollable.pollfd ~= fd then
    pollable = { pollfd = fd, events = "r" }
    register.pollable = pollable
  end
  return pollable
end

function M.wait(engine, what, seconds)
  local cqueues = require("cqueues")
  local register = register_of(engine)
  local waiter, pollable = take_waiter(register), pollable_of(register, engine)
  register:add(what, waiter.wake)
  local now = cqueues.monotime()
  local deadline = now + (seconds or waiting.LOOK_SECONDS)
  while not waiting.is_finished(what) and now < deadline do
    local slice = math.min(CLAIM_SECONDS, deadline - now)
    if register.poller == nil or register.claimed_until < now then register.poller = waiter end
    if register.poller == waiter then
      register.claimed_until = now + 2 * CLAIM_SECONDS
      cqueues.poll(pollable, waiter.condition, slice)
      register:dispatch(engine)
    else
      cqueues.poll(waiter.condition, slice)
    end
    now = cqueues.monotime()
  end
  register:remove(what)
  give_back(register, waiter)
  if register.poller == waiter then
    register.poller = nil
    register:wake_one()
  end
  -- the loop must forget the descriptor before it is closed: cqueues.cancel
  if register:is_empty() then cqueues.cancel(pollable.pollfd) end
end

function M.sleep(seconds)
  if not M.can_wait() then return core.sleep(seconds) end
  require("cqueues").sleep(seconds)
end

-- An error would end the whole loop. Not caught with pcall, across which 5.1 cannot yield, but in a coroutine between.
local function guard(work)
  local thread = nested.create(work, true)
  return nested.run(thread, function(reason) M.report(reasons.line(reasons.traceback(thread, reason))) end)
end

function M.spawn(work)
  local controller = require("cqueues").running()
  if not controller then return work:run() end
  controller:wrap(function() guard(function() work:run() end) end)
end

function M.report(message)
  io.stderr:write(message, "\n")
end

return M
