-- cqueues, like lua-http, is packaged for LuaJIT.

local process = require("spec.support.process")

if process.lua() ~= "luajit" then return end

local clocks = require("vertexsms.simulator.clock")
local cqueues = require("cqueues")
local socket = require("socket")

describe("simulator.clock", function()
  it("is right once it is set", function()
    local clock, queue = clocks.new(), cqueues.new()
    queue:wrap(function() clock:set() end)
    assert(queue:loop(3))
    local difference = math.abs(clock:time(clock.now()) - socket.gettime())
    assert.is_true(difference < 0.2, tostring(difference))
  end)

  it("writes a moment with milliseconds", function()
    local clock = clocks.new()
    clock.offset = 0
    assert.equal("1970-01-01T00:00:01.250Z", clock:iso(1.25))
    assert.equal("2001-09-09T01:46:40.000Z", clock:iso(1e9))
    assert.is_nil(clock:iso(nil))
  end)
end)
