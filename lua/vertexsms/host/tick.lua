--- Nothing waits: the host calls client:update() once a frame, and that is when callbacks run.
--
-- Tested in spec/host/contract_spec.lua.

local core = require("vertexsms.base.core")
local threads = require("vertexsms.host.loop.threads")
local waiting = require("vertexsms.host.loop.waiting")

local M = { name = "tick" }

local register_of = waiting.registers(M)

-- A game loop cannot be told from another script: it is asked for by name.
function M.available()
  return false
end

function M.can_wait()
  return threads.can_yield()
end

-- Those that wait for a time; the next of which comes at `next_at`.
local function sleepers_of(register)
  register.sleepers, register.next_at = register.sleepers or {}, register.next_at or math.huge
  return register.sleepers
end

local function sleep_for(seconds, register)
  local sleepers, sleeper = sleepers_of(register), { at = core.now() + seconds, thread = threads.running() }
  sleepers[sleeper], register.next_at = true, math.min(register.next_at, sleeper.at)
  local given = coroutine.yield()
  sleepers[sleeper] = nil
  return given
end

function M.wait(engine, what, seconds)
  local register = register_of(engine)
  register:add(what, threads.running())
  local given
  if seconds then given = sleep_for(seconds, register) else given = coroutine.yield() end
  if given ~= what then register:remove(what) end
end

function M.run_after(engine, ticket, work)
  register_of(engine):add(ticket, work)
end

function M.sleep(seconds, engine)
  if not threads.can_yield() then return core.sleep(seconds) end
  sleep_for(seconds, register_of(engine))
end

local function take_due(register, now)
  local due, next_at = {}, math.huge
  for sleeper in pairs(register.sleepers) do
    if sleeper.at <= now then due[#due + 1] = sleeper else next_at = math.min(next_at, sleeper.at) end
  end
  register.next_at = next_at
  return due
end

-- The first of them in any case, where nothing else has run.
local function wake_sleepers(register, deadline, has_begun)
  local now, sleepers = core.now(), sleepers_of(register)
  if now < register.next_at then return end
  for _, sleeper in ipairs(take_due(register, now)) do
    if has_begun and core.now() >= deadline then
      register.next_at = now
      return
    end
    has_begun = true
    if sleepers[sleeper] then
      sleepers[sleeper] = nil
      threads.resume(sleeper.thread, M.report)
    end
  end
end

--- Runs what is due, for at most that many seconds; the first callback runs in any case.
---@param engine vertexsms.core.Engine
---@param budget number
---@return integer count of finished requests
function M.update(engine, budget)
  local register, deadline = register_of(engine), core.now() + budget
  local count = register:dispatch(engine, deadline)
  wake_sleepers(register, deadline, count > 0)
  register:look_again(engine)
  return count
end

function M.spawn(work)
  threads.start(work, M.report)
end

function M.report(message)
  io.stderr:write(message, "\n")
end

return M
