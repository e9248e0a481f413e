-- A tracking over a database, in processes that are killed.

local callback = require("vertexsms.callback")
local calls = require("spec.support.calls")
local hosts = require("vertexsms.host")
local process = require("spec.support.process")
local scripted = require("spec.support.scripted")
local tracking = require("vertexsms.tracking")
local tracks = require("spec.support.tracked")

local blocking = hosts.pick("blocking")
local server
setup(function() server = scripted.start() end)
teardown(function()
  server:stop()
  tracks.remove_files()
end)

describe("a tracking over a database", function()
  it("survives kill -9 after an unknown send, and in the middle of one", function()
    local path = tracks.new_path()
    local script = ([[
      local core = require("vertexsms.core")
      local client = require("vertexsms").safe.new {
        token = "token", base_url = %q, retry = false, timeout = %d,
        track = { url = %q, store = %q, on_resolved = function() end },
        on_request = %s and function() os.execute("kill -9 " .. core.process_id()) end or nil,
      }
      local _, err = client:send { to = "37069912345", from = "MyShop", message = "x" }
      print(err.tracking_id)
      io.stdout:flush()
      os.execute("kill -9 " .. core.process_id())
      print("alive")
    ]])
    server:script(tracks.BROKEN)
    local _, output = process.run({ process.lua(), "-e", script:format(server.url, 5, tracks.URL, path, "false") })
    local id = output:match("^(%x+)\n$")
    assert.is_truthy(id, output)
    _, output = process.run({ process.lua(), "-e", script:format(server.url, 5, tracks.URL, path, "true") })
    assert.equal("", output)

    local events, now = {}, os.time()
    local tracker = tracking.new({
      store = path, clock = function() return now end, on_resolved = function(event) events[#events + 1] = event end,
    })
    local handler = callback.handler({ tracking = tracker })
    local function report(track, number)
      return (calls.post(handler, ('{"id":"%d","status":1}'):format(number), nil, "/?track=" .. track))
    end
    local other
    for open_id in tracks.ids_in(tracker.ledger):gmatch("%x+") do
      if open_id ~= id then other = open_id end
    end
    assert.equal(200, report(id, 1))
    assert.equal(1, #events)
    -- The one that died in the middle may for all we know still be under way; a report is kept until it cannot be.
    assert.equal(200, report(other, 2))
    assert.equal(1, #events)
    now = now + 5 + 61
    assert.equal(1, #tracker:expire())
    assert.same({ other, "2" }, { events[2].tracking_id, events[2].id })
    assert.equal("", tracks.ids_in(tracker.ledger))
  end)

  it("gives way at once when the process that had an entry in hand was killed", function()
    local path = tracks.new_path()
    local function script(act)
      return ([[
        local tracks = require("vertexsms.tracking").new { store = %q, on_resolved = function() %s end }
        tracks:settle(("a"):rep(32), { id = "1", state = "delivered" })
      ]]):format(path, act)
    end
    tracks.open(path):add({ [("a"):rep(32)] = tracks.entry() }, blocking)
    process.run({ process.lua(), "-e", script("os.execute('kill -9 ' .. require('vertexsms.core').process_id())") })
    local _, output, problems = process.run({ process.lua(), "-e", script("print('resolved')") })
    assert.equal("resolved\n", output, problems)
    assert.equal("", tracks.ids_in(tracks.open(path)))
  end)
end)
