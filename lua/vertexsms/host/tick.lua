--- Nothing waits: the host calls client:update() once a frame, and that is when callbacks run.
--
-- Tested in spec/host/contract_spec.lua.

local core = require("vertexsms.base.core")
local waiting = require("vertexsms.host.loop.waiting")

local M = { name = "tick" }

local register_of = waiting.registers()

-- A game loop cannot be told from another script: it is asked for by name.
function M.available()
  return false
end

function M.can_wait()
  return waiting.can_yield()
end

local function sleepers_of(register)
  register.sleepers = register.sleepers or {}
  return register.sleepers
end

local function yield_until(register, tickets, seconds)
  local wake = waiting.waker(waiting.running(), M.report)
  local sleeper = { at = core.now() + seconds, wake = wake }
  sleepers_of(register)[sleeper] = true
  register:add(tickets, wake)
  coroutine.yield()
  sleepers_of(register)[sleeper] = nil
  register:remove(tickets)
end

function M.wait(engine, tickets, seconds)
  yield_until(register_of(engine), tickets, seconds)
end

function M.sleep(seconds, engine)
  if not waiting.can_yield() then return core.sleep(seconds) end
  yield_until(register_of(engine), {}, seconds)
end

local function wake_sleepers(register, may_go_on)
  local now, due = core.now(), {}
  for sleeper in pairs(sleepers_of(register)) do
    if sleeper.at <= now then due[#due + 1] = sleeper end
  end
  for _, sleeper in ipairs(due) do
    if not may_go_on() then return end
    sleepers_of(register)[sleeper] = nil
    sleeper.wake()
  end
end

--- Runs what is due, for at most that many seconds; the first callback runs in any case.
---@param engine vertexsms.core.Engine
---@param budget number
---@return integer count of finished requests
function M.update(engine, budget)
  local may_go_on = waiting.budget(budget)
  local count = register_of(engine):dispatch(engine, may_go_on)
  wake_sleepers(register_of(engine), may_go_on)
  return count
end

function M.spawn(work)
  waiting.resume(coroutine.create(work), M.report)
end

function M.report(message)
  io.stderr:write(message, "\n")
end

return M
