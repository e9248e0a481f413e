-- Sends through a server that fails at random, and compares the books; then through one that answers more often than it
-- is asked; then through an outbox whose workers are killed, in SQLite and in a PostgreSQL that fails as well.
-- `make chaos SEED=7 COUNT=5000 KILLS=1000`; STORES=postgresql is the last part alone.

local chaos = require("spec.support.chaos")
local outbox_chaos = require("spec.support.outbox_chaos")
local outboxes = require("spec.support.outboxes")
local postgres = require("spec.support.postgres")
local surplus = require("spec.support.surplus")

local seed, count = tonumber(arg[1]) or 1, tonumber(arg[2]) or 4000
local kills = tonumber(arg[3]) or math.ceil(count / 50)
local stores = arg[4] ~= "" and arg[4] or nil

local function report(result)
  for _, violation in ipairs(result.violations) do print("VIOLATION: " .. violation) end
  print(("%d violations in %.1f s"):format(#result.violations, result.seconds))
  return #result.violations
end

local function send_to_failing_server()
  print(("seed %d, %d sends on the I/O threads, %d on the caller's"):format(seed, count, 2 * math.ceil(count / 20)))
  local result = chaos.run(seed, count)
  print(("%-10s %8s %18s"):format("outcome", "sends", "taken by server"))
  for _, outcome in ipairs({ "accepted", "rejected", "not_sent", "unknown" }) do
    local row = result.outcomes[outcome]
    print(("%-10s %8d %18d"):format(outcome, row.count, row.taken))
  end
  return report(result)
end

local function send_to_talkative_server()
  print(("seed %d, %d sends to a server with surplus answers, and a tenth as many over TLS"):format(seed, count))
  local result = surplus.run(seed, count)
  print(("%d surplus answers, %d connections; %d sends were told their own answer, %d unknown, %d crossed a surplus")
    :format(result.surplus, result.connections, result.right, result.doubted, result.crossed))
  return report(result)
end

-- A fault server lives three minutes.
local KILLS_MAX = 25

local function listed(numbers)
  local words = {}
  for name, number in pairs(numbers) do words[#words + 1] = number .. " " .. name end
  table.sort(words)
  return table.concat(words, ", ")
end

local function kill_workers(dialect, with_seed, some)
  print(("seed %d, an outbox in %s, whose workers are killed %d times"):format(with_seed, dialect, some))
  local book = outbox_chaos.run(with_seed, 12 * some, some, dialect)
  print(("%d kills in %d rounds: %s"):format(book.kills, book.rounds, listed(book.states)))
  if next(book.troubles) then print(listed(book.troubles)) end
  outboxes.remove()
  return report(book)
end

local function kill_all(dialect)
  local violations = 0
  for first = 0, kills - 1, KILLS_MAX do
    violations = violations + kill_workers(dialect, seed + first, math.min(KILLS_MAX, kills - first))
  end
  return violations
end

local ARE_THERE = { sqlite = outboxes.has_sqlite(), postgresql = postgres.is_there }

local violations = 0
if not stores then violations = send_to_failing_server() + send_to_talkative_server() end
for _, dialect in ipairs({ "sqlite", "postgresql" }) do
  local is_wanted = not stores or (" " .. stores .. " "):find(" " .. dialect .. " ", 1, true)
  if is_wanted and ARE_THERE[dialect] then violations = violations + kill_all(dialect) end
end
os.exit(violations == 0 and 0 or 1)
