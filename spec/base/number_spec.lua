local numbers = require("vertexsms.base.number")

describe("a number", function()
  it("is read as it is written", function()
    for text, value in pairs({
      ["0"] = 0, ["12"] = 12, ["-5"] = -5, ["+5"] = 5, ["0.035"] = 0.035, ["-0.5"] = -0.5, [".5"] = 0.5, ["5."] = 5,
      ["1e3"] = 1000, ["1.5E-3"] = 0.0015, ["0.1e1"] = 1, ["9007199254740993.0"] = 9007199254740992,
      ["123456789012345678901234567890"] = 123456789012345678901234567890, ["1e999"] = math.huge,
      ["2.2250738585072014e-308"] = 2.2250738585072014e-308, ["0.30000000000000004"] = 0.1 + 0.2, ["0017"] = 17,
    }) do
      assert.equal(value, numbers.read(text))
    end
  end)

  it("is nothing else", function()
    for _, text in ipairs({
      "", ".", "-", "e5", "1e", "1e+", "0x10", "1,5", "1 5", " 1", "1 ", "1.5.5", "nan", "inf", "--1", "1_000", "1\0",
      "1e5.5",
    }) do
      assert.is_nil(numbers.read(text))
    end
  end)

  it("is written so that it reads back the same", function()
    for text, value in pairs({
      ["0"] = 0, ["-12"] = -12, ["0.5"] = 0.5, ["0.035"] = 0.035, ["0.30000000000000004"] = 0.1 + 0.2,
      ["1e+300"] = 1e300,
      ["370600000012345"] = 370600000012345, ["1e-07"] = 1e-7,
    }) do
      assert.equal(text, numbers.write(value))
    end
    for _ = 1, 1000 do
      local value = (math.random() - 0.5) * 10 ^ math.random(-20, 20)
      assert.equal(value, numbers.read(numbers.write(value)))
    end
    for _, value in ipairs({ 0 / 0, math.huge, -math.huge }) do assert.is_nil(numbers.write(value)) end
  end)
end)
