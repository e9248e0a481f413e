--- What a send leaves to the garbage collector.

local command = require("bench.harness.command")
local rounds = require("bench.harness.rounds")

local SENDS = 2000
local HOSTS = { { "blocking", "<= 1 kB" }, { "tick", "<= 1.5 kB" } }

local function run(bench)
  local rows = {}
  for _, host in ipairs(HOSTS) do
    for _, lua in ipairs(command.LUAS) do
      local text = "env BENCH_HOST=" .. host[1] .. " "
        .. command.lua(lua, "bench/programs/garbage.lua", bench.service.url, SENDS, 50)
      local samples = { command.measure(text) }
      rows[#rows + 1] = {
        what = "garbage per send, " .. host[1], lua = lua, unit = "kB", goal = host[2],
        ours = rounds.figure(samples, function(numbers) return numbers.garbage / 1000 end),
      }
    end
  end
  return rows
end

return { { name = "garbage", run = run } }
