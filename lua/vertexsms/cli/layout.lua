--- How a help text is laid out, in 80 columns: sections of terms and what they mean, and examples.
--
-- Tested in spec/cli/help_spec.lua.

local width = require("vertexsms.cli.width")

local M = {}

--- The columns of a help text.
M.COLUMNS = 80

local INDENT, GAP = "   ", "  "
-- A longer term has a line of its own.
local TERM_MAX = 26

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

--- A section alone.
---@param section vertexsms.cli.Section
---@return string
function M.section(section)
  local lines = {}
  add_section(lines, section)
  return table.concat(lines, "\n")
end

--- What stands below the options of a command.
---@param described vertexsms.cli.Described
---@return string
function M.below_options(described)
  local lines = {}
  for _, section in ipairs(described.sections or {}) do add_section(lines, section) end
  if described.examples then add_examples(lines, described.examples) end
  return table.concat(lines, "\n")
end

return M
