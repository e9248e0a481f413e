--- The tables that a command line is read by, and its help, completions and manual page are made from.
--
-- Tested in spec/cli/help_spec.lua and spec/cli/init_spec.lua.

local argparse = require("argparse")
local help = require("vertexsms.cli.help")
local outcome = require("vertexsms.cli.outcome")
local token = require("vertexsms.cli.token")

local M = {}

---@type vertexsms.cli.Described
local PROGRAM = {
  name = "vertexsms",
  summary = "Send SMS through VertexSMS, ask what became of them, and test without sending.",
  sections = {
    { title = "Exit codes", rows = {
      { "0", "Done: everything was accepted." },
      { "1", "Refused, by VertexSMS or as bad input. The same command will fail again." },
      { "2", "Certainly not accepted, and the same command may succeed later: no connection, or VertexSMS is busy." },
      { "3", "An outcome is unknown: the message may have been sent, so do not repeat the command blindly. Or some"
        .. " messages were accepted and others not, or the output could not be written." },
      { "129, 130, 143", "Ended by SIGHUP, Ctrl-C or SIGTERM before everything was sent. No outcome is unknown." },
    } },
    { title = "Environment", rows = {
      { "VERTEXSMS_TOKEN_FILE", "File that holds the account's token. --token-file goes before it." },
      { "VERTEXSMS_TOKEN", "The token itself. It is never an argument: other users could read it." },
      { "CREDENTIALS_DIRECTORY", "Set by systemd: the token is in its file vertexsms_token." },
      { "VERTEXSMS_BASE_URL", "The service, when it is not https://api.vertexsms.com." },
      { "VERTEXSMS_STATUS_BASE_URL", "The same for cost, status and rates --country, when another host serves them." },
      { "VERTEXSMS_GUARD", "JSON file with rules that every message must pass; --guard adds to them." },
      { "VERTEXSMS_LIVE", "0: send nothing but test messages, and to the numbers that a guard's only has." },
      { "NO_COLOR", "When it is set, the output has no colour. Only terminals get any." },
    } },
  },
  examples = {
    { "The token of your account", "export VERTEXSMS_TOKEN=..." },
    { "Send an SMS",
      'vertexsms send --to 37069912345 --from MyShop --message "Hello"' },
    { "What became of it? The ID is the one that send printed", "vertexsms status 1281532560 --wait" },
    { "Try all of it without an account: a server that sends nothing", "vertexsms simulate" },
  },
}

-- argparse's own words for it.
local NO_COMMAND = "a command is required"

local TOO_MANY = "too many arguments"

-- Mostly a text with spaces in it, or a number without its option.
local function explain(failing, message)
  if message ~= TOO_MANY then return message end
  local taken = #failing._arguments == 0 and "takes only options" or ("takes %d"):format(#failing._arguments)
  return ("%s: `%s` %s; a text with spaces needs quotes around it"):format(message, help.name_of(failing), taken)
end

-- A usage error repeats what was given, which may be the token.
local function refuse(failing, message)
  if message == NO_COMMAND then
    io.stderr:write(help.commands(failing), "\n")
  else
    io.stderr:write(failing:get_usage(), "\n\nError: ", token.hide(explain(failing, message)), "\nSee `",
      help.name_of(failing), " --help`.\n")
  end
  os.exit(outcome.REFUSED)
end

-- The version is the core's, which simulate and listen do without: it is loaded only when asked for.
local function print_version()
  help.finish("vertexsms " .. require("vertexsms.base.core").version)
end

--- Makes the parser. A usage error ends the process with 1.
---@param commands vertexsms.cli.Command[]
---@return table parser argparse's
function M.build(commands)
  local parser = argparse(PROGRAM.name, PROGRAM.summary)
    :command_target("command"):require_command(true)
  parser.error = refuse
  help.configure(parser, PROGRAM)
  parser:flag("--version", "Print the version and exit."):action(print_version)
  for _, command in ipairs(commands) do help.add(parser, command) end
  return parser
end

return M
