local schema = require("vertexsms.check.table")

describe("a table", function()
  local RULES = schema.rules({
    { name = "to", type = "string", required = true },
    { name = "expireIn", type = "integer",
      check = function(value) return value < 1 and "must be 1 at least" or nil end },
    { name = "mode", type = "integer or string", structural = true,
      check = function(value, all) return all.to == value and "must not be to" or nil end },
    { name = "more", type = "any" },
  })

  local function reason(values, structural_only)
    local err = schema.check(values, RULES, "a field of the order", structural_only)
    return err and err.message, err and err.field
  end

  it("passes with the keys there are", function()
    assert.is_nil(reason({ to = "a" }))
    assert.is_nil(reason({ to = "a", expireIn = 1, mode = 2, more = {} }))
    assert.equal("to", RULES.to.name)
  end)

  it("has the nearest key named for one that there is not", function()
    assert.same({ '"expirein" is not a field of the order; did you mean "expireIn"?', "expirein" },
      { reason({ expirein = 1 }) })
    assert.same({ '"mod" is not a field of the order; did you mean "mode"?', "mod" }, { reason({ mod = 1 }) })
    local _, field = reason({ ["x" .. ("\195\169"):rep(50)] = 1 })
    assert.equal("x" .. ("\195\169"):rep(31), field) -- no half a character, which JSON would not take
    assert.matches("the fields are to, expireIn, mode, more", reason({ somethingElse = 1 }), 1, true)
    assert.matches([["a\nb" is not a field]], reason({ ["a\nb"] = 1 }), 1, true)
    assert.matches("names for keys, but has a number (1)", reason({ [1] = "a" }), 1, true)
  end)

  it("has what it needs, of the type it needs", function()
    assert.same({ "to is missing from the order: it must be a string", "to" }, { reason({}) })
    assert.matches("to must be a string, not a number", reason({ to = 5 }), 1, true)
    for _, value in ipairs({ 1.5, "1", 0 / 0, math.huge }) do
      assert.matches("expireIn must be an integer", reason({ to = "a", expireIn = value }), 1, true)
    end
    assert.matches("mode must be an integer or string", reason({ to = "a", mode = true }), 1, true)
  end)

  it("is checked by its rules; the service's own judgement may be left to it", function()
    assert.same({ "expireIn must be 1 at least, not 0", "expireIn" }, { reason({ to = "a", expireIn = 0 }) })
    assert.is_nil(reason({ to = "a", expireIn = 0 }, true))
    assert.equal('mode must not be to: "a"', (reason({ to = "a", mode = "a" }, true)))
  end)
end)
