-- Workers that are killed at random instants, with a server that fails at random; a PostgreSQL fails meanwhile, too. On
-- LuaJIT alone: it is the database and the order of things that are tested, and each run takes seconds. `make chaos`
-- does it a thousand times.

local chaos = require("spec.support.outbox_chaos")
local outboxes = require("spec.support.outboxes")

teardown(outboxes.remove)

describe("an outbox whose workers are killed", function()
  if not rawget(_G, "jit") then return end

  it("has sent no message twice, has lost none, and is in no state that the ledger contradicts", function()
    local result = chaos.run(20260103, 250, 20, outboxes.are_in_postgres and "postgresql" or "sqlite")
    assert.same({}, result.violations)
    assert.equal(outboxes.are_in_postgres, next(result.troubles) ~= nil)
    assert.is_true(result.kills >= 20)
    for _, state in ipairs({ "accepted", "rejected", "unknown" }) do assert.is_true(result.states[state] > 0, state) end
  end)
end)
