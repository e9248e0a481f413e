--- Runs a server of the command line: the simulator or the listener.
-- @module vertexsms.cli.service

local interpreter = require("vertexsms.cli.interpreter")

local M = {}

local function fail(message)
  io.stderr:write("vertexsms: ", tostring(message), "\n")
  return 1
end

--- A port, for argparse's `convert`.
---@param text string
---@return integer|nil port
---@return string|nil problem
function M.port(text)
  local port = text:match("^%d+$") and tonumber(text)
  if port and port <= 65535 then return port end
  return nil, "a port is a number from 0 to 65535, 0 for a free one"
end

--- A duration in seconds, for argparse's `convert`.
---@param text string
---@return number|nil seconds
---@return string|nil problem
function M.seconds(text)
  local seconds = tonumber(text)
  if seconds and seconds >= 0 and seconds < math.huge then return seconds end
  return nil, "seconds are a number that is not negative"
end

--- Binds, serves until a signal comes, returns the exit code.
---@param new fun(options: table): table the simulator's or the listener's constructor
---@param options table
---@return integer exit code
function M.run(new, options)
  local made, service = pcall(new, options)
  if not made then return fail(service) end
  local host, problem = service:listen()
  if not host then return fail(problem) end
  interpreter.stop_with_parent(service.server)
  service:run()
  return 0
end

return M
