-- Sends through a server that fails at random, and compares the books; then through one that answers more often than it
-- is asked; then through an outbox whose workers are killed. `make chaos SEED=7 COUNT=5000 KILLS=1000`.

local chaos = require("spec.support.chaos")
local outbox_chaos = require("spec.support.outbox_chaos")
local outboxes = require("spec.support.outboxes")
local surplus = require("spec.support.surplus")

local seed, count = tonumber(arg[1]) or 1, tonumber(arg[2]) or 4000
local kills = tonumber(arg[3]) or math.ceil(count / 50)

local function report(result)
  for _, violation in ipairs(result.violations) do print("VIOLATION: " .. violation) end
  print(("%d violations in %.1f s"):format(#result.violations, result.seconds))
  return #result.violations
end

print(("seed %d, %d sends on the I/O threads, %d on the caller's"):format(seed, count, 2 * math.ceil(count / 20)))
local result = chaos.run(seed, count)
print(("%-10s %8s %18s"):format("outcome", "sends", "taken by server"))
for _, outcome in ipairs({ "accepted", "rejected", "not_sent", "unknown" }) do
  local row = result.outcomes[outcome]
  print(("%-10s %8d %18d"):format(outcome, row.count, row.taken))
end
local violations = report(result)

print(("seed %d, %d sends to a server with surplus answers, and a tenth as many over TLS"):format(seed, count))
result = surplus.run(seed, count)
print(("%d surplus answers, %d connections; %d sends were told their own answer, %d unknown, %d crossed a surplus")
  :format(result.surplus, result.connections, result.right, result.doubted, result.crossed))
violations = violations + report(result)

-- A fault server lives three minutes.
local KILLS_MAX = 100

local function kill_workers(with_seed, some)
  print(("seed %d, %d messages in an outbox, whose workers are killed %d times"):format(with_seed, 12 * some, some))
  local book = outbox_chaos.run(with_seed, 12 * some, some)
  local states = {}
  for state, number in pairs(book.states) do states[#states + 1] = number .. " " .. state end
  table.sort(states)
  print(("%d kills in %d rounds: %s"):format(book.kills, book.rounds, table.concat(states, ", ")))
  outboxes.remove()
  return report(book)
end

for first = 0, outboxes.has_sqlite() and kills - 1 or -1, KILLS_MAX do
  violations = violations + kill_workers(seed + first, math.min(KILLS_MAX, kills - first))
end
os.exit(violations == 0 and 0 or 1)
