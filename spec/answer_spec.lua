local answer = require("vertexsms.answer")
local json = require("vertexsms.json")

describe("answer.length", function()
  it("is that of a list without holes", function()
    assert.equal(0, answer.length({}))
    assert.equal(2, answer.length({ "a", json.null }))
    for _, value in ipairs({ "x", 5, true, { a = 1 }, { 1, a = 2 }, { 1, nil, 3 } }) do
      assert.is_nil(answer.length(value))
    end
    assert.is_nil(answer.length(nil))
  end)
end)

describe("answer.record", function()
  local FIELDS = {
    { name = "id", type = "text", required = true }, { name = "parts", type = "integer" },
    { name = "code", type = "code" }, { name = "price", type = "decimal" }, { name = "list", type = "texts" },
  }

  it("converts what is documented and keeps the rest", function()
    local given = {
      id = "1", parts = "2", code = "16", price = "0.10", list = "020", more = { a = "5", b = json.null },
    }
    assert.same({ id = "1", parts = 2, code = 16, price = "0.10", list = { "020" }, more = { a = "5" } },
      answer.record(given, FIELDS))
    assert.same({ id = "1", code = "odd", parts = -3 }, answer.record({ id = "1", code = "odd", parts = "-3" }, FIELDS))
  end)

  it("gives integers that are integers", function()
    local record = answer.record({ id = "1", parts = "2" }, FIELDS)
    assert.equal("2", tostring(record.parts))
  end)

  it("says what is wrong", function()
    for reason, value in pairs({
      ["no object"] = { "x" }, ["no id"] = { id = json.null }, ["id is no text"] = { id = true },
      ["parts is no integer"] = { id = "1", parts = "1.5" }, ["price is no decimal"] = { id = "1", price = "1,5" },
      ["code is no code"] = { id = "1", code = {} },
      ["list is no texts"] = { id = "1", list = { "a", json.null, "b" } },
    }) do
      local record, given = answer.record(value, FIELDS)
      assert.is_nil(record)
      assert.matches(reason, given, 1, true)
    end
    assert.is_nil((answer.record({ id = "1", parts = ("9"):rep(16) }, FIELDS)))
    assert.is_nil((answer.record("x", FIELDS)))
    assert.is_nil((answer.record(json.null, FIELDS)))
  end)
end)

describe("answer.records", function()
  it("tells an empty list from an empty object", function()
    assert.same({}, answer.records({}, {}, "[]"))
    assert.same({}, answer.records({}, {}, " \n[ ]"))
    assert.is_nil((answer.records({}, {}, "{}")))
    assert.is_nil((answer.records({ json.null }, {}, "[null]")))
  end)
end)
