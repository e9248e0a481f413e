--- Ctrl-C: what is in flight is finished, nothing more is begun.
--
-- The standalone interpreters answer SIGINT with a hook that raises "interrupted!" at the next instruction, and leave
-- the second SIGINT to end the process. The core gives a wait up when it sees the hook; here the wait goes on, because
-- a request that was given up may have been accepted all the same, and nobody would know.
-- @module vertexsms.cli.interruption

local M = {}

--- Has Ctrl-C been pressed?
M.happened = false

--- Is this what the interpreter raises?
---@param reason any
---@return boolean
function M.is(reason)
  return type(reason) == "string" and reason:find("interrupted!$") ~= nil
end

--- Does what may be done twice, and does it again when Ctrl-C struck in the middle of it: it strikes once.
---@param work fun(): any
---@return any
function M.insist(work)
  local ok, result = pcall(work)
  if ok then return result end
  if not M.is(result) then error(result, 0) end
  M.happened = true
  return work()
end

-- The hook strikes at the first instruction after the wait, so that instruction has to be in here.
local function shielded(wait, ...)
  local arguments, count = { ... }, select("#", ...)
  local ok, reason = pcall(function()
    local unpack = rawget(table, "unpack") or rawget(_G, "unpack")
    wait(unpack(arguments, 1, count))
    return true
  end)
  if ok then return end
  if not M.is(reason) then error(reason, 0) end
  if not M.happened then
    M.happened = true
    io.stderr:write("\nvertexsms: finishing the request in flight; Ctrl-C again gives it up, its outcome unknown\n")
  end
end

--- A host for the client that waits so.
---@return vertexsms.Host
function M.host()
  local blocking = require("vertexsms.host.blocking")
  local jit = rawget(_G, "jit")
  if jit then jit.off() jit.flush() end -- the hook never strikes in compiled code: the next request would be begun
  return {
    name = "command line",
    report = blocking.report,
    spawn = blocking.spawn,
    wait = function(engine, tickets, seconds) shielded(blocking.wait, engine, tickets, seconds) end,
    sleep = function(seconds, engine)
      if not M.happened then shielded(blocking.sleep, seconds, engine) end
    end,
    is_over = function() return M.happened and "interrupted" or nil end,
  }
end

return M
