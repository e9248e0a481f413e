--- One light thread for each engine and worker, in a timer of its own, is connected to the engine's unix socket. An
-- octet there means that there are tickets to collect, and each posts the semaphore of the call that waits for it.
--
-- It ends when it was idle for some seconds, or the worker exits, so that neither a reload nor a Lua VM that lives for
-- one request (lua_code_cache off) has to wait for it.
--
-- Tested in spec/host/nginx_spec.lua.

local claims = require("vertexsms.host.nginx.claims")
local reasons = require("vertexsms.base.reason")
local timers = require("vertexsms.host.nginx.timers")
local work = require("vertexsms.host.nginx.work")

local ngx = rawget(_G, "ngx")

local M = {}

local IDLE_SECONDS = 5
local NO_TIMEOUT_MS = 24 * 3600 * 1000
-- Its heart beats once a second. It dies with its timer, where a callback in there ends with ngx.exit.
local DEAD_SECONDS = 3
-- Of the garbage collector, while an outcome is open that nothing may be waiting for.
local STEP_KIB = 256

local function connect(engine)
  local path = engine:listen()
  if not path then return nil end
  local connection = ngx.socket.tcp()
  connection:settimeouts(1000, 1000, NO_TIMEOUT_MS)
  local connected = connection:connect("unix:" .. path)
  local accepted = engine:accept()
  return connected and accepted and connection or nil
end

-- An answer was posted to a light thread that was then killed: it did not come back in the turns since the last time.
local function lose_unread(register)
  local posted = register.posted
  for wait, is_old in pairs(posted) do
    if is_old then
      posted[wait] = nil
      wait:lose()
    else
      posted[wait] = true
    end
  end
end

local function beat(engine, register)
  register.beat, register.doubted_at = ngx.now(), nil
  lose_unread(register)
  work.take_over(true, true)
  if claims.are_open() and engine:is_idle() then collectgarbage("step", STEP_KIB) end
end

local function is_idle(engine, register)
  return register:is_empty() and engine:is_idle() and work.is_empty() and next(register.posted) == nil
end

-- Beside the dispatcher's read, which has no timeout because nginx would log each one as an error. It ends by itself:
-- it may have light threads of its own, and nginx would wait for ever for those of one that was killed.
local function hang_up_when_idle(engine, register, connection)
  local idle = 0
  repeat
    ngx.sleep(1)
    beat(engine, register)
    idle = is_idle(engine, register) and idle + 1 or 0
  until register.connection ~= connection or idle > IDLE_SECONDS or (idle > 0 and ngx.worker.exiting())
  if register.connection == connection then engine:hang_up() end
end

local function run(engine, register)
  local connection = connect(engine)
  register.is_polling = connection == nil
  if not connection then return end
  beat(engine, register)
  register.connection = connection
  ngx.thread.spawn(hang_up_when_idle, engine, register, connection)
  repeat
    register:dispatch(engine)
    register.is_ready = true
  until not connection:receive(1)
  register:dispatch(engine)
  if register.connection == connection then register.connection, register.is_ready = nil, false end
  connection:close()
end

local function start(engine, register)
  local request
  request = timers.ask(function()
    if register.request ~= request then return end -- it was late, and another has been asked for
    register.beat = ngx.now()
    local ok, reason = pcall(run, engine, register)
    if register.request == request then register.request, register.is_ready = nil, false end
    register:wake_all()
    if not ok then ngx.log(ngx.ERR, reasons.line(reason)) end
  end)
  register.request, register.is_ready = request, false
end

local function is_dead(register)
  return ngx.now() - register.beat >= DEAD_SECONDS and timers.is_doubtful(register)
end

--- Starts it where it does not run; it may take a moment until register.is_ready.
---@param engine vertexsms.core.Engine
---@param register table
function M.ensure(engine, register)
  local request = register.request
  if request and request.has_begun and not is_dead(register) then return end
  if register.is_polling or engine:is_closed() then return end
  if request and not request.has_begun and not timers.is_lost(request) then return end
  if request and request.has_begun then engine:hang_up() end
  start(engine, register)
end

return M
