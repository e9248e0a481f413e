local limits = require("vertexsms.guard.limits")
local processes = require("vertexsms.guard.counters.process")

local function recipients(most, seconds)
  return limits.compile({ { per_recipient = { most, seconds } } })
end

local function clocked(options)
  local clock = { now = 1000 }
  options = options or {}
  options.clock = function() return clock.now end
  return processes.new(options), clock
end

local function facts(number, parts)
  return { number = number or "1", billed = parts or 1 }
end

describe("counters in the process", function()
  it("hold a limit in every window, wherever it begins", function()
    for seed = 1, 20 do
      math.randomseed(seed)
      local most, seconds = math.random(1, 12), math.random(2, 30)
      local counters, clock = clocked()
      local list, times, refused = recipients(most, seconds), {}, 0
      for _ = 1, 2000 do
        clock.now = clock.now + math.random() * seconds / most
        local ok, full = counters:take(list, { facts() })
        if ok then
          times[#times + 1] = clock.now
          local oldest = times[#times - most]
          assert.is_true(not oldest or clock.now - oldest >= seconds)
        else
          refused = refused + 1
          -- What it promises is kept, and is never more than an eighth later than need be.
          local oldest = times[#times - most + 1]
          assert.is_true(full.retry_after <= oldest + seconds * 1.126 + 0.01 - clock.now)
          local at = clock.now
          clock.now = clock.now + full.retry_after + 0.0001
          assert(counters:take(list, { facts() }))
          times[#times + 1] = clock.now
          assert.is_true(clock.now > at)
        end
      end
      assert.is_true(refused > 10)
    end
  end)

  it("count all of a list, or none", function()
    local counters = clocked()
    local both = limits.compile({ { per_recipient = { 2, 60 }, budget = { parts = 5, seconds = 60 } } })
    assert(counters:take(both, { facts("1", 2), facts("2", 2) }))
    local _, full = counters:take(both, { facts("1", 1), facts("3", 1) })
    assert.same({ 2, "budget", 5 }, { full.index, full.limit.rule, full.used })
    assert.same({ { used = 1 }, { used = 4 } }, counters:look(both, { number = "1" }))
    assert.same({ { used = 0 }, { used = 4 } }, counters:look(both, { number = "3" }))
  end)

  it("leave nothing behind of what is refused", function()
    local counters = clocked()
    local both = limits.compile({ { per_recipient = { 2, 60 }, budget = { parts = 1, seconds = 60 } } })
    assert(counters:take(both, { facts("0") }))
    for i = 1, 1000 do assert.is_nil(counters:take(both, { facts(tostring(i)) })) end
    assert.equal(1, counters.shelves[both[1].prefix].count)
  end)

  it("say that what is larger than the limit never passes", function()
    local counters = clocked()
    local budget = limits.compile({ { budget = { parts = 3, seconds = 60 } } })
    local _, full = counters:take(budget, { facts("1", 4) })
    assert.is_nil(full.retry_after)
    assert(counters:take(budget, { facts("1", 3) }))
    _, full = counters:take(budget, { facts("1", 4) })
    assert.is_nil(full.retry_after)
  end)

  it("give back to the slot that it was counted in", function()
    local counters, clock = clocked()
    local budget = limits.compile({ { budget = { parts = 10, seconds = 80 } } })
    local first = facts("1", 4)
    assert(counters:take(budget, { first }))
    clock.now = clock.now + 35
    assert(counters:take(budget, { facts("1", 3) }))
    counters:give_back(budget, { first })
    assert.equal(3, counters:look(budget, {})[1].used)
    clock.now = clock.now + 60
    assert.equal(3, counters:look(budget, {})[1].used)
    clock.now = clock.now + 40
    assert.equal(0, counters:look(budget, {})[1].used)
    counters:give_back(budget, { first })
    assert.equal(0, counters:look(budget, {})[1].used)
  end)

  it("have a bound, forget what is over, and refuse when they are full", function()
    local counters, clock = clocked({ entries_max = 100 })
    local list = recipients(5, 60)
    for i = 1, 100 do assert(counters:take(list, { facts(tostring(i)) })) end
    local ok, full, reason = counters:take(list, { facts("another") })
    assert.same({ nil, nil, "100 numbers or keys are being counted already" }, { ok, full, reason })
    assert(counters:take(list, { facts("50") }))
    clock.now = clock.now + 100
    for i = 101, 300 do
      assert(counters:take(list, { facts(tostring(i)) }))
      clock.now = clock.now + 1
    end
    assert.is_true(counters.shelves[list[1].prefix].count <= 100)
  end)

  it("neither open nor lock for ever when the clock is set back", function()
    local counters, clock = clocked()
    local list = recipients(2, 60)
    assert(counters:take(list, { facts() }))
    clock.now = clock.now - 500
    assert(counters:take(list, { facts() }))
    assert.is_nil(counters:take(list, { facts() }))
    clock.now = clock.now + 500 + 70
    assert(counters:take(list, { facts() }))
  end)
end)
