local decimal = require("vertexsms.message.decimal")
local limits = require("vertexsms.guard.limits")
local micro = require("vertexsms.guard.micro")
local processes = require("vertexsms.guard.counters.process")

describe("micro", function()
  it("reads and writes prices exactly", function()
    for text, micros in pairs({
      ["0"] = 0, ["0.039"] = 39000, ["50.00"] = 50000000, ["0.000001"] = 1, ["1e-2"] = 10000, ["0012.5"] = 12500000,
      ["999999999.999999"] = 999999999999999,
    }) do
      assert.equal(micros, (micro.read(text)), text)
    end
    assert.same({ 2, true }, { micro.read("0.0000011") })
    assert.same({ 1, false }, { micro.read("0.0000010") })
    for _, text in ipairs({ "", "x", "-1", "1,5", "1000000000", "1e60", {}, 5 }) do
      if text ~= 5 then assert.is_nil((micro.read(text)), tostring(text)) end
    end
    for text in pairs({ ["50.00"] = 1, ["0.039"] = 1, ["0.000001"] = 1, ["0.00"] = 1, ["12345678.10"] = 1 }) do
      assert.equal(text, micro.write((micro.read(text))))
    end
    assert.equal("-0.50", micro.write(-500000))
  end)
end)

-- A second implementation in decimal texts, digit by digit, over sends that are accepted, unknown, rejected or of
-- other parts than was thought.
describe("a budget", function()
  it("is exact to the last digit over 100 000 random sends", function()
    math.randomseed(20260101)
    local random = math.random
    local budget = limits.compile({ { budget = { price = "99999999.000000", seconds = 86400 } } })
    local counters = processes.new({ clock = function() return 5000 end })
    local sum = "0"
    for i = 1, 100000 do
      local text = ("0.%06d"):format(random(1, 199999))
      local parts = random(1, 4)
      local facts = { price = micro.read(text) * parts }
      assert(counters:take(budget, { facts }))
      local fate = random(1, 4)
      if fate == 1 then
        counters:give_back(budget, { facts })
      else
        local billed = fate == 2 and random(1, 4) or parts
        local more = { price = math.abs(billed - parts) * micro.read(text), taken = facts.taken }
        if billed > parts then counters:add(budget, more) else counters:give_back(budget, { more }) end
        for _ = 1, billed do sum = decimal.add(sum, text) end
      end
      if i % 1000 == 0 then
        assert.equal("0.000000", decimal.add(sum, "-" .. micro.write(counters:look(budget, {})[1].used)
          :gsub("^.*$", "%0")):gsub("^%-", ""):gsub("^0%.0+$", "0.000000"))
      end
    end
  end)
end)
