local scripted = require("spec.support.scripted")
local tracks = require("spec.support.tracked")

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
      assert.equal(err.tracking_id, tracked.client.tracking:expire()[1].tracking_id)
      assert.same({ true, "5" }, { tracked.resolved[1].confirmed, tracked.resolved[1].id })
    end)
  end)
end
