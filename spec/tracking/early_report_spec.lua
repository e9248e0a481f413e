local core = require("vertexsms.core")
local scripted = require("spec.support.scripted")
local tracks = require("spec.support.tracked")

-- A send that never returns: its process dies.
local function begin(client, drafts)
  local thread = coroutine.create(client.tracking.around)
  assert(coroutine.resume(thread, client, drafts, core.process_number(), coroutine.yield))
end

local server
setup(function() server = scripted.start() end)
teardown(function()
  server:stop()
  tracks.remove_files()
end)

for name, new_store in pairs(tracks.stores) do
  describe("a report before its send has returned, with the " .. name .. " store:", function()
    local tracked

    before_each(function() tracked = tracks.new(server, new_store()) end)

    it("is settled by a report that comes before the send has returned", function()
      local during
      tracked:connect(nil, { on_response = function()
        during = { tracked:report(tracked:ids()[1]), #tracked.resolved }
      end })
      local err = tracked:unknown()
      assert.same({ 200, 0 }, during)
      assert.equal(1, #tracked.resolved)
      assert.equal(err.tracking_id, tracked.resolved[1].tracking_id)
      assert.same(tracked.resolved[1], err.resolved)
      assert.equal(0, #tracked:ids())
      server:script(tracks.FINE)
      assert.equal("1281532560", tracked.client:send(tracks.message()).id)
      assert.equal(1, #tracked.resolved)
    end)

    it("is resolved later when on_resolved raised within the send", function()
      tracked:connect(nil, { on_response = function() tracked:report(tracked:ids()[1]) end })
      local said = tracked:listen()
      tracked.fails = "database away"
      local err = tracked:unknown()
      assert.matches("database away", said[1])
      assert.is_nil(err.resolved)
      tracked.fails = nil
      assert.same({}, tracked.client.tracking:expire())
      assert.equal(err.tracking_id, tracked.client.tracking:expire(os.time() + 61)[1].tracking_id)
      assert.same({ true, "5" }, { tracked.resolved[1].confirmed, tracked.resolved[1].id })
    end)

    -- A database waits for the disk whatever it is told.
    local of_one_process = name == "memory" and it or function() end
    of_one_process("is kept for good, the first one", function()
      local durable = 0
      tracked:connect(nil, { on_response = function()
        local change = tracked.store.change
        tracked.store.change = function(store, id, fn)
          return change(store, id, function(entry)
            local after, is_durable = fn(entry)
            durable = durable + (after and is_durable and 1 or 0)
            return after, is_durable
          end)
        end
        local id = tracked:ids()[1]
        assert.equal(200, tracked:report(id, '{"id":"5","status":9}'))
        assert.equal(200, tracked:report(id, '{"id":"5","status":1}'))
        tracked.store.change = nil
      end })
      assert.equal("unknown", tracked:unknown().resolved.state)
      assert.equal(1, #tracked.resolved)
      assert.equal(1, durable)
    end)

    it("settles its message of a list", function()
      tracked:connect(nil, { on_response = function() tracked:report(tracked:ids()[1]) end })
      server:script(tracks.BROKEN)
      local _, err = tracked.client:send_many({ tracks.message(), tracks.message() })
      local settled = tracked.resolved[1]
      assert.equal(1, #tracked.resolved)
      assert.is_nil(err.resolved)
      for _, one in ipairs(err.results) do
        assert.equal(one.tracking_id == settled.tracking_id and settled or nil, one.resolved)
      end
      assert.equal(1, #tracked:ids())
    end)

    it("is looked at once the send should have returned, when it never did", function()
      local now = os.time()
      tracked:connect({ clock = function() return now end }, { timeout = 5 })
      local begun = { { wire = {} } }
      begin(tracked.client, begun)
      local id = begun[1].tracking_id
      assert.equal(200, tracked:report(id))
      now = now + 5 + 59
      assert.same({}, tracked.client.tracking:expire())
      now = now + 1
      assert.equal(id, tracked.client.tracking:expire()[1].tracking_id)
      assert.equal("5", tracked.resolved[1].id)
    end)

    it("counts, and not the one that comes when the send should have returned", function()
      local now, begun = os.time(), { { wire = {} } }
      tracked:connect({ clock = function() return now end }, { timeout = 5 })
      begin(tracked.client, begun)
      local id = begun[1].tracking_id
      assert.equal(200, tracked:report(id, '{"id":"5","status":2}'))
      tracked:change(id, function(entry)
        assert.is_nil(entry.report.body) -- no more is kept than is told
      end)
      now = now + 5 + 60
      assert.equal(200, tracked:report(id, '{"id":"5","status":1}'))
      assert.equal("undelivered", tracked.resolved[1].state)
      assert.equal(1, #tracked.resolved)
    end)

    it("that has settled a send which took too long is not forgotten", function()
      local now = os.time()
      tracked:connect({ clock = function() return now end }, { on_response = function()
        now = now + 3600 -- the machine slept
        tracked:report(tracked:ids()[1])
      end })
      tracked:unknown()
      assert.equal(1, #tracked.resolved)
      assert.equal(0, #tracked:ids())
    end)
  end)
end
