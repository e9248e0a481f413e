--- Waits inside nginx (ngx_lua): the light thread yields, the worker goes on.
--
-- A dispatcher wakes the light threads that wait (see nginx/dispatcher.lua). Until it runs, and where it cannot,
-- waiting is polling.
--
-- Tested in spec/host/nginx_spec.lua, in spec/host/nginx_queue_spec.lua and, for the init phase, in
-- spec/host/nginx_init_spec.lua.

local threads = require("vertexsms.host.loop.threads")
local waiting = require("vertexsms.host.loop.waiting")

local ngx = rawget(_G, "ngx")

local M = { name = "nginx" }

local POLL_SECONDS_MAX = 0.02

-- Phases that may yield (lua-nginx-module, "ngx.sleep": context).
local YIELDING = {
  rewrite = true, access = true, content = true, timer = true, server_rewrite = true,
  ssl_cert = true, ssl_session_fetch = true, ssl_client_hello = true, preread = true,
}

local register_of = waiting.registers(M)

-- Not where this is only asked whether it is available.
local function module(name)
  local loaded
  return function()
    loaded = loaded or require("vertexsms.host.nginx." .. name)
    return loaded
  end
end

local claims, dispatcher, work = module("claims"), module("dispatcher"), module("work")

function M.available()
  return type(ngx) == "table" and ngx.get_phase ~= nil and ngx.timer ~= nil
end

-- What to do in a phase that cannot wait; it must be possible there.
local ADVICE = {
  init = "send while a request is handled, or from a timer of init_worker_by_lua",
  exit_worker = "send before the worker ends",
}

local function refusal(phase, what)
  local advice = ADVICE[phase] or "use client:submit, or call from ngx.timer.at(0, ...)"
  return ("nginx's %s phase cannot %s: %s"):format(phase, what, advice)
end

function M.can_wait()
  local phase = ngx.get_phase()
  if not YIELDING[phase] then return false, refusal(phase, "wait for the network") end
  if threads.can_yield() then return true end
  return false, "a call cannot wait inside a function that C calls (require, table.sort, string.gsub); make it outside"
end

local function nothing() end

local function poll(engine, register, what, seconds)
  local deadline, pause = ngx.now() + seconds, 0.001
  register:add(what, nothing)
  repeat
    ngx.sleep(pause)
    pause = math.min(pause * 2, POLL_SECONDS_MAX)
    if not register.is_ready then register:dispatch(engine) end
    if waiting.is_finished(what) then break end
    work().take_over(true)
    ngx.update_time()
  until register.is_ready or ngx.now() >= deadline
  register:remove(what)
end

-- The waits of light threads, one after the other: a semaphore and a function for each would cost more than the rest.
local Wait = {}
Wait.__index = Wait

-- Waits that are kept for others.
local IDLE_MAX = 1000

function Wait:lose()
  self.is_dead = true
  for _, ticket in ipairs(waiting.tickets_of(self.what)) do
    if ticket:is_finished() then claims().lose(ticket) end
  end
end

-- Called without a ticket when the dispatcher ends.
function Wait:wake(ticket)
  if ticket and self.is_dead then return claims().lose(ticket) end
  if self.is_awake then return end
  self.is_awake = true
  self.posted[self] = false
  self.semaphore:post(1)
end

-- Its light thread goes on. Without a post the semaphore is as it was; of a post that came too late it would keep one.
function Wait:finish(is_posted)
  self.posted[self], self.what = nil, nil
  if self.is_awake and not is_posted or #self.idle >= IDLE_MAX then return end
  self.is_awake = false
  self.idle[#self.idle + 1] = self
end

local function new_wait(register)
  local wait = setmetatable({
    semaphore = require("ngx.semaphore").new(0), posted = register.posted, idle = register.idle, is_awake = false,
  }, Wait)
  function wait.waker(ticket) wait:wake(ticket) end
  return wait
end

local function wait_for_post(register, what, seconds)
  local wait = table.remove(register.idle) or new_wait(register)
  wait.what = what
  register:add(what, wait.waker)
  local is_posted = wait.semaphore:wait(seconds)
  register:remove(what)
  wait:finish(is_posted)
end

-- Waits that were posted, and those that are kept for others.
local function prepare(register)
  register.posted, register.idle, register.on_collected = {}, {}, claims().on_finished
end

function M.wait(engine, what, seconds)
  local register = register_of(engine)
  if not register.posted then prepare(register) end
  seconds = seconds or waiting.LOOK_SECONDS
  work().take_over(true)
  dispatcher().ensure(engine, register)
  if not register.is_ready then return poll(engine, register, what, seconds) end
  wait_for_post(register, what, seconds)
end

function M.sleep(seconds)
  ngx.sleep(math.max(seconds, 0.001))
end

-- For the attempts of a call: whatever happens to the light thread, the outcome of its call is told.
function M.claim(engine)
  return claims().new(engine)
end

-- The master's queue would be every worker's.
local UNABLE = { init = true, exit_worker = true }

function M.spawn(submitted)
  local phase = ngx.get_phase()
  if UNABLE[phase] then error("vertexsms: " .. refusal(phase, "submit a call"), 0) end
  return work().add(submitted, YIELDING[phase] ~= nil and threads.can_yield())
end

function M.report(message)
  ngx.log(ngx.ERR, message)
end

return M
