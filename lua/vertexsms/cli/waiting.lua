--- Shows on a terminal that a command waits, and for how long it has.
--
-- Tested in spec/cli/commands/status_spec.lua.

local shell = require("vertexsms.cli.shell")

local M = {}

-- Seconds between two looks at the clock.
local STEP = 1

local function write(text)
  io.stderr:write(text)
  io.stderr:flush()
end

--- A host that counts the seconds of the pauses of another one; that one itself where stderr is not a terminal.
---@param host vertexsms.Host
---@param words string what is waited for
---@param most number seconds
---@return vertexsms.Host
function M.host(host, words, most)
  if not shell.is_terminal(2) then return host end
  local waited = 0

  local function sleep(seconds, engine)
    while seconds > 0 do
      local line = ("waiting for %s: %.0f of %.0f seconds"):format(words, waited, most)
      write("\r" .. line)
      local step = math.min(seconds, STEP)
      host.sleep(step, engine)
      waited, seconds = waited + step, seconds - step
      write("\r" .. (" "):rep(#line) .. "\r")
    end
  end

  return setmetatable({ sleep = sleep }, { __index = host })
end

return M
