--- Rounds in turns: the machine's own speed drifts by more than the difference that is measured, so that each round
-- has every case once, and a ratio is of two numbers of the same round.

local usage = require("benchusage")

local M = {}

-- On a slow or busy machine rounds are left out, so that the whole stays within minutes; never all but one.
local SECONDS_FOR_A_ROUND, ROUNDS_MIN = 2, 2

--- Runs the cases in turns, and the first one first in every other round.
---@param rounds integer
---@param cases { run: fun(): table<string, number> }[]
---@return table<string, number>[][] samples of each case, one a round
function M.alternate(rounds, cases)
  local samples = {}
  for i in ipairs(cases) do samples[i] = {} end
  local deadline = usage.wall() + rounds * SECONDS_FOR_A_ROUND
  for round = 1, rounds do
    if round > ROUNDS_MIN and usage.wall() > deadline then break end
    local from, to, step = 1, #cases, 1
    if round % 2 == 0 then from, to, step = to, from, -1 end
    for i = from, to, step do samples[i][round] = cases[i].run() end
  end
  return samples
end

local function quantile(sorted, part)
  local at = 1 + (#sorted - 1) * part
  local low = math.floor(at)
  local high = math.min(low + 1, #sorted)
  return sorted[low] + (sorted[high] - sorted[low]) * (at - low)
end

---@param values number[]
---@return { q1: number, median: number, q3: number, samples: integer }
function M.summary(values)
  local sorted = {}
  for i, value in ipairs(values) do sorted[i] = value end
  table.sort(sorted)
  return {
    q1 = quantile(sorted, 0.25), median = quantile(sorted, 0.5), q3 = quantile(sorted, 0.75), samples = #sorted,
  }
end

--- Of a figure that is computed from each round's numbers.
---@param samples table<string, number>[]
---@param figure fun(numbers: table<string, number>): number
---@return { q1: number, median: number, q3: number }
function M.figure(samples, figure)
  local values = {}
  for i, numbers in ipairs(samples) do values[i] = figure(numbers) end
  return M.summary(values)
end

--- Of its ratio to the same figure of another case, round by round.
---@param ours table<string, number>[]
---@param theirs table<string, number>[]
---@param figure fun(numbers: table<string, number>): number
---@return { q1: number, median: number, q3: number }
function M.ratio(ours, theirs, figure)
  local values = {}
  for i, numbers in ipairs(ours) do values[i] = figure(numbers) / figure(theirs[i]) end
  return M.summary(values)
end

-- Figures of the numbers that programs print.

--- Sends in a second of the clock.
function M.rate(numbers) return numbers.sends / numbers.wall end

--- Microseconds of processor time for a send, all threads.
function M.cpu_us(numbers) return numbers.cpu / numbers.sends * 1e6 end

--- Microseconds of processor time for a send, the host's thread.
function M.thread_us(numbers) return numbers.thread / numbers.sends * 1e6 end

return M
