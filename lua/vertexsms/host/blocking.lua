--- Waits on the calling thread: for scripts, the command line and tests.
--
-- Tested in spec/host/contract_spec.lua and spec/host/blocking_spec.lua.

local core = require("vertexsms.base.core")

local M = { name = "blocking" }

function M.available()
  return true
end

-- A ticket may finish in another process: it is looked at so often.
local LOOK_SECONDS = 1

-- What others wait for is not forgotten: a group has a register, one ticket needs none.
local function collect(engine)
  local register = engine:attachments()[M]
  if register then return register:dispatch(engine) end
  while engine:collect() do end
end

-- A group (client:all) waits by itself, and brings along what that takes. A single request has a ticket only where
-- signals are to be seen meanwhile (cli/interruption.lua).
function M.wait(engine, what, seconds)
  if type(what) == "table" then return what:wait(M, engine, seconds) end
  engine:wait(seconds or LOOK_SECONDS)
  collect(engine)
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
