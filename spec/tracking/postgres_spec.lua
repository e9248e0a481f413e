-- A tracking in a real PostgreSQL. On LuaJIT alone: the server takes seconds, and what differs between Luas is tested
-- with SQLite.

local databases = require("vertexsms.tracking.database")
local hosts = require("vertexsms.host")
local postgres = require("spec.support.postgres")
local process = require("spec.support.process")
local scripted = require("spec.support.scripted")
local tracks = require("spec.support.tracked")

if not postgres.is_there or process.lua() ~= "luajit" then return end

local blocking = hosts.pick("blocking")
local server, service

setup(function()
  server, service = postgres.start(), scripted.start()
end)
teardown(function()
  service:stop()
  server:remove()
end)

describe("a tracking in PostgreSQL", function()
  local function open() return assert(databases.new(server:url(), blocking)) end

  it("settles an unknown send, and knows what was never confirmed", function()
    local tracked = tracks.new(service, open())
    local id, other = tracked:unknown().tracking_id, tracked:unknown().tracking_id
    assert.equal(2, #tracked:ids())
    assert.equal(200, tracked:report(id))
    assert.same({ id, "delivered" }, { tracked.resolved[1].tracking_id, tracked.resolved[1].state })
    assert.equal(other, tracked.client.tracking:expire(os.time() + 9 * tracks.DAY)[1].tracking_id)
    assert.equal(0, #tracked:ids())
    service:script(tracks.FINE)
    assert.is_truthy(tracked.client:send(tracks.message()))
    assert.equal(0, #tracked:ids())
  end)

  it("keeps an early report until the send has ended", function()
    local tracked = tracks.new(service, open())
    tracked:connect(nil, { on_response = function() tracked:report(tracked:ids()[1]) end })
    assert.equal("5", tracked:unknown().resolved.id)
    assert.equal(1, #tracked.resolved)
  end)

  -- Whether a process of another machine is alive is not known.
  it("waits for a holder that may be on another machine", function()
    local tracked = tracks.new(service, open())
    local id, now = tracked:unknown().tracking_id, os.time()
    tracked:change(id, function(entry)
      entry.holder, entry.held_until = 999999999, now + 60
      return entry
    end)
    tracked:connect({ clock = function() return now end })
    assert.equal(503, tracked:report(id))
    now = now + 60
    assert.equal(200, tracked:report(id))
  end)
end)
