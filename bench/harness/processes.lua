--- Short-lived processes: what one costs from its start to its end.

local command = require("bench.harness.command")
local rounds = require("bench.harness.rounds")
local usage = require("benchusage")

local M = {}

local TIMES = 20

--- Runs a command that many times; milliseconds for one, and processor time.
---@param text string
---@return table<string, number>
function M.measure(text)
  local wall, cpu = usage.wall(), usage.children()
  command.must(("i=0; while [ $i -lt %d ]; do taskset -c %s %s >/dev/null || exit 1; i=$((i + 1)); done"):format(TIMES,
    command.CLIENT, text))
  return { wall_ms = (usage.wall() - wall) / TIMES * 1e3, cpu_ms = (usage.children() - cpu) / TIMES * 1e3 }
end

function M.wall_ms(numbers) return numbers.wall_ms end

function M.cpu_ms(numbers) return numbers.cpu_ms end

--- One row for each of ours beside one other.
---@param bench table
---@param theirs { name: string, command: string }
---@param ours { what: string, lua: string, goal: string|nil, command: string }[]
---@return bench.Row[]
function M.compare(bench, theirs, ours)
  local cases, rows = { { run = function() return M.measure(theirs.command) end } }, {}
  for i, mine in ipairs(ours) do cases[i + 1] = { run = function() return M.measure(mine.command) end } end
  local samples = rounds.alternate(math.min(bench.rounds, 3), cases)
  for i, mine in ipairs(ours) do
    rows[i] = {
      what = mine.what, lua = mine.lua, unit = "ms", against = theirs.name, goal = mine.goal,
      ours = rounds.figure(samples[i + 1], M.wall_ms), theirs = rounds.figure(samples[1], M.wall_ms),
      ratio = rounds.ratio(samples[i + 1], samples[1], M.wall_ms),
      cpu = rounds.ratio(samples[i + 1], samples[1], M.cpu_ms),
    }
  end
  return rows
end

return M
