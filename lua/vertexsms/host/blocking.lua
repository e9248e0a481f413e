--- Waits on the calling thread: for scripts, the command line and tests.
--
-- Tested in spec/host/contract_spec.lua.

local core = require("vertexsms.base.core")
local waiting = require("vertexsms.host.loop.waiting")

local M = { name = "blocking" }

function M.available()
  return true
end

local register_of = waiting.registers(M)

-- Only for many tickets at once (client:all); a single request is performed without one.
function M.wait(engine, group, seconds)
  local register = register_of(engine)
  register:add(group)
  engine:wait(seconds or waiting.LOOK_SECONDS)
  register:dispatch(engine)
  register:remove(group)
end

function M.can_wait()
  return false
end

function M.sleep(seconds)
  core.sleep(seconds)
end

function M.spawn(work)
  work:run()
end

function M.report(message)
  io.stderr:write(message, "\n")
end

return M
