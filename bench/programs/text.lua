-- vertexsms.text over one of the texts: nanoseconds of each call.
--
--     LUA bench/programs/text.lua NUMBER

local text = require("vertexsms.text")
local usage = require("benchusage")

local ROUNDS, CALLS = 7, 50000
local sample = require("bench.programs.texts")[tonumber(arg[1])][2]

local function median_ns(call)
  local times = {}
  for round = 1, ROUNDS do
    local began = usage.cpu()
    for _ = 1, CALLS do call(sample) end
    times[round] = (usage.cpu() - began) / CALLS * 1e9
  end
  table.sort(times)
  return times[(ROUNDS + 1) / 2]
end

print(("parts=%d count_ns=%.1f analyze_ns=%.1f"):format(text.count(sample), median_ns(text.count),
  median_ns(text.analyze)))
