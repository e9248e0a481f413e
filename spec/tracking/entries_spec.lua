local new_entries = require("vertexsms.tracking.entries").new

describe("the entries of a store", function()
  local entries

  before_each(function() entries = new_entries() end)

  local function put(id, due) entries:put(id, { due = due }) end

  local function due(now, most)
    local ids = entries:due(now, most or math.huge)
    table.sort(ids)
    return table.concat(ids, " ")
  end

  it("are due from their second on", function()
    for id, at in pairs({ a = 59, b = 60, c = 61, d = 119, e = 120, f = 1e6 }) do put(id, at) end
    assert.equal("", due(58))
    assert.equal("a", due(59))
    assert.equal("a b", due(60))
    assert.equal("a b c", due(61))
    assert.equal("a b c", due(118))
    assert.equal("a b c d e", due(120))
    assert.equal("a b c d e f", due(math.huge))
  end)

  it("are given out no more than asked for", function()
    for i = 1, 10 do put("id" .. i, i * 40) end
    assert.equal(3, #entries:due(math.huge, 3))
    assert.equal(10, #entries:due(math.huge, 10))
    assert.equal(1, #entries:due(40, 3))
  end)

  it("are due anew when they change, and never when they are gone", function()
    put("a", 10)
    put("a", 1000)
    assert.equal("", due(999))
    put("a", 5)
    assert.equal("a", due(5))
    entries:put("a", nil)
    entries:put("a", nil)
    assert.equal("", due(math.huge))
    assert.equal(0, entries.count)
    assert.is_nil(next(entries.slots))
  end)

  it("cannot be changed from outside", function()
    put("a", 10)
    entries:get("a").due = 0
    assert.equal(10, entries:get("a").due)
    assert.is_nil(entries:get("b"))
  end)

  it("are 100000 at most", function()
    for i = 1, 99999 do put(i, i) end
    assert.is_true(entries:has_room())
    put("a", 1)
    assert.is_false(entries:has_room())
    put("a", 2)
    assert.is_false(entries:has_room())
    entries:put("a", nil)
    assert.is_true(entries:has_room())
  end)
end)
