local calls = require("spec.support.calls")
local core = require("vertexsms.core")
local scripted = require("spec.support.scripted")
local tracks = require("spec.support.tracked")

local server
setup(function() server = scripted.start() end)
teardown(function()
  server:stop()
  tracks.remove_files()
end)

for name, new_store in pairs(tracks.stores) do
  describe("what was never confirmed, with the " .. name .. " store:", function()
    local tracked

    before_each(function() tracked = tracks.new(server, new_store()) end)

    it("reports what was never confirmed, once, and not before the message expired", function()
      local now = os.time()
      local id = tracked:unknown().tracking_id
      assert.same({}, tracked.client.tracking:expire(now + 3 * tracks.DAY))
      local never = { tracking_id = id, confirmed = false, state = "never_confirmed" }
      assert.same({ never }, tracked.client.tracking:expire(now + 3 * tracks.DAY + 3700))
      assert.same({ never }, tracked.resolved)
      assert.same({}, tracked.client.tracking:expire(now + 9 * tracks.DAY))
      assert.equal(0, #tracked:ids())
    end)

    it("counts beyond the years that 32 bits have", function()
      for scheduled, at in pairs({
        ["2038-01-19T03:14:08Z"] = 2 ^ 31, ["2106-02-07T06:28:16+00:00"] = 2 ^ 32,
        ["9999-12-31T23:59:59Z"] = 253402300799,
      }) do
        tracked:unknown({ scheduled = scheduled })
        assert.equal(0, #tracked.client.tracking:expire(at + 3 * tracks.DAY + 3599))
        assert.equal(1, #tracked.client.tracking:expire(at + 3 * tracks.DAY + 3600))
      end
    end)

    it("counts from expireIn and scheduled", function()
      local now = os.time()
      tracked:unknown({ expireIn = 360 })
      assert.equal(1, #tracked.client.tracking:expire(now + 360 + 3700))
      tracked:unknown({ scheduled = os.date("!%Y-%m-%dT%H:%M:%SZ", now + 10 * tracks.DAY) })
      assert.equal(0, #tracked.client.tracking:expire(now + 12 * tracks.DAY))
      assert.equal(1, #tracked.client.tracking:expire(now + 14 * tracks.DAY))
      tracked:unknown({ scheduled = os.date("!%Y-%m-%dT%H:%M:%SZ", now - 10 * tracks.DAY) })
      assert.equal(0, #tracked.client.tracking:expire(now + 3 * tracks.DAY))
      assert.equal(1, #tracked.client.tracking:expire(now + 4 * tracks.DAY))
    end)

    it("keeps what could not be reported as never confirmed", function()
      local now = os.time()
      tracked:unknown()
      tracked:unknown()
      tracked.fails = "database away"
      assert.has_error(function() tracked.client.tracking:expire(now + 4 * tracks.DAY) end, "database away")
      assert.equal(2, #tracked:ids())
      tracked.fails = nil
      assert.equal(2, #tracked.client.tracking:expire(now + 4 * tracks.DAY))
    end)

    it("leaves alone what another process has put off meanwhile", function()
      local now, seen = os.time(), 0
      tracked:connect({ on_resolved = function(event)
        seen = seen + 1
        for _, id in ipairs(tracked:ids()) do
          tracked:change(id, function(entry)
            if id == event.tracking_id then return nil end
            entry.due = now + 9 * tracks.DAY
            return entry
          end)
        end
      end })
      tracked:unknown()
      tracked:unknown()
      assert.equal(1, #tracked.client.tracking:expire(now + 4 * tracks.DAY))
      assert.equal(1, seen)
      assert.equal(1, #tracked:ids())
    end)

    it("expires by itself when calls come in", function()
      local now = os.time()
      tracked:connect({ clock = function() return now end })
      local id = tracked:unknown().tracking_id
      now = now + 4 * tracks.DAY
      assert.equal(200, (calls.post(tracked.handler)))
      assert.same({ { tracking_id = id, confirmed = false, state = "never_confirmed" } }, tracked.resolved)
    end)

    local function post_another(number)
      return (calls.post(tracked.handler, ('{"id":%d,"status":1}'):format(number)))
    end

    it("holds a call up for a moment only, and goes on in the next ones", function()
      local now, seen = os.time(), 0
      tracked:connect({ clock = function() return now end, on_resolved = function()
        seen = seen + 1
        local started = core.now()
        repeat until core.now() - started > 0.002
      end })
      for _ = 1, 30 do tracked:unknown() end
      now = now + 4 * tracks.DAY
      assert.equal(200, post_another(1))
      assert.is_true(seen >= 1 and seen <= 10, tostring(seen))
      local first, posts, started = seen, 1, core.now()
      assert.equal(200, post_another(2)) -- others have their turn first
      assert.equal(first, seen)
      repeat
        posts = posts + 1
        assert.equal(200, post_another(posts))
      until seen == 30 or core.now() - started > 20
      assert.equal(30, seen)
      assert.is_true(core.now() - started >= 0.1, "without a pause")
    end)

    it("looks once a minute", function()
      local now, real, time = os.time(), core.now, 1000
      tracked:connect({ clock = function() return now end })
      local function seen_at(seconds, number)
        time = 1000 + seconds
        core.now = function() return time end
        local status = post_another(number)
        core.now = real
        assert.equal(200, status)
        return #tracked.resolved
      end
      tracked:unknown()
      now = now + 4 * tracks.DAY
      assert.equal(1, seen_at(0, 1))
      tracked:unknown()
      now = now + 4 * tracks.DAY
      assert.equal(1, seen_at(0, 2))
      assert.equal(1, seen_at(59, 3))
      assert.equal(2, seen_at(60, 4))
    end)

    it("goes on in the next calls with those that are very many", function()
      local now = os.time()
      tracked:connect({ clock = function() return now end })
      for i = 1, 150 do
        tracked:change(("%032x"):format(i), function()
          return { pending_until = 0, expires = now, due = now }
        end)
      end
      assert.equal(200, post_another(1))
      assert.is_true(#tracked.resolved <= 100)
      local posts, started = 1, core.now()
      repeat
        posts = posts + 1
        assert.equal(200, post_another(posts))
      until #tracked.resolved == 150 or core.now() - started > 20
      assert.equal(150, #tracked.resolved)
    end)

    it("does not let those that fail for ever keep the others waiting", function()
      local now, good, seen = os.time(), {}, 0
      tracked:connect({ clock = function() return now end, on_resolved = function(event)
        if not good[event.tracking_id] then error("no") end
        seen = seen + 1
      end })
      for i = 1, 140 do
        local id = ("%032x"):format(i)
        good[id] = i % 5 == 0
        tracked:change(id, function()
          return { pending_until = 0, expires = now, due = now }
        end)
      end
      for _ = 1, 50 do
        tracked.client.tracking.next_tick = 0
        pcall(tracked.client.tracking.tick, tracked.client.tracking)
      end
      assert.equal(28, seen)
      assert.equal(112, #tracked:ids())
      assert.same({}, tracked.client.tracking:expire())
      now = now + 60
      assert.has_error(function() tracked.client.tracking:expire() end)
    end)

    it("calls on_resolved the way its handler says", function()
      local now, calls_made = os.time(), {}
      tracked:connect({ clock = function() return now end })
      tracked:unknown()
      now = now + 4 * tracks.DAY
      tracked.client.tracking:tick(function(fn, ...)
        calls_made[fn] = true
        return pcall(fn, ...)
      end)
      assert.equal(1, #tracked.resolved)
      assert.is_true(calls_made[tracked.client.tracking.on_resolved])
    end)
  end)
end
