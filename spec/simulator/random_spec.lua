local random = require("vertexsms.simulator.random")

describe("random numbers of the simulator", function()
  local function series(seed)
    local draw, numbers = random.new(seed), {}
    for i = 1, 1000 do numbers[i] = draw() end
    return numbers
  end

  it("are the same for the same seed, under every Lua", function()
    assert.same(series(7), series(7))
    assert.not_same(series(7), series(8))
    assert.equal("0.263075575943", (("%.12f"):format(series(1)[1]):gsub(",", ".")))
  end)

  it("are at least 0 and below 1, and spread", function()
    local sum = 0
    for _, number in ipairs(series(0)) do
      assert.is_true(number >= 0 and number < 1)
      sum = sum + number
    end
    assert.is_true(sum > 450 and sum < 550)
  end)
end)
