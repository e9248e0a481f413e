local json = require("vertexsms.json")
local counters = require("vertexsms.guard.counters")
local guards = require("vertexsms.guard")
local vertexsms = require("vertexsms")

local function refusal(options)
  local guard, err = guards.make({ options })
  assert.is_nil(guard)
  assert.equal("invalid_argument", err.kind)
  return err.message
end

describe("the option guard", function()
  it("names what is wrong with a rule", function()
    for _, case in ipairs({
      { { alow = {} }, 'did you mean "allow"' },
      { { allow = { "Lithuania" } }, 'guard.allow must have prefixes such as "370", or countries such as "LT", not '
        .. '"Lithuania"' },
      { { deny = { "QQ" } }, 'unknown country "QQ"' },
      { { allow = { LT = true } }, "guard.allow must be a list" },
      { { only = { 37069912345 } }, "guard.only must be a list of numbers" },
      { { live = "no" }, "guard.live must be a boolean" },
      { { max_parts = 0 }, "guard.max_parts must be from 1 to 255, not 0" },
      { { max_price = "1,50" }, "guard.max_price must be a decimal number" },
      { { max_price = 1.5 }, "guard.max_price must be a string such as \"0.10\"" },
      { { max_price = "0.0000001" }, "six places" },
      { { per_recipient = {} }, "guard.per_recipient must be a list of { count, seconds }" },
      { { per_recipient = { { 3 } } }, "guard.per_recipient must be a list of { count, seconds }" },
      { { per_key = { { 0, 60 } } }, "guard.per_key must be a list of { count, seconds }" },
      { { per_prefix = { { 1.5, 60 } } }, "guard.per_prefix must be a list of { count, seconds }" },
      { { budget = { parts = 5 } }, "seconds is missing from the budget" },
      { { budget = { seconds = 5 } }, "guard.budget must have parts or price" },
      { { budget = {} }, "guard.budget must be a table such as" },
      { { budget = { price = "x", seconds = 5 } }, "price must be a decimal number" },
      { { duplicate = 0 }, "guard.duplicate must be from 1" },
      { { breaker = { second = 5 } }, 'did you mean "seconds"' },
      { { breaker = "yes" }, "guard.breaker must be true, or a table" },
      { { retry_quota = { tokens = -1 } }, "tokens must be from 0" },
      { { currency = "eur" }, "guard.currency must be three capital letters" },
      { { prefix_digits = 0 }, "guard.prefix_digits must be from 1 to 15 digits" },
      { { store = {} }, "guard.store must be an ngx.shared dict" },
      { { store = json.null }, "its name, a path or a postgresql:// URL, not null" },
      { { store = { perform = true } }, "URL, not a table" }, { { live = json.null }, "a boolean, not null" },
      { { store = "limits" }, 'guard.store is "limits", which is neither' },
    }) do
      assert.matches(case[2], refusal(case[1]), 1, true)
    end
  end)

  it("takes one pair and one budget for a list of one", function()
    local guard = guards.new({ per_recipient = { 3, 600 }, budget = { parts = 5, price = "1.00", seconds = 60 } })
    assert.equal(3, #guard:status().limits)
  end)

  it("may be empty", function()
    assert.same({ limits = {}, live = true, paused = {} }, guards.new({}):status())
  end)

  it("belongs to a client", function()
    local _, err = vertexsms.safe.new({ token = "t0ken", guard = { max_parts = "two" } })
    assert.equal("invalid_argument", err.kind)
    assert.matches("guard.max_parts must be an integer", err.message, 1, true)
  end)
end)

describe("the counters of a guard", function()
  it("are this process's without a store", function()
    assert.is_table(counters.of(nil, true).shelves)
  end)

  it("must be shared where nginx has several workers", function()
    rawset(_G, "ngx", { worker = { count = function() return 4 end } })
    local made, err = counters.of(nil, true)
    local without = counters.of(nil, false)
    rawset(_G, "ngx", nil)
    assert.is_nil(made)
    assert.matches("nginx has 4 workers", err.message, 1, true)
    assert.is_table(without)
  end)
end)
