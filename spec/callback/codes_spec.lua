local codes = require("vertexsms.callback.codes")

describe("a code of a callback", function()
  it("has a text and a class", function()
    assert.same({ "no error", "ok" }, { codes.describe(0) })
    assert.same({ "account balance limit reached", "account" }, { codes.describe(24) })
    assert.same({ "subscriber absent", "temporary" }, { codes.describe(43) })
    local classes = {
      ok = true, permanent = true, temporary = true, account = true, duplicate = true, throttle = true, unknown = true,
    }
    for code = 0, 999 do
      local reason, class = codes.describe(code)
      assert.is_string(reason)
      assert.is_true(classes[class])
    end
  end)

  it("that is not documented is not a failure", function()
    assert.same({ "unknown code 7", "unknown" }, { codes.describe(7) })
    assert.same({ "unknown code -1", "unknown" }, { codes.describe(-1) })
    assert.same({ nil, "unknown" }, { codes.describe(nil) })
  end)

  it("is listed when it is documented and a failure", function()
    assert.same({ 1, 2, 20, 21, 22, 23, 24, 40, 41, 43, 51, 53, 999 }, codes.failures())
  end)
end)
