--- Tables for people: columns in line, whatever alphabet stands in them.
--
-- Tested in spec/cli/tables_spec.lua.

local outcome = require("vertexsms.cli.outcome")
local output = require("vertexsms.cli.output")
local width = require("vertexsms.cli.width")

local M = {}

local GAP = "  "

---@class vertexsms.cli.Column
---@field title string|nil
---@field right boolean|nil numbers stand under each other by their last digit
---@field width integer|nil at least that many columns; a table that is printed row by row cannot look ahead

local function cell_of(value)
  return value == nil and "" or width.printable(tostring(value))
end

local function pad(text, column, columns)
  local spaces = (" "):rep(columns - width.of(text))
  return column.right and spaces .. text or text .. spaces
end

--- One line, in columns of the given widths.
---@param cells any[] nil is an empty cell
---@param columns vertexsms.cli.Column[]
---@return string
function M.line(cells, columns)
  local padded = {}
  for i, column in ipairs(columns) do padded[i] = pad(cell_of(cells[i]), column, column.width or 0) end
  return (table.concat(padded, GAP):gsub(" +$", ""))
end

local function fitted(rows, columns)
  local result = {}
  for i, column in ipairs(columns) do
    local most = math.max(column.width or 0, width.of(column.title or ""))
    for _, cells in ipairs(rows) do most = math.max(most, width.of(cell_of(cells[i]))) end
    result[i] = { title = column.title, right = column.right, width = most }
  end
  return result
end

--- All lines, with a line of titles above when the columns have any.
---@param rows any[][]
---@param columns vertexsms.cli.Column[]
---@return string[]
function M.lines(rows, columns)
  local as_wide, lines, titles = fitted(rows, columns), {}, {}
  for i, column in ipairs(columns) do titles[i] = column.title end
  if next(titles) then lines[1] = M.line(titles, as_wide) end
  for _, cells in ipairs(rows) do lines[#lines + 1] = M.line(cells, as_wide) end
  return lines
end

--- Prints a table.
---@param rows any[][]
---@param columns vertexsms.cli.Column[]
function M.print(rows, columns)
  for _, line in ipairs(M.lines(rows, columns)) do output.print(line) end
end

--- Prints records: an object a line for programs, a table for people.
---@param records table[]
---@param as_json boolean|nil
---@param columns vertexsms.cli.Column[]
---@param cells_of fun(record: table): any[]
function M.print_records(records, as_json, columns, cells_of)
  local rows = {}
  for i, record in ipairs(records) do
    if as_json then outcome.print_json(record) else rows[i] = cells_of(record) end
  end
  if not as_json then M.print(rows, columns) end
end

--- Prints names and values, one pair a line; what is nil is left out.
---@param pairs_ any[][]
---@param state string|nil the value of the field `state`, which has a colour on a terminal
function M.print_fields(pairs_, state)
  local rows = {}
  for _, pair in ipairs(pairs_) do
    if pair[2] ~= nil then rows[#rows + 1] = pair end
  end
  for i, line in ipairs(M.lines(rows, { {}, {} })) do output.print(line, rows[i][1] == "state" and state or nil) end
end

return M
