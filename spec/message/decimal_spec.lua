local decimal = require("vertexsms.message.decimal")

describe("decimal.add", function()
  for _, case in ipairs({
    { "0.1", "0.2", "0.3" }, { "0.035", "0.035", "0.070" }, { "0", "0.035", "0.035" }, { "0.10", "0", "0.10" },
    { "9.99", "0.01", "10.00" }, { "99999999999999999999", "1", "100000000000000000000" }, { "1", "-0.5", "0.5" },
    { "-1", "0.5", "-0.5" }, { "-0.5", "-0.5", "-1.0" }, { "0.5", "-0.5", "0.0" }, { "-0", "0", "0" },
    { "3.5e-5", "1", "1.000035" }, { "1E2", "1", "101" }, { "1.5e+1", "0", "15" }, { "1e-1", "0.05", "0.15" },
    { "0007", "1", "8" }, { "1.25e1", "-12.5", "0.0" }, { "10", "-0.001", "9.999" },
  }) do
    it(("%s + %s = %s"):format(case[1], case[2], case[3]), function()
      assert.equal(case[3], decimal.add(case[1], case[2]))
      assert.equal(case[3], decimal.add(case[2], case[1]))
    end)
  end

  it("agrees with whole numbers", function()
    local state = 7
    local function draw(most)
      state = (state * 16807) % 2147483647
      return state % (2 * most) - most
    end
    for _ = 1, 2000 do
      local a, b = draw(1e9), draw(1e9)
      local function text(value)
        return ("%s%d.%03d"):format(value < 0 and "-" or "", math.floor(math.abs(value) / 1000), math.abs(value) % 1000)
      end
      assert.equal(text(a + b), decimal.add(text(a), text(b)))
    end
  end)

  it("refuses what is not a decimal number, or absurd", function()
    for _, wrong in ipairs({
      "", " 1", "1 ", "+1", ".5", "5.", "1,5", "1e", "1e1.5", "0x10", "nan", "inf", "--1", "1.2.3", "1e61", "1e-61",
      "1e99999999999999999999", ("9"):rep(121), "0." .. ("9"):rep(120), "1\n", "1\0", 5, true, {},
    }) do
      assert.is_nil((decimal.add(wrong, "1")))
      assert.is_nil((decimal.add("1", wrong)))
      assert.is_false(decimal.is_valid(wrong))
    end
    assert.is_false(decimal.is_valid(nil))
    assert.is_true(decimal.is_valid("1e60"))
  end)
end)

describe("decimal.sum", function()
  it("is what comes of adding them one after the other", function()
    local state = 11
    local function draw(most)
      state = (state * 16807) % 2147483647
      return state % most
    end
    for _ = 1, 100 do
      local counts, expected = {}, "0"
      for _ = 1, draw(6) do
        local number = ("%s%d.%s"):format(draw(4) == 0 and "-" or "", draw(1000), ("%d"):format(draw(1e6)))
        counts[number] = draw(40)
        for _ = 1, counts[number] do expected = decimal.add(expected, number) end
      end
      assert.equal(expected, decimal.sum(counts))
    end
    assert.equal("0", decimal.sum({}))
    assert.equal("3500.000", decimal.sum({ ["0.035"] = 100000 }))
  end)

  it("is nothing where one of them is not a number, or it is too long", function()
    assert.is_nil(decimal.sum({ ["0.1"] = 3, ["x"] = 1 }))
    assert.is_nil(decimal.sum({ [("9"):rep(120)] = 5, ["1"] = 1 }))
    assert.equal(("9"):rep(119) .. "0", decimal.sum({ [("9"):rep(119)] = 10 }))
  end)
end)
