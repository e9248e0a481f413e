--- Rows in a second through a store in PostgreSQL, beside a C loop over libpq with the same table. The server is one of
--- its own, on a disk, and waits for it. There is no goal: what is compared is mostly the server.

local command = require("bench.harness.command")
local postgres = require("spec.support.postgres")
local rounds = require("bench.harness.rounds")

local SINGLE_ROWS, GROUP_ROWS, ROWS_IN_A_COMMIT, ROUNDS = 1000, 10000, 1000, 3

local server

-- In a database of its own each time.
local function case(new_command)
  return { run = function() return command.measure(new_command(server:new_database()), command.BOTH) end }
end

local function bare(rows, in_a_commit)
  return case(function(url) return command.compiled("postgres", url, rows, in_a_commit) end)
end

local function ours(lua, rows, way)
  return case(function(url) return command.lua(lua, "bench/programs/store.lua", url, rows, way) end)
end

local function new_row(what, lua, samples, theirs)
  return {
    what = what, lua = lua, unit = "/s", against = "bare INSERTs",
    ours = rounds.figure(samples, rounds.rate), theirs = rounds.figure(theirs, rounds.rate),
    ratio = rounds.ratio(samples, theirs, rounds.rate),
  }
end

local function rows_of(bench, lua)
  local single = rounds.alternate(math.min(bench.rounds, ROUNDS), {
    ours(lua, SINGLE_ROWS, "perform"), ours(lua, SINGLE_ROWS, "wait"), bare(SINGLE_ROWS, 1),
  })
  local group = rounds.alternate(math.min(bench.rounds, ROUNDS), {
    ours(lua, GROUP_ROWS, "group"), bare(GROUP_ROWS, ROWS_IN_A_COMMIT),
  })
  return {
    new_row("a step in PostgreSQL, performed", lua, single[1], single[3]),
    new_row("a step in PostgreSQL, through the thread", lua, single[2], single[3]),
    new_row("steps in PostgreSQL, in groups", lua, group[1], group[2]),
  }
end

local function run(bench)
  local rows = {}
  if not postgres.is_there then return rows end
  server = postgres.start({ fsync = "on", shared_buffers = "128MB" }, { base = "/var/tmp", limit = 1200 })
  for _, lua in ipairs(command.LUAS) do
    for _, row in ipairs(rows_of(bench, lua)) do rows[#rows + 1] = row end
  end
  server:remove()
  return rows
end

return { { name = "postgres", run = run } }
