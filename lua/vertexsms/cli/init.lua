--- The command line `vertexsms`: one file per command beside this one.
-- @module vertexsms.cli

local argparse = require("argparse")
local interpreter = require("vertexsms.cli.interpreter")
local listen = require("vertexsms.cli.listen")
local send = require("vertexsms.cli.send")
local simulate = require("vertexsms.cli.simulate")

local M = {}

---@class vertexsms.cli.command
---@field name string
---@field summary string
---@field needs_http? boolean it serves HTTP, so it must run where lua-http is installed
---@field configure fun(command: table) adds options to the argparse command
---@field run fun(args: table): integer

---@type vertexsms.cli.command[]
local COMMANDS = { send, simulate, listen }

local EPILOG = [[
Exit codes of send:
   0  accepted
   1  rejected by VertexSMS, or bad input
   2  not sent
   3  outcome unknown: may have been sent, do not repeat blindly

Environment:
   VERTEXSMS_TOKEN     the account's token (never an argument: other users could read it)
   VERTEXSMS_BASE_URL  the service, when it is not https://api.vertexsms.com]]

--- The version is the core's, which simulate and listen do without: it is loaded only when asked for.
local function print_version()
  print("vertexsms " .. require("vertexsms").version)
  os.exit(0, true)
end

local function build_parser()
  local parser = argparse("vertexsms", "Sends SMS through VertexSMS.", EPILOG)
    :command_target("command")
    :require_command(true)
  parser:flag("--version", "Print the version and exit."):action(print_version)
  for _, command in ipairs(COMMANDS) do
    command.configure(parser:command(command.name, command.summary):summary(command.summary))
  end
  return parser
end

local function find(name)
  for _, command in ipairs(COMMANDS) do
    if command.name == name then return command end
  end
end

--- Runs the command line. A usage error ends the process: argparse prints it to stderr and exits with 1.
---@param argv table the arguments; argv[0] is the script
---@return integer exit code
function M.main(argv)
  local args = build_parser():parse(argv)
  local command = find(args.command)
  if command.needs_http and not interpreter.has_http() then return interpreter.rerun(argv) end
  return command.run(args)
end

return M
