-- What the contract does not see: one ticket is waited for without a register, and groups are not forgotten meanwhile.

local blocking = require("vertexsms.host.blocking")
local core = require("vertexsms.base.core")
local scripted = require("spec.support.scripted")
local socket = require("socket")
local waiting = require("vertexsms.host.loop.waiting")

describe("host.blocking", function()
  local server, engine

  setup(function() server = scripted.start() end)
  teardown(function() server:stop() end)
  before_each(function() engine = core.engine({ token = scripted.token, base_url = server.url }) end)
  after_each(function() engine:close() end)

  local function submit() return engine:submit({ method = "GET", path = "/x" }) end

  local function wait_until(is_done, what)
    while not is_done() do blocking.wait(engine, what, 1) end
  end

  it("collects one ticket, and keeps no register for it", function()
    server:script({ body = "[]" })
    local ticket = submit()
    wait_until(function() return ticket:is_finished() and engine:counters().uncollected == 0 end, ticket)
    assert.is_nil(next(engine:attachments()))
  end)

  it("hands to a group what finished while one ticket was waited for", function()
    server:script({ body = "[]" }, { body = "[]" })
    local of_group, alone, group = submit(), submit(), waiting.group()
    group:add(of_group)
    assert.is_false(group:is_empty())
    blocking.wait(engine, group, 0)
    wait_until(function()
      return alone:is_finished() and of_group:is_finished() and engine:counters().uncollected == 0
    end, alone)
    assert.equal(of_group, group:take())
  end)

  it("gives up a group as it does one ticket", function()
    local silent = assert(socket.bind("127.0.0.1", 0))
    local url = "http://127.0.0.1:" .. select(2, silent:getsockname())
    engine:close()
    engine = core.engine({ token = scripted.token, base_url = url })
    local one, other, group = submit(), submit(), waiting.group()
    group:add(one)
    group:add(other)
    group:cancel()
    wait_until(function() return one:is_finished() and other:is_finished() end, group)
    assert.same({ "cancelled", "cancelled" }, { one:response().kind, other:response().kind })
    silent:close()
  end)
end)
