local store = require("vertexsms.simulator.store")

describe("simulator.store", function()
  it("hands out IDs that grow by one, as text", function()
    local messages = store.new(7)
    assert.equal("7", messages:add { message = "a" })
    assert.equal("8", messages:add { message = "b" })
  end)

  it("finds a record by its ID", function()
    local messages = store.new(7)
    local id = messages:add { message = "a" }
    assert.same({ id = id, message = "a" }, messages:get(id))
    for _, other in ipairs { "1", "x", "07", "7.0", "0x7" } do assert.is_nil(messages:get(other)) end
  end)

  it("forgets the oldest above 10000 records", function()
    local messages = store.new(1)
    for _ = 1, 10001 do messages:add { message = "a" } end
    assert.is_nil(messages:get("1"))
    assert.is_table(messages:get("2"))
    assert.is_table(messages:get("10001"))
  end)

  it("forgets the oldest above 16 MiB of text, whatever field it is in", function()
    local messages, text = store.new(1), ("a"):rep(1024 * 1024)
    for i = 1, 17 do messages:add { [i % 2 == 0 and "message" or "dlrUrl"] = text } end
    assert.is_nil(messages:get("1"))
    assert.is_table(messages:get("2"))
  end)
end)
