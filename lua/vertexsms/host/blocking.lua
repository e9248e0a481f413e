--- Waits on the calling thread: for scripts, the command line and tests.

local core = require("vertexsms.core")

local M = {}

function M.available()
  return true
end

-- No ticket: a hop to the I/O thread and back costs tens of microseconds, and nobody else could run meanwhile.
function M.perform(engine, request)
  return engine:perform(request)
end

function M.sleep(seconds)
  core.sleep(seconds)
end

function M.report(message)
  io.stderr:write(message, "\n")
end

return M
