local checks = require("vertexsms.check.value")

local NAN = 0 / 0

describe("a check of", function()
  it("a range knows its bounds, and writes them with all digits", function()
    local check = checks.between(0.1, 2 ^ 30, "seconds")
    assert.is_nil(check(0.1))
    assert.is_nil(check(2 ^ 30))
    for _, value in ipairs({ 0, 2 ^ 30 + 1, NAN, math.huge, -math.huge }) do
      assert.equal("must be from 0.1 to 1073741824 seconds", check(value))
    end
    assert.equal("must be from 1 to 20", checks.between(1, 20)(0))
  end)

  it("a time to wait excludes none at all", function()
    assert.is_nil(checks.seconds(0.001))
    assert.is_nil(checks.seconds(86400))
    for _, value in ipairs({ 0, -1, 86401, NAN, math.huge }) do
      assert.equal("must be above 0 and at most 86400 seconds", checks.seconds(value))
    end
  end)

  it("a list of values names them", function()
    local check = checks.one_of("high", "low")
    assert.is_nil(check("low"))
    assert.equal('must be "high" or "low"', check("Low"))
  end)

  it("a text wants octets, and UTF-8", function()
    assert.is_nil(checks.text("ž"))
    assert.equal("must not be empty", checks.text(""))
    assert.equal("is not valid UTF-8 at byte 2", checks.text("a\255"))
    assert.is_nil(checks.not_empty("\255"))
  end)

  it("a country wants two letters", function()
    assert.is_nil(checks.country("LT"))
    for _, value in ipairs({ "lt", "LTU", "", "L1" }) do assert.is_truthy(checks.country(value)) end
  end)
end)
