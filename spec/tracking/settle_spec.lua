local callback = require("vertexsms.callback")
local calls = require("spec.support.calls")
local core = require("vertexsms.core")
local scripted = require("spec.support.scripted")
local tracking = require("vertexsms.tracking")
local tracks = require("spec.support.tracked")

local server
setup(function() server = scripted.start() end)
teardown(function()
  server:stop()
  tracks.remove_files()
end)

for name, new_store in pairs(tracks.stores) do
  describe("settling, with the " .. name .. " store:", function()
    local tracked

    before_each(function() tracked = tracks.new(server, new_store()) end)

    it("settles an unknown send by the report that carries its ID", function()
      local err = tracked:unknown()
      assert.matches("^%x+$", err.tracking_id)
      assert.equal(32, #err.tracking_id)
      assert.equal(tracks.URL .. "?track=" .. err.tracking_id, tracked:dlr_url())
      assert.equal(200, tracked:report(err.tracking_id))
      assert.same({ {
        tracking_id = err.tracking_id, confirmed = true, id = "5", state = "delivered", final = true, error = 0,
        reason = "no error", class = "ok",
      } }, tracked.resolved)
      assert.equal(0, #tracked:ids())
      assert.equal(200, tracked:report(err.tracking_id))
      assert.equal(200, tracked:report(err.tracking_id, '{"id":"5","status":3}'))
      assert.equal(1, #tracked.resolved)
    end)

    it("takes each message's ID from chance", function()
      assert.not_equal(tracked:unknown().tracking_id, tracked:unknown().tracking_id)
    end)

    it("keeps nothing of sends whose outcome is known", function()
      server:script(tracks.FINE)
      assert.equal("1281532560", tracked.client:send(tracks.message()).id)
      server:script({ status = 400, body = "{}" })
      local _, err = tracked.client:send(tracks.message())
      assert.equal("rejected", err.outcome)
      assert.is_nil(err.tracking_id)
      server:script({ status = 400, body = "{}" })
      _, err = tracked.client:send_many({ tracks.message() })
      assert.equal("rejected", err.results[1].outcome)
      assert.is_nil(err.results[1].tracking_id)
      assert.equal(0, #tracked:ids())
    end)

    it("keeps a send that was answered, but not as agreed", function()
      server:script({ body = '["1' })
      local _, err = tracked.client:send(tracks.message())
      assert.is_true(err.likely_accepted)
      assert.equal(200, tracked:report(err.tracking_id))
      assert.equal(1, #tracked.resolved)
    end)

    it("hands the report to on_report as well, with the ID", function()
      local seen
      tracked.handler = callback.handler({
        tracking = tracked.client.tracking, on_report = function(given) seen = given end,
      })
      local id = tracked:unknown().tracking_id
      tracked:report(id)
      assert.equal(id, seen.tracking_id)
      assert.equal(1, #tracked.resolved)
    end)

    it("adds to the message's own dlrUrl", function()
      local err = tracked:unknown({ dlrUrl = "https://shop.example.com/?order=5" })
      assert.equal("https://shop.example.com/?order=5&track=" .. err.tracking_id, tracked:dlr_url())
    end)

    it("has the secret in its URL", function()
      tracked:connect({ secret = "a b" })
      local err = tracked:unknown()
      assert.equal(tracks.URL .. "?secret=a%20b&track=" .. err.tracking_id, tracked:dlr_url())
    end)

    it("tracks each message of a list", function()
      server:script({ body = '["1","2"]' }, tracks.BROKEN)
      local message = tracks.message()
      local sent, err = tracked.client:send_many({ message, message, message, message }, { batch_size = 2 })
      assert.is_nil(sent)
      assert.is_nil(err.results[1].tracking_id)
      assert.is_nil(err.results[2].tracking_id)
      assert.equal(2, #tracked:ids())
      assert.equal(200, tracked:report(err.results[4].tracking_id))
      assert.equal(err.results[4].tracking_id, tracked.resolved[1].tracking_id)
      assert.equal(1, #tracked:ids())
    end)

    it("tracks Viber messages", function()
      server:script(tracks.BROKEN)
      local _, err = tracked.client:viber(tracks.message())
      assert.equal(200, tracked:report(err.tracking_id, '{"id":"5","status":3}'))
      assert.equal("seen", tracked.resolved[1].state)
    end)

    it("resolves again when on_resolved raised", function()
      local id = tracked:unknown().tracking_id
      tracked.fails = "database away"
      assert.equal(500, tracked:report(id))
      assert.equal(1, #tracked:ids())
      tracked.fails = nil
      assert.equal(200, tracked:report(id))
      assert.equal(1, #tracked.resolved)
    end)

    it("lets one resolve at a time", function()
      local id, inner = nil, {}
      tracked:connect({ on_resolved = function(event)
        tracked.resolved[#tracked.resolved + 1] = event
        if #tracked.resolved == 1 then inner[1] = tracked:report(id, '{"id":"6","status":3}') end
      end })
      id = tracked:unknown().tracking_id
      assert.equal(200, tracked:report(id))
      assert.same({ 503 }, inner)
      assert.equal(200, tracked:report(id, '{"id":"6","status":3}'))
      assert.equal(1, #tracked.resolved)
    end)

    it("ignores reports of other IDs, and what is not an ID", function()
      tracked:unknown()
      for _, id in ipairs({ ("0"):rep(32), ("0"):rep(31), ("0"):rep(33), "", "x", ("g"):rep(32), "%00" }) do
        assert.equal(200, tracked:report(id, ('{"id":"%s","status":1}'):format(core.random_hex(4))))
      end
      assert.same({}, tracked.resolved)
      assert.equal(1, #tracked:ids())
    end)

    it("sends all the same when the store fails, and says so", function()
      tracked:connect({ store = { change = function() error("disk full") end, due = function() return {} end } })
      local said = tracked:listen()
      server:script(tracks.FINE)
      assert.equal("1281532560", tracked.client:send(tracks.message()).id)
      assert.matches("^" .. tracks.URL .. "%?track=", tracked:dlr_url())
      assert.matches("disk full", said[1])
      assert.is_nil(tracked:unknown().tracking_id)
    end)

    it("gives a message's own dlrUrl no secret that is not its own", function()
      tracked:connect({ secret = "hidden" })
      local err = tracked:unknown({ dlrUrl = "https://shop.example.com/" })
      assert.equal("https://shop.example.com/?track=" .. err.tracking_id, tracked:dlr_url())
    end)

    it("leaves a dlrUrl alone that has an ID of another origin, and says so", function()
      local said = tracked:listen()
      local own = "https://shop.example.com/?track=order5"
      assert.is_nil(tracked:unknown({ dlrUrl = own }).tracking_id)
      assert.equal(own, tracked:dlr_url())
      assert.matches('parameter "track" in its query', said[1])
      assert.equal(0, #tracked:ids())
    end)

    it("tracks nothing that has no URL", function()
      tracked.client.tracking.url = nil
      local said = tracked:listen()
      assert.is_nil(tracked:unknown().tracking_id)
      assert.is_nil(tracked:dlr_url())
      assert.same({}, said)
    end)

    it("settles a send that the store has lost meanwhile", function()
      tracked:connect(nil, { on_response = function()
        tracked:change(tracked:ids()[1], function() return false end)
      end })
      local err = tracked:unknown()
      assert.equal(1, #tracked:ids())
      assert.equal(200, tracked:report(err.tracking_id))
      assert.equal(1, #tracked.resolved)
    end)

    it("stays open when the clock is set back", function()
      local now = os.time()
      tracked:connect({ clock = function() return now end })
      local id = tracked:unknown().tracking_id
      now = now - 365 * tracks.DAY
      assert.equal(200, tracked:report(id))
      assert.equal(1, #tracked.resolved)
    end)

    it("gives way when who has it in hand takes more than a minute", function()
      local id, now, inner = nil, os.time(), {}
      tracked:connect({ clock = function() return now end, on_resolved = function(event)
        tracked.resolved[#tracked.resolved + 1] = event
        if #tracked.resolved > 1 then return end
        now = now + 59
        inner[1] = tracked:report(id, '{"id":"6","status":2}')
        now = now + 1
        inner[2] = tracked:report(id, '{"id":"7","status":3}')
      end })
      id = tracked:unknown().tracking_id
      assert.equal(200, tracked:report(id))
      assert.same({ 503, 200 }, inner)
      assert.equal(2, #tracked.resolved)
    end)

    -- A database waits for the disk whatever it is told.
    local of_one_process = name == "memory" and it or function() end
    of_one_process("has the disk waited for where a loss would be one, and once for a list", function()
      local inner, durables = tracked.store, {}
      local watching = { due = function(_, ...) return inner:due(...) end }
      function watching.change(_, id, fn)
        inner:change(id, function(entry)
          local after, durable = fn(entry)
          if after ~= nil and durable then durables[#durables + 1] = id end
          return after, durable
        end)
      end
      local now = os.time()
      tracked:connect({ store = watching, clock = function() return now end })
      server:script(tracks.FINE)
      tracked.client:send(tracks.message())
      assert.same({}, durables)
      server:script(tracks.BROKEN)
      local message = tracks.message()
      local _, err = tracked.client:send_many({ message, message, message })
      assert.same({ err.results[3].tracking_id }, durables)
      assert.equal(200, tracked:report(err.results[1].tracking_id))
      assert.same({ err.results[3].tracking_id, err.results[1].tracking_id }, durables)
      now = now + 4 * tracks.DAY
      assert.equal(2, #tracked.client.tracking:expire())
      assert.equal(2, #durables)
    end)

    it("has the report repeated when the store fails", function()
      local broken = { change = function() error("disk full") end, due = function() return {} end }
      tracked.handler = callback.handler({
        tracking = tracking.new({ store = broken, on_resolved = function() end }), on_event = function() end,
      })
      assert.equal(500, tracked:report(("0"):rep(32)))
      assert.equal(200, (calls.post(tracked.handler))) -- one without an ID is nothing to the store
    end)

    it("does not have a report repeated because others cannot be looked for, and says so", function()
      tracked:connect({ store = { change = function() end, due = function() error("disk away") end } })
      local status
      local said = calls.stderr_of(function() status = calls.post(tracked.handler) end)
      assert.equal(200, status)
      assert.matches("tracking: .*disk away", said)
    end)

    it("says when on_resolved fails while calls come in", function()
      local now = os.time()
      tracked:connect({ clock = function() return now end })
      tracked:unknown()
      tracked.fails, now = "database away", now + 4 * tracks.DAY
      local status
      local said = calls.stderr_of(function() status = calls.post(tracked.handler) end)
      assert.equal(200, status)
      assert.matches("tracking: .*database away", said)
    end)
  end)
end
