local store = require("vertexsms.simulator.store")

describe("simulator.store", function()
  it("hands out IDs that grow by one, as text", function()
    local messages = store.new()
    assert.equal("1281532560", messages:add { message = "a" })
    assert.equal("1281532561", messages:add { message = "b" })
    assert.equal("7", store.new(7):add { message = "c" })
  end)

  it("finds a message by its ID", function()
    local messages = store.new()
    local id = messages:add { message = "a" }
    assert.same({ id = id, message = "a" }, messages:get(id))
    assert.is_nil(messages:get("1"))
    assert.is_nil(messages:get("x"))
  end)

  it("forgets the oldest above 10000 messages", function()
    local messages = store.new(1)
    for _ = 1, 10001 do messages:add { message = "a" } end
    assert.is_nil(messages:get("1"))
    assert.is_table(messages:get("2"))
    assert.is_table(messages:get("10001"))
  end)

  it("forgets the oldest above 16 MiB of text", function()
    local messages, text = store.new(1), ("a"):rep(1024 * 1024)
    for _ = 1, 17 do messages:add { message = text } end
    assert.is_nil(messages:get("1"))
    assert.is_table(messages:get("2"))
  end)
end)
