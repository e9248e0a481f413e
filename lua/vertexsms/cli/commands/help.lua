--- `vertexsms help`: the help of a command.
--
-- Tested in spec/cli/help_spec.lua.

local help = require("vertexsms.cli.help")

local M = {
  name = "help",
  summary = "Show the help of a command.",
  examples = { { "Of a command, and of a command below it", "vertexsms help send\nvertexsms help sender register" } },
}

---@param command table argparse's
function M.configure(command)
  command:argument("command", "The command. Without one: of vertexsms itself."):args("*"):target("command_names")
  -- For argparse's completions.
  command._is_help_command = true
end

---@param args table
---@param parser table argparse's
---@return integer exit code
function M.run(args, parser)
  local command = parser
  for _, name in ipairs(args.command_names) do
    command = help.find(command, name) or parser:error(("unknown command '%s'"):format(name))
  end
  return help.finish(help.text(command))
end

return M
