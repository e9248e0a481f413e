--- Waits inside libuv's loop: luv, and Neovim, whose vim.loop it is.
--
-- One uv_poll handle for each engine, active while a coroutine waits.
--
-- Tested in spec/host/contract_spec.lua and spec/host/neovim_spec.lua.

local core = require("vertexsms.base.core")
local queues = require("vertexsms.host.loop.queue")
local threads = require("vertexsms.host.loop.threads")
local waiting = require("vertexsms.host.loop.waiting")

local M = { name = "luv" }

local vim = rawget(_G, "vim")
local uv = type(vim) == "table" and (vim.uv or vim.loop)

-- Of each turn of the loop; what is more waits for the next one, so that timers and keys do not.
local TURN_SECONDS = 0.001

local register_of = waiting.registers(M)

-- luv alone says nothing: a script that merely has it installed runs no loop. Neovim always runs one.
function M.available()
  return uv and true or false
end

local LOAD_FIRST = 'call require "luv" outside of coroutines first: its callbacks run on the stack that loads it'

local function loop()
  if not uv and threads.running() and not package.loaded.luv then error("vertexsms: " .. LOAD_FIRST, 0) end
  uv = uv or require("luv")
  return uv
end

-- Neovim: callbacks of the loop may not call most of the API (:help vim.schedule).
local function is_fast()
  return type(vim) == "table" and vim.in_fast_event ~= nil and vim.in_fast_event()
end

local function later(work)
  if is_fast() then vim.schedule(work) else work() end
end

function M.can_wait()
  if not threads.can_yield() then return false end
  if not uv and not package.loaded.luv then return false, LOAD_FIRST end
  return true
end

-- A program may close every handle of its loop, ours too (uv.walk).
local function close(handle)
  if not handle:is_closing() then handle:close() end
end

-- Closes itself when its time has come: the coroutine that waits may be dead by then.
local function new_timer(seconds, wake)
  local timer = loop().new_timer()
  timer:start(math.max(1, math.ceil(seconds * 1000)), 0, function()
    close(timer)
    later(wake)
  end)
  return timer
end

-- Coroutines that sleep would not wake up otherwise.
local function replace_closed_timers(register)
  for sleeper in pairs(register.sleepers or {}) do
    if sleeper.timer:is_closing() then sleeper.timer = new_timer(sleeper.at - core.now(), sleeper.wake) end
  end
end

local function is_usable(engine, register)
  if not register.handle or register.handle:is_closing() then return false end
  -- A closed engine gives no descriptor any more; the one it gave stays as long as it does.
  return engine:is_closed() or register.fd == engine:fd()
end

-- Nil where there is nothing to poll: the engine was closed, or has no descriptor to give.
local function poll_handle(engine, register)
  if is_usable(engine, register) then return register.handle end
  local fd = engine:fd()
  if not fd then return nil end
  register.fd = fd
  register.handle, register.watched = assert(loop().new_poll(fd)), nil
  replace_closed_timers(register)
  return register.handle
end

-- The handles must not outlive the descriptor, nor keep the loop running when no coroutine waits.
local function stop_if_empty(register)
  if not register:is_empty() then return end
  if register.handle then close(register.handle) end
  if register.looker then close(register.looker) end
  register.handle, register.watched, register.looker = nil, nil, nil
end

-- One timer for all that wait without a time.
local function look_now_and_then(engine, register)
  if register.looker and not register.looker:is_closing() then return end
  local milliseconds = waiting.LOOK_SECONDS * 1000
  register.looker = loop().new_timer()
  register.looker:start(milliseconds, milliseconds, function()
    later(function()
      register:look(engine)
      stop_if_empty(register)
    end)
  end)
end

local watch

-- Where nothing tells of what has finished, as everything of a closed engine has.
local function look_soon(engine, register)
  if register.soon and not register.soon:is_closing() then return end
  register.soon = new_timer(TURN_SECONDS, function()
    register.soon = nil
    register:dispatch(engine, core.now() + TURN_SECONDS)
    register:look(engine)
    stop_if_empty(register)
    if not register:is_empty() then watch(engine, register) end
  end)
end

-- Once: while Neovim puts off what was scheduled, the descriptor stays readable, and the loop would spin.
watch = function(engine, register)
  local handle = poll_handle(engine, register)
  if not handle then return look_soon(engine, register) end
  if register.watched == handle then return end
  register.watched = handle
  handle:start("r", function()
    handle:stop()
    later(function()
      register.watched = nil
      register:dispatch(engine, core.now() + TURN_SECONDS)
      stop_if_empty(register)
      if register.handle then watch(engine, register) end
    end)
  end)
end

function M.wait(engine, what, seconds)
  local register, thread = register_of(engine), threads.running()
  local timer = seconds and new_timer(seconds, threads.waker(thread, M.report))
  register:add(what, thread)
  watch(engine, register)
  look_now_and_then(engine, register)
  coroutine.yield()
  if timer then close(timer) end
  register:remove(what)
  stop_if_empty(register)
end

function M.run_after(engine, ticket, work)
  local register = register_of(engine)
  register:add(ticket, work)
  watch(engine, register)
  look_now_and_then(engine, register)
end

function M.sleep(seconds, engine)
  if not threads.can_yield() then return core.sleep(seconds) end
  local register = register_of(engine)
  local sleeper = { at = core.now() + seconds, wake = threads.waker(threads.running(), M.report) }
  sleeper.timer = new_timer(seconds, sleeper.wake)
  register.sleepers = register.sleepers or {}
  register.sleepers[sleeper] = true
  coroutine.yield()
  register.sleepers[sleeper] = nil
  close(sleeper.timer)
end

local queue, turn = queues.new(), {}

local function start_next()
  threads.start(queue:take(), M.report)
end

local function start_queued()
  turn.timer = nil
  local deadline = core.now() + TURN_SECONDS
  while not queue:is_empty() and core.now() < deadline do start_next() end
  if not queue:is_empty() and not turn.timer then turn.timer = new_timer(TURN_SECONDS, start_queued) end
end

-- The loop's own time stands still during a turn.
local function is_time_left()
  local now = loop().now()
  if turn.at ~= now then turn.at, turn.deadline = now, core.now() + TURN_SECONDS end
  return core.now() < turn.deadline
end

-- Not always: a thousand in a row would be tens of milliseconds without a key.
function M.is_free()
  return queue:is_empty() and not is_fast() and is_time_left()
end

function M.spawn(work)
  local is_now = M.is_free()
  queue:push(work)
  if is_now then
    start_next()
  elseif not turn.timer or turn.timer:is_closing() then
    turn.timer = new_timer(TURN_SECONDS, start_queued)
  end
end

function M.report(message)
  if type(vim) == "table" and vim.schedule then
    vim.schedule(function() vim.notify(message, vim.log.levels.ERROR) end)
  else
    io.stderr:write(message, "\n")
  end
end

return M
