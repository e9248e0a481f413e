--- Ctrl-C, SIGTERM and SIGHUP: before the first request they end the command at once; later, what is in flight is
-- finished, nothing more is begun, and what became of each message is told.
--
-- A request that is given up may have been accepted all the same, and nothing tells: that takes a second signal.
--
-- Tested in spec/cli/signals_spec.lua.

local M = {}

local WORDS = "vertexsms: interrupted, nothing was sent\n"
local FINISHING = "\nvertexsms: finishing the request in flight; %s again gives it up, its outcome unknown\n"

-- As a shell says that a command was ended by a signal.
local SIGNALLED = 128
local NAMES = { "SIGHUP", "Ctrl-C", [15] = "SIGTERM" }

-- The core, once signals are caught; they are not where there is none, and nothing can be sent there.
local core

--- Is this the error that the interpreter raises at Ctrl-C?
---@param reason any
---@return boolean
function M.is(reason)
  return type(reason) == "string" and reason:find("interrupted!$") ~= nil
end

--- Takes the signals over from the interpreter, whose answer to Ctrl-C is a hook that raises an error in the midst of
-- anything. Compiled code does not look at hooks: one may be waiting still.
function M.catch()
  local loaded, found = pcall(require, "vertexsms.base.core")
  if not loaded then return M.is(found) and error(found, 0) or nil end
  core = found
  core.catch_signals(WORDS)
  if debug.gethook() == "external hook" then
    debug.sethook()
    error("interrupted!", 0)
  end
end

--- From now on there is something to be finished.
function M.defer()
  core.defer_signals()
end

--- Has a signal come that was deferred?
---@return boolean
function M.happened()
  return core ~= nil and core.signals() > 0
end

--- The exit code that says so.
---@return integer
function M.code()
  local _, first = core.signals()
  return SIGNALLED + first
end

-- Not where a worker of the outbox waits for its store, or for something to do.
local function is_request(engine, what)
  return engine.dialect == nil and (type(what) == "userdata" or not what:is_empty())
end

--- A host for the client that finishes what is in flight.
---@return vertexsms.Host
function M.host()
  local blocking = require("vertexsms.host.blocking")
  local is_said = false

  local function say_once(engine, what)
    if is_said or not M.happened() or not is_request(engine, what) then return end
    is_said = true
    local _, first = core.signals()
    io.stderr:write(FINISHING:format(NAMES[first]))
  end

  return {
    name = "command line",
    report = blocking.report,
    spawn = blocking.spawn,
    wait = function(engine, what, seconds)
      say_once(engine, what)
      if core.signals() > 1 then what:cancel() end
      blocking.wait(engine, what, seconds)
    end,
    sleep = function(seconds)
      if not M.happened() then blocking.sleep(seconds) end
    end,
    is_over = function() return M.happened() and "interrupted" or nil end,
  }
end

return M
