--- Waits on the calling thread: for scripts, the command line and tests.
--
-- Tested in spec/host/contract_spec.lua.

local core = require("vertexsms.base.core")

local M = { name = "blocking" }

function M.available()
  return true
end

-- Only for many tickets at once (client:all); a single request is performed without one.
function M.wait(engine, _, seconds)
  engine:wait(seconds)
  for _ in function() return engine:collect() end do end -- luacheck: ignore 542
end

function M.can_wait()
  return false
end

function M.sleep(seconds)
  core.sleep(seconds)
end

function M.spawn(work)
  work()
end

function M.report(message)
  io.stderr:write(message, "\n")
end

return M
