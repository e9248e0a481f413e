local convert = require("vertexsms.cli.convert")

describe("a word of the command line", function()
  it("is a port", function()
    assert.equal(0, convert.port("0"))
    assert.equal(65535, convert.port("65535"))
    for _, word in ipairs({ "", "-1", "65536", "1.5", "0x10", " 1", "http" }) do
      local port, problem = convert.port(word)
      assert.is_nil(port)
      assert.matches("is not a valid port: it must be a number", problem, 1, true)
    end
  end)

  it("is a number", function()
    local read = convert.number_of("--rate", "50")
    assert.equal(0.5, read("0.5"))
    assert.equal(-1, read("-1"))
    for _, word in ipairs({ "", "1,5", "inf", "nan", "0x10", " 1" }) do
      assert.same({ nil, ('--rate must be a number, such as 50, not "%s"'):format(word) }, { read(word) })
    end
  end)

  it("is a duration", function()
    assert.equal(0, convert.seconds("0"))
    assert.equal(1.5, convert.seconds("1.5"))
    for _, word in ipairs({ "", "-1", "1,5", "inf", "nan", "soon", "0x10", "1e999" }) do
      local seconds, problem = convert.seconds(word)
      assert.is_nil(seconds)
      assert.is_string(problem)
    end
  end)
end)
