local memory = require("vertexsms.tracking.memory")

describe("the memory store", function()
  it("takes no more than it can, and says so", function()
    local store = memory.new()
    store:change("a", function() return { due = 1 } end)
    store.entries.count = 100000
    assert.has_error(function() store:change("b", function() return { due = 1 } end) end,
      "too many sends of unknown outcome are open: this one is not tracked")
    store:change("b", function() return false end)
    store:change("a", function() return { due = 2 } end)
    assert.same({ "a" }, store:due(2, 9))
    store:change("a", function() return false end)
    assert.same({}, store:due(2, 9))
  end)
end)
