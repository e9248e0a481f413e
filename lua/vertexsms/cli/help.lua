--- `--help`: what stands in it, and that it is printed and nothing else is done. The manual page is made from the same
-- tables (tools/manual.lua).
--
-- Tested in spec/cli/help_spec.lua and spec/cli/output_spec.lua.

local outcome = require("vertexsms.cli.outcome")
local output = require("vertexsms.cli.output")

local M = {}

--- What a command says of itself, beside its options.
---@class vertexsms.cli.Described
---@field name string
---@field summary string one line, for the list of commands
---@field description string|nil default: the summary
---@field sections vertexsms.cli.Section[]|nil
---@field examples string[][] pairs of what it does and the command line

--- A part of a help text below the options.
---@class vertexsms.cli.Section
---@field title string
---@field text string|nil a paragraph
---@field rows string[][]|nil pairs of a term and what it means

--- Prints a text and ends the process: with 0, or with 1 where the text got lost.
---@param text string
function M.finish(text)
  output.print(text)
  if not output.lost then os.exit(outcome.DONE, true) end
  output.say_lost()
  os.exit(outcome.REFUSED, true)
end

--- The help of a command. What stands below its options is laid out here: a command that is run does not wait for it.
---@param command table argparse's
---@return string
function M.text(command)
  local layout = require("vertexsms.cli.layout")
  return command:help_max_width(layout.COLUMNS):epilog(layout.below_options(command.described)):get_help()
end

--- Gives a command its help. `--help` notices when the text gets lost, which argparse's own does not.
---@param command table argparse's
---@param described vertexsms.cli.Described
function M.configure(command, described)
  command.described = described
  command:add_help({
    action = function() M.finish(M.text(command)) end, description = "Print this help and exit.",
  })
end

--- Adds a command to the commands of another.
---@param parent table argparse's
---@param described vertexsms.cli.Described with a function `configure` that adds the options
---@return table command argparse's
function M.add(parent, described)
  local command = parent:command(described.name, described.description or described.summary)
    :summary(described.summary)
  M.configure(command, described)
  described.configure(command)
  return command
end

--- The name of a command as it is typed: `vertexsms sender register`.
---@param command table argparse's
---@return string
function M.name_of(command)
  local parent = command._parent
  return parent and M.name_of(parent) .. " " .. command._name or command._name
end

--- The commands of a command, for a user who named none.
---@param command table argparse's
---@return string
function M.commands(command)
  local lines, rows = { command:get_usage(), "" }, {}
  for i, each in ipairs(command._commands) do rows[i] = { each._name, each.described.summary } end
  lines[#lines + 1] = require("vertexsms.cli.layout").section({ title = "Commands", rows = rows })
  lines[#lines + 1] = ""
  lines[#lines + 1] = ("`%s COMMAND --help` shows its options, with examples."):format(M.name_of(command))
  return table.concat(lines, "\n")
end

--- A command by its name; nil where there is none.
---@param command table argparse's
---@param name string
---@return table|nil
function M.find(command, name)
  for _, each in ipairs(command._commands) do
    if each._name == name then return each end
  end
end

return M
