-- Sends through a server that fails at random, and compares the books.  `make chaos SEED=7 COUNT=5000`.

local chaos = require("spec.support.chaos")

local seed, count = tonumber(arg[1]) or 1, tonumber(arg[2]) or 4000
print(("seed %d, %d sends on the I/O threads, %d on the caller's"):format(seed, count, 2 * math.ceil(count / 20)))
local result = chaos.run(seed, count)

print(("%-10s %8s %18s"):format("outcome", "sends", "taken by server"))
for _, outcome in ipairs({ "accepted", "rejected", "not_sent", "unknown" }) do
  local row = result.outcomes[outcome]
  print(("%-10s %8d %18d"):format(outcome, row.count, row.taken))
end
for _, violation in ipairs(result.violations) do print("VIOLATION: " .. violation) end
print(("%d violations in %.1f s"):format(#result.violations, result.seconds))
os.exit(#result.violations == 0 and 0 or 1)
