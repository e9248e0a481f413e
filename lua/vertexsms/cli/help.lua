--- `--help`: what stands in it, in 80 columns, and that it is printed and nothing else is done. The manual page is made
-- from the same tables (tools/manual.lua).
--
-- Tested in spec/cli/help_spec.lua and spec/cli/output_spec.lua.

local outcome = require("vertexsms.cli.outcome")
local output = require("vertexsms.cli.output")
local width = require("vertexsms.cli.width")

local M = {}

--- The columns of a help text.
M.COLUMNS = 80

local INDENT, GAP = "   ", "  "
-- A longer term has a line of its own.
local TERM_MAX = 26

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

local function wrap(text, columns)
  local lines, line = {}, nil
  for word in text:gmatch("[^ \n]+") do
    if line and width.of(line) + 1 + width.of(word) > columns then
      lines[#lines + 1] = line
      line = nil
    end
    line = line and line .. " " .. word or word
  end
  lines[#lines + 1] = line
  return lines
end

local function longest_term(rows)
  local longest = 0
  for _, row in ipairs(rows) do
    if #row[1] <= TERM_MAX then longest = math.max(longest, #row[1]) end
  end
  return longest
end

local function add_row(lines, row, columns)
  local margin = INDENT .. (" "):rep(columns) .. GAP
  local words = wrap(row[2], M.COLUMNS - #margin)
  local term = INDENT .. row[1]
  if #row[1] > columns then
    lines[#lines + 1] = term
  else
    lines[#lines + 1] = term .. (" "):rep(#margin - #term) .. table.remove(words, 1)
  end
  for _, line in ipairs(words) do lines[#lines + 1] = margin .. line end
end

local function add_section(lines, section)
  if #lines > 0 then lines[#lines + 1] = "" end
  lines[#lines + 1] = section.title .. ":"
  for _, line in ipairs(wrap(section.text or "", M.COLUMNS - #INDENT)) do lines[#lines + 1] = INDENT .. line end
  local columns = longest_term(section.rows or {})
  for _, row in ipairs(section.rows or {}) do add_row(lines, row, columns) end
end

local function add_examples(lines, examples)
  if #lines > 0 then lines[#lines + 1] = "" end
  lines[#lines + 1] = #examples == 1 and "Example:" or "Examples:"
  for _, example in ipairs(examples) do
    lines[#lines + 1] = INDENT .. "# " .. example[1]
    for line in (example[2] .. "\n"):gmatch("([^\n]*)\n") do lines[#lines + 1] = INDENT .. line end
  end
end

local function below_options(described)
  local lines = {}
  for _, section in ipairs(described.sections or {}) do add_section(lines, section) end
  if described.examples then add_examples(lines, described.examples) end
  return table.concat(lines, "\n")
end

--- The help of a command. What stands below its options is laid out here: a command that is run does not wait for it.
---@param command table argparse's
---@return string
function M.text(command)
  command:epilog(below_options(command.described))
  return command:get_help()
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
  local lines, rows = { command:get_usage(), "", "Commands:" }, {}
  for i, each in ipairs(command._commands) do rows[i] = { each._name, each.described.summary } end
  local columns = longest_term(rows)
  for _, row in ipairs(rows) do add_row(lines, row, columns) end
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
