--- What a send takes of the host's own thread, beside the core alone and beside nothing but the JSON.

local command = require("bench.harness.command")
local rounds = require("bench.harness.rounds")

local SENDS, IN_FLIGHT = 6000, 50

local function run(bench)
  local cases, rows = {}, {}
  for _, lua in ipairs(command.LUAS) do
    for _, program in ipairs({ "tick", "core", "json" }) do
      local text = command.lua(lua, ("bench/programs/%s.lua"):format(program), bench.service.url, SENDS, IN_FLIGHT)
      cases[#cases + 1] = { run = function() return command.measure(text) end }
    end
  end
  local samples = rounds.alternate(bench.rounds, cases)
  for i, lua in ipairs(command.LUAS) do
    local ours, core, json = samples[3 * i - 2], samples[3 * i - 1], samples[3 * i]
    rows[#rows + 1] = {
      what = "host's thread per send", lua = lua, unit = "µs", against = "core alone",
      goal = lua == "luajit" and "<= 4 µs" or "<= 6 µs",
      ours = rounds.figure(ours, rounds.thread_us), theirs = rounds.figure(core, rounds.thread_us),
      ratio = rounds.ratio(ours, core, rounds.thread_us),
    }
    rows[#rows + 1] = {
      what = "host's thread per send", lua = lua, unit = "µs", against = "cjson both ways",
      ours = rounds.figure(ours, rounds.thread_us), theirs = rounds.figure(json, rounds.thread_us),
      ratio = rounds.ratio(ours, json, rounds.thread_us),
    }
  end
  return rows
end

return { { name = "host", run = run } }
