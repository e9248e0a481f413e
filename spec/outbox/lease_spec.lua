-- Leases that end while a message is on its way. On LuaJIT alone: a lease is a second at least, and nothing here
-- depends on the Lua.

local core = require("vertexsms.core")
local fault_servers = require("spec.support.faults")
local outboxes = require("spec.support.outboxes")
local scripted = require("spec.support.scripted")

local message = outboxes.message
local FINE = { body = '["1281532560"]' }

if not rawget(_G, "jit") then return end

describe("a worker", function()
  local server

  setup(function() server = scripted.start() end)
  teardown(function()
    server:stop()
    outboxes.remove()
  end)

  local function open(options, client_options)
    local complete = { client = server:safe(client_options) }
    for key, value in pairs(options or {}) do complete[key] = value end
    return outboxes.open(complete)
  end

  local function run(outbox, on_progress)
    return assert(outbox:run({ until_empty = true, on_progress = on_progress }))
  end

  it("does not send when its lease or send_before ends before the request can leave", function()
    for _, options in ipairs({ { send_before = 1 }, {} }) do
      local outbox
      outbox = open({ lease = 1 }, { on_request = function() core.sleep(1.1) end })
      assert(outbox:add(message(), options))
      server:script(FINE, FINE)
      run(outbox, function(totals)
        if totals.queued + totals.lapsed > 0 then outbox:stop() end
      end)
      assert.equal(options.send_before and "lapsed" or "queued", outboxes.state(outbox, 1))
      assert.equal(0, #server:requests())
      outbox:close()
    end
  end)

  it("renews its lease while a request takes long", function()
    local faults = fault_servers.start()
    local client = require("vertexsms").safe.new({
      token = "token-of-a-worker", base_url = faults:url("slow", "/1500"), host = "blocking",
    })
    local outbox = outboxes.open({ client = client, lease = 1 })
    assert(outbox:add(message()))
    run(outbox, function() outboxes.sweep(outbox) end)
    local row = assert(outbox:get(1))
    assert.same({ "accepted", 2 }, { row.state, #row.history })
    outbox:close()
    client:close()
    faults:stop()
  end)

  it("that was stopped in the middle does not send what a person has decided about meanwhile", function()
    local path, is_first = outboxes.new_path(), true
    local other = outboxes.open({ store = path })
    local outbox
    outbox = open({ store = path, lease = 1 }, { on_request = function()
      if not is_first then return end
      is_first = false
      core.sleep(1.1) -- as a machine that was put to sleep would
      outboxes.sweep(other)
      assert(other:resolve(1, "resend", "anna"))
    end })
    assert(outbox:add(message()))
    server:script(FINE, FINE)
    run(outbox)
    local row = assert(other:get(1))
    assert.same({ "accepted", 2 }, { row.state, row.attempts })
    assert.equal(1, #server:requests())
    outbox:close()
    other:close()
  end)

  -- The other process marks what the stopped worker held as unknown; what this one renews afterwards is not that. The
  -- wrong message makes each of the batch go alone.
  it("does not take back, by renewing its lease, what it has lost", function()
    local faults = fault_servers.start()
    local client = require("vertexsms").safe.new({
      token = "token-of-a-worker", base_url = faults:url("slow", "/2500"), host = "blocking",
    })
    local path, has_stopped = outboxes.new_path(), false
    local other = outboxes.open({ store = path })
    local outbox = outboxes.open({ store = path, client = client, lease = 1 })
    assert(outbox:add_many({ message({ message = "1" }), message({ message = "2" }) }))
    assert(outboxes.query(outbox, "INSERT INTO vertexsms_outbox (recipient, sender) VALUES ('abc', 'MyShop')"))
    assert(outbox:run({ until_empty = true, batch_size = 3, on_progress = function()
      if has_stopped or faults:seen("slow").requests == 0 then return end
      has_stopped = true
      core.sleep(1.1) -- as a machine that was put to sleep would
      outboxes.sweep(other)
      assert(other:resolve(2, "drop", "anna"))
    end }))
    assert.same({ "accepted", "unconfirmed" }, { outboxes.state(other, 1), outboxes.state(other, 2) })
    assert.same({ "1" }, faults:seen("slow").messages)
    outbox:close()
    other:close()
    client:close()
    faults:stop()
  end)

  -- What a person decides while a request is under way that its worker has lost, and which is accepted in the end.
  local function run_lost(decide)
    local faults = fault_servers.start()
    local client = require("vertexsms").safe.new({
      token = "token-of-a-worker", base_url = faults:url("slow", "/1000"), host = "blocking",
    })
    local path, is_decided = outboxes.new_path(), false
    local other = outboxes.open({ store = path })
    local outbox = outboxes.open({ store = path, client = client })
    assert(outbox:add(message()))
    assert(outbox:run({ until_empty = true, on_progress = function()
      if is_decided or faults:seen("slow").requests == 0 then return end
      is_decided = true
      assert(outboxes.query(other, "UPDATE vertexsms_outbox SET lease_until = 1 WHERE id = 1"))
      outboxes.sweep(other)
      assert(other:resolve(1, "resend", "anna"))
      decide(other)
    end }))
    assert(other:resume())
    assert(outbox:run({ until_empty = true }))
    local row, sent = assert(other:get(1)), #faults:seen("slow").messages
    outbox:close()
    other:close()
    client:close()
    faults:stop()
    return row, sent
  end

  it("that hears late that a message was accepted keeps it from being sent again", function()
    for _, decide in ipairs({
      function(other) assert(other:pause("wait", "anna")) end,
      function(other) assert(other:cancel(1, "anna")) end,
    }) do
      local row, sent = run_lost(decide)
      assert.same({ "accepted", 1 }, { row.state, sent })
      assert.equal("the attempt before was accepted", row.history[#row.history].reason)
      assert.is_nil(row.finished_at)
    end
  end)

  it("that hears too late that a message was accepted says that there may be two", function()
    local row = run_lost(function(other)
      local params = { n = 5, "another worker", 1, 1, 60, 1 }
      assert.equal(1, #assert(other:perform({ { sql = other.sql.claim_one, params = params } }))[1].rows)
    end)
    local line = row.history[#row.history]
    assert.same({ "accepted", "sending", "the attempt before was accepted: this may be a second message" },
      { row.state, line.from, line.reason })
  end)
end)
