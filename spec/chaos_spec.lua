local chaos = require("spec.support.chaos")
local surplus = require("spec.support.surplus")

describe("chaos", function()
  it("finds the server's book and the client's in agreement", function()
    local result = chaos.run(20260101, 600)
    assert.same({}, result.violations)
    assert.equal(0, result.keys_lost or 0)
    for _, outcome in ipairs({ "accepted", "rejected", "unknown" }) do
      assert.is_true(result.outcomes[outcome].count > 0)
    end
  end)

  it("gives no send an answer that was there before it", function()
    local result = surplus.run(20260102, 1200)
    assert.same({}, result.violations)
    assert.is_true(result.right > 900 and result.surplus > 400)
  end)
end)
