--- Rows in a second through a store in a SQLite file, beside a C loop over SQLite alone with the same table. Both write
-- to the disk that the build folder is on, and wait for it.

local command = require("bench.harness.command")
local in_folder = require("bench.harness.in_folder")
local rounds = require("bench.harness.rounds")

local bare = in_folder.bare_sqlite

local SINGLE_ROWS, GROUP_ROWS, ROWS_IN_A_COMMIT, ROUNDS = 2000, 100000, 1000, 3

local function ours(lua, rows, way, cpus)
  return in_folder.case(function(folder)
    return command.lua(lua, "bench/programs/store.lua", folder, rows, way)
  end, cpus)
end

local function new_row(what, lua, goal, samples, theirs)
  return {
    what = what, lua = lua, unit = "/s", against = "bare SQLite", goal = goal,
    ours = rounds.figure(samples, rounds.rate), theirs = rounds.figure(theirs, rounds.rate),
    ratio = rounds.ratio(samples, theirs, rounds.rate),
  }
end

local function run(bench)
  local rows = {}
  for _, lua in ipairs(command.LUAS) do
    local single = rounds.alternate(math.min(bench.rounds, ROUNDS), {
      ours(lua, SINGLE_ROWS, "perform"), ours(lua, SINGLE_ROWS, "wait", command.BOTH), bare(SINGLE_ROWS, 1),
    })
    local group = rounds.alternate(math.min(bench.rounds, ROUNDS), {
      ours(lua, GROUP_ROWS, "group", command.BOTH), bare(GROUP_ROWS, ROWS_IN_A_COMMIT),
    })
    rows[#rows + 1] = new_row("a durable step, performed", lua, ">= 0.7", single[1], single[3])
    rows[#rows + 1] = new_row("a durable step, through the thread", lua, ">= 0.5", single[2], single[3])
    rows[#rows + 1] = new_row("steps in groups", lua, ">= 0.5, >= 50 k/s", group[1], group[2])
    rows[#rows + 1] = {
      what = "a step in a group, the host's thread", lua = lua, unit = "us", goal = "<= 6 us",
      ours = rounds.figure(group[1], rounds.thread_us),
    }
  end
  return rows
end

return { { name = "store", run = run } }
