-- Lua 5.1 on a 32-bit system writes %d by a C long: whatever is 2^31 or more becomes -2147483648. Two limits of a guard
-- over more than 199 days had one name then, and of the two the larger one was dropped.

local guards = require("vertexsms.guard")
local stores = require("vertexsms.simulator.store")

local unpack = rawget(_G, "unpack") or rawget(table, "unpack")

local NARROW = "-2147483648"

-- string.format as it is there.
local function narrow(format)
  return function(text, ...)
    local arguments, place = { ... }, 0
    text = text:gsub("%%(%%?)([-+ #0-9.]*)([a-z]?)", function(percent, flags, letter)
      if percent ~= "" then return "%%" .. flags .. letter end
      place = place + 1
      if letter ~= "d" or arguments[place] < 2 ^ 31 then return nil end
      arguments[place] = NARROW
      return "%s"
    end)
    return format(text, unpack(arguments, 1, select("#", ...)))
  end
end

describe("where %d holds 32 bits", function()
  local format = string.format

  before_each(function() string.format = narrow(format) end) -- luacheck: ignore 122
  after_each(function() string.format = format end) -- luacheck: ignore 122

  it("the stand-in does what such a Lua does", function()
    assert.same({ NARROW, "7 2147483648", "%7" },
      { ("%d"):format(2 ^ 31), ("%d %.0f"):format(7, 2 ^ 31), ("%%%d"):format(7) })
  end)

  it("limits over long times stay apart", function()
    local guard = guards.new({
      budget = { { parts = 5, seconds = 250 * 86400 }, { parts = 9, seconds = 366 * 86400 } },
    })
    assert.equal(2, #guard:status().limits)
  end)

  it("the simulator's IDs are what they were begun with", function()
    local messages = stores.new(3000000000)
    assert.equal("3000000000", messages:add({ message = "a" }))
    assert.equal("3000000000", messages:last_id())
  end)
end)
