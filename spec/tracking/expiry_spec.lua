local calls = require("spec.support.calls")
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

    it("counts from expireIn and scheduled", function()
      local now = os.time()
      tracked:unknown({ expireIn = 360 })
      assert.equal(1, #tracked.client.tracking:expire(now + 360 + 3700))
      tracked:unknown({ scheduled = os.date("!%Y-%m-%dT%H:%M:%SZ", now + 10 * tracks.DAY) })
      assert.equal(0, #tracked.client.tracking:expire(now + 12 * tracks.DAY))
      assert.equal(1, #tracked.client.tracking:expire(now + 14 * tracks.DAY))
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

    it("expires by itself when calls come in", function()
      local now = os.time()
      tracked:connect({ clock = function() return now end })
      local id = tracked:unknown().tracking_id
      now = now + 4 * tracks.DAY
      assert.equal(200, (calls.post(tracked.handler)))
      assert.same({ { tracking_id = id, confirmed = false, state = "never_confirmed" } }, tracked.resolved)
    end)
  end)
end
