-- Sends through a server that fails at random, and compares the books; then through one that answers more often than it
-- is asked. `make chaos SEED=7 COUNT=5000`.

local chaos = require("spec.support.chaos")
local surplus = require("spec.support.surplus")

local seed, count = tonumber(arg[1]) or 1, tonumber(arg[2]) or 4000

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
os.exit(violations == 0 and 0 or 1)
