--- The outbox: a message that is added beside a commit of SQLite alone, a worker beside client:all, and what a worker
-- asks of its store when there are a hundred times as many rows.

local command = require("bench.harness.command")
local in_folder = require("bench.harness.in_folder")
local postgres = require("spec.support.postgres")
local rounds = require("bench.harness.rounds")

local bare = in_folder.bare_sqlite

local SINGLE_ROWS, GROUP_ROWS, ROWS_IN_A_COMMIT = 3000, 50000, 1000
local SENT, IN_FLIGHT = 2000, 20
local FEW, MANY, TAKEN = 10000, 1000000, 4000

local function lua_case(lua, cpus, program, ...)
  local arguments = { ... }
  return in_folder.case(function(folder)
    local words = {}
    for i, word in ipairs(arguments) do words[i] = word == "FOLDER" and folder or word end
    local unpack = rawget(table, "unpack") or rawget(_G, "unpack")
    return command.lua(lua, ("bench/programs/%s.lua"):format(program), unpack(words))
  end, cpus)
end

local function new_row(what, lua, against, goal, samples, theirs)
  return {
    what = what, lua = lua, unit = "/s", against = against, goal = goal,
    ours = rounds.figure(samples, rounds.rate), theirs = rounds.figure(theirs, rounds.rate),
    ratio = rounds.ratio(samples, theirs, rounds.rate), cpu = rounds.ratio(samples, theirs, rounds.cpu_us),
  }
end

local function add_rows(bench, lua)
  local single = rounds.alternate(bench.rounds, {
    lua_case(lua, nil, "outbox_add", "FOLDER", SINGLE_ROWS, "single"), bare(SINGLE_ROWS, 1),
  })
  local group = rounds.alternate(bench.rounds, {
    lua_case(lua, command.BOTH, "outbox_add", "FOLDER", GROUP_ROWS, "group"), bare(GROUP_ROWS, ROWS_IN_A_COMMIT),
  })
  return {
    new_row("outbox:add", lua, "bare SQLite", ">= 0.7", single[1], single[2]),
    new_row("outbox:add in coroutines", lua, "bare SQLite", ">= 0.5, >= 50 k/s", group[1], group[2]),
    {
      what = "outbox:add, the host's thread", lua = lua, unit = "us", goal = "<= 6 us",
      ours = rounds.figure(group[1], rounds.thread_us),
    },
  }
end

local function worker_row(bench, lua)
  local url = bench.service.url .. "/far"
  local samples = rounds.alternate(bench.rounds, {
    lua_case(lua, nil, "outbox_work", url, SENT, IN_FLIGHT, "FOLDER"),
    lua_case(lua, nil, "all", url, SENT, IN_FLIGHT),
  })
  return new_row("a worker, service of 50 ms", lua, "client:all", ">= 0.8", samples[1], samples[2])
end

local function claim_rows(bench, what, many, few)
  local samples = rounds.alternate(math.min(bench.rounds, 3), { many, few })
  local function grown(numbers) return numbers.grown_kb end
  return {
    new_row(("claim and settle in %s, a million rows"):format(what), "luajit", "10 000 rows", ">= 0.8", samples[1],
      samples[2]),
    {
      what = ("the same: memory in %s"):format(what), lua = "luajit", unit = "kB",
      ours = rounds.figure(samples[1], grown), theirs = rounds.figure(samples[2], grown),
    },
  }
end

local function sqlite_claims(rows) return lua_case("luajit", nil, "outbox_claims", "FOLDER", rows, TAKEN) end

local function postgres_claims(server, rows)
  return { run = function()
    local words = command.lua("luajit", "bench/programs/outbox_claims.lua", server:new_database(), rows, TAKEN)
    return command.measure(words, command.BOTH)
  end }
end

local function append(rows, more)
  for _, row in ipairs(more) do rows[#rows + 1] = row end
end

local function run(bench)
  local rows = {}
  for _, lua in ipairs(command.LUAS) do
    append(rows, add_rows(bench, lua))
    rows[#rows + 1] = worker_row(bench, lua)
  end
  append(rows, claim_rows(bench, "SQLite", sqlite_claims(MANY), sqlite_claims(FEW)))
  if not postgres.is_there then return rows end
  local server = postgres.start({ fsync = "on", shared_buffers = "256MB" }, { base = "/var/tmp", limit = 1200 })
  append(rows, claim_rows(bench, "PostgreSQL", postgres_claims(server, MANY), postgres_claims(server, FEW)))
  server:remove()
  return rows
end

return { { name = "outbox", run = run, is_long = true } }
