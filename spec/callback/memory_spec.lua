local callback = require("vertexsms.callback")
local core = require("vertexsms.core")

describe("callback.memory", function()
  it("remembers as many as it was told to, whatever came before", function()
    for count = 10, 40 do
      local store = callback.memory(10)
      for i = 1, count do store:set("key" .. i, "value" .. i) end
      for i = count - 9, count do assert.equal("value" .. i, store:get("key" .. i)) end
    end
  end)

  it("forgets what was not asked for in a long time, and nothing else", function()
    local store = callback.memory(10)
    store:set("asked for", "1")
    store:set("left alone", "1")
    for i = 1, 100 do
      store:set("key" .. i, "1")
      assert.equal("1", store:get("asked for"))
    end
    assert.is_nil(store:get("left alone"))
    assert.is_nil(store:get("key1"))
  end)

  it("locks for a time, and takes a lock back from its holder alone", function()
    local store = callback.memory()
    local first = store:lock("a", 0.001)
    assert.is_nil(store:lock("a", 60))
    local started = core.now()
    repeat until core.now() - started > 0.002
    local second = store:lock("a", 60)
    assert.is_string(second)
    assert.not_equal(first, second)
    store:unlock("a", first)
    assert.is_nil(store:lock("a", 60))
    store:unlock("a", second)
    assert.is_string(store:lock("a", 60))
  end)
end)
