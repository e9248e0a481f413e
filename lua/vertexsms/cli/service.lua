--- Runs a server of the command line: the simulator or the listener.
--
-- Tested in spec/cli/init_spec.lua.

local interpreter = require("vertexsms.cli.interpreter")
local reasons = require("vertexsms.base.reason")

local M = {}

local function fail(message)
  io.stderr:write(reasons.line(message), "\n")
  return 1
end

--- Binds, serves until a signal comes, returns the exit code.
---@param new fun(options: table): table the simulator's or the listener's constructor
---@param options table
---@return integer exit code
function M.run(new, options)
  local made, service = pcall(new, options)
  if not made then return fail(service) end
  local host, reason = service:listen()
  if not host then return fail(reason) end
  interpreter.stop_with_parent(service.server)
  service:run()
  return 0
end

return M
