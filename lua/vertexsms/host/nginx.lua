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

-- One wait of a light thread.
local Wait = {}
Wait.__index = Wait

function Wait:lose()
  self.is_dead = true
  for _, ticket in ipairs(waiting.tickets_of(self.what)) do
    if ticket:is_finished() then claims().lose(ticket) end
  end
end

-- Called without a ticket when the dispatcher ends.
function Wait:wake(ticket)
  if ticket and (self.is_dead or not self.is_awake and self.semaphore:count() >= 0) then
    self.is_dead = true
    return claims().lose(ticket)
  end
  if self.is_awake then return end
  self.is_awake = true
  local posted = self.register.posted
  if posted then posted[#posted + 1] = self end
  self.semaphore:post(1)
end

-- A function of its own, so that its upvalue is closed: those of a light thread that was killed are gone with it.
local function waker(wait)
  return function(ticket) wait:wake(ticket) end
end

local function wait_for_post(register, what, seconds)
  local semaphore = require("ngx.semaphore").new(0)
  local wait = setmetatable({ register = register, what = what, semaphore = semaphore }, Wait)
  register:add(what, waker(wait))
  semaphore:wait(seconds)
  wait.is_over = true
  register:remove(what)
end

function M.wait(engine, what, seconds)
  local register = register_of(engine)
  seconds = seconds or waiting.LOOK_SECONDS
  register.on_collected = claims().on_finished
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
