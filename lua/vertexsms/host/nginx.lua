--- Waits inside nginx (ngx_lua): the light thread yields, the worker goes on.
--
-- One dispatcher for each engine and worker, a light thread of its own timer, is connected to the engine's unix socket;
-- an octet there means that there are tickets to collect, and each posts the semaphore of whoever waits for it.  Until
-- it runs, and where it cannot, waiting is polling.  It ends when it was idle for some seconds, or the worker exits, so
-- that neither a reload nor a Lua VM that lives for one request (lua_code_cache off) has to wait for it.

local queues = require("vertexsms.host.queue")
local waiting = require("vertexsms.host.waiting")

local ngx = rawget(_G, "ngx")

local M = { name = "nginx" }

local IDLE_SECONDS = 5
local POLL_SECONDS_MAX = 0.02
local NO_TIMEOUT_MS = 24 * 3600 * 1000

-- Calls with a callback, in each worker.  nginx drops a timer beyond lua_max_running_timers (256), and nobody would
-- ever hear of its message.
local RUNNING_MAX = 100

-- Phases that may yield (lua-nginx-module, "ngx.sleep": context).
local YIELDING = {
  rewrite = true, access = true, content = true, timer = true, server_rewrite = true,
  ssl_cert = true, ssl_session_fetch = true, ssl_client_hello = true, preread = true,
}

local register_of = waiting.registers()

function M.available()
  return type(ngx) == "table" and ngx.get_phase ~= nil and ngx.timer ~= nil
end

function M.can_wait()
  local phase = ngx.get_phase()
  if not YIELDING[phase] then
    return false, ("in nginx's %s phase nothing can wait for the network; call from ngx.timer.at(0, ...)"):format(phase)
  end
  if waiting.can_yield() then return true end
  return false, "nothing can wait inside a function that C calls (require, table.sort, string.gsub); call outside of it"
end

-- The request that waited is gone (lua_check_client_abort), its message is not: somebody must be told.
local function log_orphan(engine, ticket)
  local response = ticket:response()
  local body = response.kind == "ok" and ": " .. engine:redact(response.body):sub(1, 200):gsub("[%c]", " ") or ""
  ngx.log(ngx.WARN, "vertexsms: nobody waits any more for a request that ended as ", response.kind, ", outcome ",
    response.outcome, body)
end

local function wake_all(register)
  for _, wake in pairs(register.wakers) do wake() end
end

local function connect(engine)
  local path = engine:listen()
  if not path then return nil end
  local connection = ngx.socket.tcp()
  connection:settimeouts(1000, 1000, NO_TIMEOUT_MS)
  local connected = connection:connect("unix:" .. path)
  local accepted = engine:accept()
  return connected and accepted and connection or nil
end

-- Beside the dispatcher's read, which has no timeout because nginx would log each one as an error.
local function hang_up_when_idle(engine, register)
  local idle = 0
  repeat
    ngx.sleep(1)
    idle = register:is_empty() and engine:is_idle() and idle + 1 or 0
  until idle > IDLE_SECONDS or (idle > 0 and ngx.worker.exiting())
  engine:hang_up()
end

local function run_dispatcher(engine, register)
  local connection = connect(engine)
  register.is_polling = connection == nil
  if not connection then return end
  local watchdog = ngx.thread.spawn(hang_up_when_idle, engine, register)
  repeat
    register:dispatch(engine)
    register.is_ready = true
  until not connection:receive(1)
  register:dispatch(engine)
  ngx.thread.kill(watchdog)
  connection:close()
end

local function start_dispatcher(engine, register)
  register.is_started = ngx.timer.at(0, function()
    local ok, reason = pcall(run_dispatcher, engine, register)
    register.is_started, register.is_ready = false, false
    wake_all(register)
    if not ok then ngx.log(ngx.ERR, "vertexsms: ", reason) end
  end)
end

local function poll(engine, register, tickets, seconds)
  local deadline, pause = ngx.now() + seconds, 0.001
  repeat
    ngx.sleep(pause)
    pause = math.min(pause * 2, POLL_SECONDS_MAX)
    if not register.is_ready then register:dispatch(engine) end
    for _, ticket in ipairs(tickets) do
      if ticket:is_finished() then return end
    end
    ngx.update_time()
  until register.is_ready or ngx.now() >= deadline
end

-- A function of its own, so that its upvalues are closed: those of a light thread that was killed are gone with it.
local function waker(engine, semaphore)
  local is_awake = false
  return function(ticket)
    if ticket and not is_awake and semaphore:count() >= 0 then log_orphan(engine, ticket) end
    is_awake = true
    semaphore:post(1)
  end
end

function M.wait(engine, tickets, seconds)
  local register = register_of(engine)
  if not register.is_started and not register.is_polling and not engine:is_closed() then
    start_dispatcher(engine, register)
  end
  if not register.is_ready then return poll(engine, register, tickets, seconds) end
  local semaphore = require("ngx.semaphore").new(0)
  register:add(tickets, waker(engine, semaphore))
  semaphore:wait(seconds)
  register:remove(tickets)
end

function M.sleep(seconds)
  ngx.sleep(math.max(seconds, 0.001))
end

-- Weak: a callback that ends its timer with ngx.exit never comes back to give its place to another.
local running, queue = setmetatable({}, { __mode = "k" }), queues.new()

local function is_full()
  local count = 0
  for _ in pairs(running) do count = count + 1 end
  return count >= RUNNING_MAX
end

-- In a timer of its own.  What one call raises must not keep the others from their turn.
local function run(_, work)
  if is_full() then return queue:push(work) end
  local place = {}
  running[place] = true
  while work do
    local ok, reason = xpcall(work, debug.traceback)
    if not ok then M.report("vertexsms: " .. tostring(reason)) end
    work = queue:take()
  end
  running[place] = nil
end

function M.spawn(work)
  local started, reason = ngx.timer.at(0, run, work)
  if not started then error("vertexsms: " .. tostring(reason), 0) end
end

function M.report(message)
  ngx.log(ngx.ERR, message)
end

return M
