local json = require("vertexsms.json")
local records = require("vertexsms.request.record")

describe("records.read", function()
  local FIELDS = {
    { name = "id", type = "text", required = true }, { name = "parts", type = "integer" },
    { name = "code", type = "code" }, { name = "price", type = "decimal" }, { name = "list", type = "texts" },
  }

  it("converts what is documented and keeps the rest", function()
    local given = {
      id = "1", parts = "2", code = "16", price = "0.10", list = "020", more = { a = "5", b = json.null },
    }
    assert.same({ id = "1", parts = 2, code = 16, price = "0.10", list = { "020" }, more = { a = "5" } },
      records.read(given, FIELDS))
    assert.same({ id = "1", code = "odd", parts = -3 }, records.read({ id = "1", code = "odd", parts = "-3" }, FIELDS))
  end)

  it("gives integers that are integers", function()
    local record = records.read({ id = "1", parts = "2" }, FIELDS)
    assert.equal("2", tostring(record.parts))
  end)

  it("says what is wrong", function()
    for reason, value in pairs({
      ["no object"] = { "x" }, ["no id"] = { id = json.null }, ["id is not a text"] = { id = true },
      ["parts is not an integer"] = { id = "1", parts = "1.5" },
      ["price is not a decimal number"] = { id = "1", price = "1,5" }, ["code is not a code"] = { id = "1", code = {} },
      ["list is not a list of texts"] = { id = "1", list = { "a", json.null, "b" } },
    }) do
      local record, given = records.read(value, FIELDS)
      assert.is_nil(record)
      assert.matches(reason, given, 1, true)
    end
    assert.is_nil((records.read({ id = "1", parts = ("9"):rep(16) }, FIELDS)))
    assert.is_nil((records.read("x", FIELDS)))
    assert.is_nil((records.read(json.null, FIELDS)))
  end)
end)

describe("records.list", function()
  it("tells an empty list from an empty object", function()
    assert.same({}, records.list({}, {}, "[]"))
    assert.same({}, records.list({}, {}, " \n[ ]"))
    assert.same({}, records.list({}, {}, "\239\187\191[]"))
    assert.is_nil((records.list({}, {}, "{}")))
    assert.is_nil((records.list({ json.null }, {}, "[null]")))
  end)
end)
