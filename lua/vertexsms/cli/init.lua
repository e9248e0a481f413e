--- The command line `vertexsms`: one file per command beside this one.
--
-- Tested in spec/cli/init_spec.lua and spec/cli/start_spec.lua.

local commands = require("vertexsms.cli.commands")
local outcome = require("vertexsms.cli.outcome")
local output = require("vertexsms.cli.output")
local parsers = require("vertexsms.cli.parser")

local M = {}

-- A process may be started without stdin, stdout or stderr. The next descriptor that is opened takes their place, and
-- what is printed would go into the connection to the service.
local function fill_standard_descriptors()
  local fillers = {}
  for i = 1, 3 do fillers[i] = io.open("/dev/null") end
  return fillers
end

--- Runs the command line. A usage error ends the process: it is printed to stderr, and the exit code is 1.
---@param argv table the arguments; argv[0] is the script
---@return integer exit code
function M.main(argv)
  M.fillers = fill_standard_descriptors()
  local parser = parsers.build(commands.meant(argv))
  local args = parser:parse(argv)
  local command = commands.load(args.command)
  if command.needs_http then
    local interpreter = require("vertexsms.cli.interpreter")
    if not interpreter.has_http() then return interpreter.rerun(argv) end
  end
  local code = command.run(args, parser)
  if not output.lost then return code end
  output.say_lost()
  return outcome.UNKNOWN
end

return M
