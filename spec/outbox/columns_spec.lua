local columns = require("vertexsms.outbox.columns")
local fields = require("vertexsms.message.fields")

-- As the database gives back what an INSERT with these parameters has put there.
local function row_of(message)
  local params, row = columns.parameters("k", message, 60), {}
  assert.equal("k", params[1])
  assert.equal(60, params[params.n])
  assert.equal(params.n, #columns.fields + 2)
  for i, pair in ipairs(columns.fields) do row[pair[2]] = params[i + 1] end
  return row
end

describe("the columns of a message", function()
  it("are one for each field that there is", function()
    local known = {}
    for _, pair in ipairs(columns.fields) do known[pair[1]] = true end
    for _, field in ipairs(fields) do
      assert.is_true(known[field.name], field.name)
      known[field.name] = nil
    end
    assert.is_nil(next(known))
  end)

  it("give the message back", function()
    local message = {
      to = "37069912345", from = "MyShop", message = "x", dlrUrl = "https://example.com/", priority = "high",
      scheduled = "2015-01-01T13:00:00+02:00", coding = 2, testMode = "1", expireIn = 3600, udh = "%00",
      correctBy = "LT",
    }
    local row = row_of(message)
    assert.same(message, columns.message(row))
    assert.same({}, columns.differences(message, row))
  end)

  it("take a message without a priority for a normal one", function()
    local row = row_of({ to = "1", from = "x", message = "y" })
    assert.equal("normal", row.priority)
    assert.same({ to = "1", from = "x", message = "y" }, columns.message(row))
    assert.same({}, columns.differences({ to = "1", from = "x", message = "y", priority = "normal" }, row))
  end)

  it("are those of any message for a plain one", function()
    local wire = { to = "37069912345", from = "MyShop", message = "x" }
    for _, key in ipairs({ "k", false }) do
      local params = columns.parameters(key or nil, wire, 60)
      local plain = { columns.plain_parameters(key or nil, wire.to, wire.from, wire.message, 60) }
      for i = 1, params.n do assert.equal(params[i], plain[i]) end
      assert.equal(params.n, select("#", columns.plain_parameters(nil, "1", "x", "y", nil)))
    end
  end)

  it("say what differs, without a text or a URL", function()
    local row = { recipient = "37069912345", sender = "A", message = "secret", priority = "normal",
      dlr_url = "https://a/?secret=1" }
    local said = columns.describe_differences({ to = "37069912346", from = "A", message = "other",
      dlrUrl = "https://b/?secret=2" }, row)
    assert.equal('to ("37069912345", not "37069912346") and message (another text) and dlrUrl (another URL)', said)
    row.message = nil
    assert.same({ "to", "dlrUrl" }, columns.differences({ to = "37069912346", from = "A", message = "other" }, row))
  end)
end)
