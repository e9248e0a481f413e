--- Messages in a second by send_many, beside cjson alone, which makes and reads the same JSON and sends nothing.

local command = require("bench.harness.command")
local rounds = require("bench.harness.rounds")

local MESSAGES, ROUNDS = 100000, 3

local function run(bench)
  local rows = {}
  for _, lua in ipairs(command.LUAS) do
    local cases = {}
    for i, program in ipairs({ "list", "json_list" }) do
      local file = ("bench/programs/%s.lua"):format(program)
      local text = command.lua(lua, file, bench.service.url .. "/many", MESSAGES, 1)
      cases[i] = { run = function() return command.measure(text) end }
    end
    local samples = rounds.alternate(math.min(bench.rounds, ROUNDS), cases)
    rows[#rows + 1] = {
      what = "send_many of 100 000, batches of 500", lua = lua, unit = "/s", against = "cjson alone",
      goal = ">= 300 k/s",
      ours = rounds.figure(samples[1], rounds.rate), theirs = rounds.figure(samples[2], rounds.rate),
      ratio = rounds.ratio(samples[1], samples[2], rounds.rate),
    }
  end
  return rows
end

return { { name = "list", run = run } }
