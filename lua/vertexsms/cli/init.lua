--- The command line `vertexsms`: one file per command beside this one.

local argparse = require("argparse")
local commands = require("vertexsms.cli.commands")
local help = require("vertexsms.cli.help")
local interpreter = require("vertexsms.cli.interpreter")
local outcome = require("vertexsms.cli.outcome")
local output = require("vertexsms.cli.output")
local token = require("vertexsms.cli.token")

local M = {}

local EPILOG = [[
Exit codes:
   0    done: everything was accepted
   1    refused by VertexSMS or here, bad input for instance: the same again will not help
   2    certainly not accepted, and the same again may help: no connection, or VertexSMS is too busy
   3    an outcome is unknown (may have been sent, do not repeat blindly), or some messages were accepted and
        others not, or the output could not be written
   129, 130, 143
        ended by SIGHUP, Ctrl-C or SIGTERM before everything was sent, and no outcome is unknown

Environment:
   VERTEXSMS_TOKEN_FILE       file that holds the account's token; --token-file goes before it
   VERTEXSMS_TOKEN            the token itself (never an argument: other users could read it)
   CREDENTIALS_DIRECTORY      systemd's: the token is in its file vertexsms_token
   VERTEXSMS_BASE_URL         the service, when it is not https://api.vertexsms.com
   VERTEXSMS_STATUS_BASE_URL  the same for cost, status and rates --country, when another host serves them]]

-- The version is the core's, which simulate and listen do without: it is loaded only when asked for.
local function print_version()
  help.finish("vertexsms " .. require("vertexsms").version)
end

-- A usage error repeats what was given.
local function hide_token(parser)
  local say = parser.error
  function parser.error(failing, message) say(failing, token.hide(message)) end
end

local function build_parser()
  local parser = argparse("vertexsms", "SMS through VertexSMS.", EPILOG)
    :command_target("command")
    :require_command(true)
  help.configure(parser)
  hide_token(parser)
  parser:flag("--version", "Print the version and exit."):action(print_version)
  for _, command in ipairs(commands) do
    local configured = parser:command(command.name, command.summary):summary(command.summary)
    help.configure(configured)
    command.configure(configured)
  end
  return parser
end

local function find(name)
  for _, command in ipairs(commands) do
    if command.name == name then return command end
  end
end

-- A process may be started without stdin, stdout or stderr. The next descriptor that is opened takes their place, and
-- what is printed would go into the connection to the service.
local function fill_standard_descriptors()
  local fillers = {}
  for i = 1, 3 do fillers[i] = io.open("/dev/null") end
  return fillers
end

--- Runs the command line. A usage error ends the process: argparse prints it to stderr and exits with 1.
---@param argv table the arguments; argv[0] is the script
---@return integer exit code
function M.main(argv)
  M.fillers = fill_standard_descriptors()
  local args = build_parser():parse(argv)
  local command = find(args.command)
  if command.needs_http and not interpreter.has_http() then return interpreter.rerun(argv) end
  local code = command.run(args)
  if not output.lost then return code end
  output.say_lost()
  return outcome.UNKNOWN
end

return M
