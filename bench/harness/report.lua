--- The table, and the same as JSON.

local M = {}

---@class bench.Row
---@field section string filled in by run.lua
---@field what string
---@field lua string|nil
---@field unit string of `ours` and `theirs`
---@field ours { q1: number, median: number, q3: number }
---@field against string|nil what it is compared with
---@field theirs table|nil like `ours`
---@field ratio table|nil like `ours`: of both, round by round
---@field cpu table|nil like `ours`: how many times the other's processor time
---@field goal string|nil

local SHORT = { luajit = "LJ", ["lua5.4"] = "5.4" }

-- The unit that is a thousand times as large.
local LARGER = { ns = "µs", ["µs"] = "ms", ms = "s", ["/s"] = "k/s", kB = "MB" }

local function with_unit(summary, unit)
  if not summary then return "" end
  local value = summary.median
  while math.abs(value) >= 1000 and LARGER[unit] do value, unit = value / 1000, LARGER[unit] end
  local size = math.abs(value)
  return ("%s %s"):format((size >= 100 and "%.0f" or size >= 10 and "%.1f" or "%.2f"):format(value), unit)
end

local function with_quartiles(summary)
  if not summary then return "" end
  local format = summary.median < 0.1 and "%.4f (%.4f-%.4f)" or "%.2f (%.2f-%.2f)"
  return format:format(summary.median, summary.q1, summary.q3)
end

local COLUMNS = {
  { "what", function(row) return row.what end },
  { "Lua", function(row) return SHORT[row.lua] or row.lua or "" end },
  { "ours", function(row) return with_unit(row.ours, row.unit) end },
  { "against", function(row) return row.against or "" end },
  { "theirs", function(row) return with_unit(row.theirs, row.unit) end },
  { "ratio (quartiles)", function(row) return with_quartiles(row.ratio) end },
  { "CPU ratio", function(row) return with_quartiles(row.cpu) end },
  { "goal", function(row) return row.goal or "" end },
}

-- In characters: a micro sign has two octets.
local function width(text)
  return select(2, text:gsub("[^\128-\191]", ""))
end

--- The rows as a Markdown table.
---@param rows bench.Row[]
---@return string
function M.table(rows)
  local widths, lines, rule = {}, {}, {}
  for i, column in ipairs(COLUMNS) do
    widths[i] = width(column[1])
    for _, row in ipairs(rows) do widths[i] = math.max(widths[i], width(column[2](row))) end
    rule[i] = ("-"):rep(widths[i])
  end
  local function add(cells)
    for i, cell in ipairs(cells) do cells[i] = cell .. (" "):rep(widths[i] - width(cell)) end
    lines[#lines + 1] = "| " .. table.concat(cells, " | ") .. " |"
  end
  local heads = {}
  for i, column in ipairs(COLUMNS) do heads[i] = column[1] end
  add(heads)
  add(rule)
  for _, row in ipairs(rows) do
    local cells = {}
    for i, column in ipairs(COLUMNS) do cells[i] = column[2](row) end
    add(cells)
  end
  return table.concat(lines, "\n")
end

--- The rows and the machine as one JSON object.
---@param rows bench.Row[]
---@param machine table
---@return string
function M.json(rows, machine)
  return require("cjson").encode({ machine = machine, rows = rows })
end

return M
