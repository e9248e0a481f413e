local passing = require("vertexsms.host.loop.passing")

local function all_of(table)
  local all, count = {}, 0
  for key, value in table:pairs() do
    assert.is_nil(all[key])
    all[key], count = value, count + 1
  end
  return all, count
end

local function assert_same(expected, table)
  local count = 0
  for key, value in pairs(expected) do
    count = count + 1
    assert.equal(value, table:get(key))
  end
  local all, found = all_of(table)
  assert.same(expected, all)
  assert.equal(count, found)
  assert.equal(count == 0, table:is_empty())
end

describe("a table for keys that come and go", function()
  it("is what any table is, however many there are and however long they stay", function()
    for _, most in ipairs({ 1, 10, 300, 1000 }) do
      local expected, table, order = {}, passing.new(), {}
      for i = 1, 6 * most + 2000 do
        order[#order + 1], expected[i] = i, i
        table:set(i, i)
        if i % 7 == 0 then expected[i], order[#order + 1] = "again", i table:set(i, "again") end
        if #order > most then
          local key = _G.table.remove(order, math.random(math.min(#order, 5)))
          assert.equal(expected[key], table:take(key))
          expected[key] = nil
          assert.is_nil(table:get(key))
          assert.is_nil(table:take(key))
        end
        if i % 500 == 0 then assert_same(expected, table) end
      end
      for key in pairs(expected) do table:take(key) end
      assert_same({}, table)
    end
  end)

  it("sets a key where it is, and takes it from there", function()
    local table = passing.new()
    for i = 1, 300 do table:set(i, i) end
    for i = 301, 900 do
      table:set(i, i)
      table:set(1, i)
      assert.equal(i, table:get(1))
      if i < 600 then table:take(i - 299) end
    end
    assert.equal(900, table:take(1))
    assert.is_nil(table:get(1))
    assert.equal(600, select(2, all_of(table)))
  end)
end)
