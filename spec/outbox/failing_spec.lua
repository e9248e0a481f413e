-- A store that fails in the middle: each step may fail, and whether it was done all the same is told, or is not.

local errors = require("vertexsms.error")
local fault_servers = require("spec.support.faults")
local outboxes = require("spec.support.outboxes")
local stores = require("vertexsms.store")

local message = outboxes.message
local faults, client

setup(function()
  faults = fault_servers.start()
  client = require("vertexsms").safe.new({
    token = "token-of-a-failing-store", base_url = faults:url("ok"), host = "blocking",
  })
end)
before_each(function() faults:reset() end)
teardown(function()
  client:close()
  faults:stop()
  outboxes.remove()
end)

local FAILURES = {
  { is_done = false, committed = false, kind = "busy", temporary = true },
  { is_done = false, kind = "unreachable", temporary = true },
  { is_done = true, kind = "unreachable", temporary = true },
}

-- Fails where `when` says so, in one of those ways in turn, or always in the same.
local function fail(outbox, when, same)
  local store, count, said = outbox.store, 0, {}
  local perform = store.perform
  store.perform = function(self, step, host)
    count = count + 1
    local failure = when(count, step) and (same or FAILURES[count % #FAILURES + 1])
    if not failure then return perform(self, step, host) end
    if failure.is_done then assert(perform(self, step, host)) end
    return nil, stores.failure({
      kind = failure.kind, message = "it failed", committed = failure.committed, temporary = failure.temporary,
    })
  end
  outbox.client = setmetatable({ host = setmetatable({ report = function(text) said[#said + 1] = text end }, {
    __index = outbox.client.host,
  }) }, { __index = outbox.client })
  return said
end

local function texts_seen()
  local seen = {}
  for _, text in ipairs(faults:seen("ok").messages or {}) do seen[text] = (seen[text] or 0) + 1 end
  return seen
end

describe("a worker whose store fails", function()
  it("sends every message once, and says so only where that is so", function()
    local outbox = outboxes.open({ client = client })
    local count = 40
    for number = 1, count do assert(outbox:add(message({ message = "failing " .. number }))) end
    local said = fail(outbox, function(number) return number % 3 ~= 0 end)
    assert(outbox:run({ until_empty = true, concurrency = 4 }))
    outbox.store.perform = nil
    local seen = texts_seen()
    for number = 1, count do
      assert.equal("accepted", outboxes.state(outbox, number))
      assert.equal(1, seen["failing " .. number], "message " .. number)
    end
    assert.is_true(#said >= 2)
    assert.matches("^vertexsms: outbox: the store failed: it failed", said[1])
    assert.equal("vertexsms: outbox: the store works again", said[2])
    outbox:close()
  end)

  it("sends nothing of a claim of which it is not known whether it was written", function()
    local outbox = outboxes.open({ client = client })
    assert(outbox:add(message({ message = "doubtful" })))
    local has_failed
    fail(outbox, function(_, step)
      local is_claim = step[1] and step[1].sql == outbox.sql.claim
      if not is_claim or has_failed then return false end
      has_failed = true
      return true
    end, FAILURES[3])
    assert(outbox:run({ until_empty = true }))
    assert.is_true(has_failed)
    assert.equal("accepted", outboxes.state(outbox, 1))
    assert.same({ doubtful = 1 }, texts_seen())
    outbox:close()
  end)

  it("gives up when it is stopped and the store does not come back", function()
    local outbox = outboxes.open({ client = client })
    assert(outbox:add(message({ message = "given up" })))
    local is_sent = false
    fail(outbox, function(_, step)
      is_sent = is_sent or step[1] and step[1].sql == outbox.sql.accept
      return is_sent
    end, FAILURES[1])
    local last = require("vertexsms.outbox.worker").LAST_SECONDS
    require("vertexsms.outbox.worker").LAST_SECONDS = 0.1
    local totals, err = outbox:run({ on_progress = function()
      if is_sent then outbox:stop() end
    end })
    require("vertexsms.outbox.worker").LAST_SECONDS = last
    assert.is_nil(totals)
    assert.is_true(errors.is_error(err))
    assert.same({ "store" }, { err.kind })
    outbox:close()
  end)
end)

describe("a worker whose store is closed while it runs", function()
  it("ends, and says so", function()
    local outbox = outboxes.open({ client = client })
    local rounds = 0
    local totals, err = outbox:run({ on_progress = function()
      rounds = rounds + 1
      if rounds == 2 then outbox:close() end
      if rounds > 6 then outbox:stop() end
    end })
    assert.is_nil(totals)
    assert.same({ "store", "closed" }, { err.kind, err.code })
    assert.is_true(rounds <= 6, tostring(rounds))
  end)
end)

describe("adding to a store that fails", function()
  it("says whether the message may be there, and is right to repeat under its key", function()
    local outbox = outboxes.open()
    local perform_one = outbox.store.perform_one
    outbox.store.perform_one = function(...)
      assert(perform_one(...))
      return false, nil, stores.failure({ kind = "unreachable", message = "gone" })
    end
    local added, err = outbox:add(message(), { key = "once" })
    assert.same({ nil, "store", "unknown" }, { added, err.kind, err.outcome })
    outbox.store.perform_one = function()
      return false, nil, stores.failure({ kind = "full", message = "the disk is full", committed = false })
    end
    added, err = outbox:add(message(), { key = "once" })
    assert.same({ nil, "store", "full", "not_sent" }, { added, err.kind, err.code, err.outcome })
    outbox.store.perform_one = nil
    assert.is_true(assert(outbox:add(message(), { key = "once" })).duplicate)
    assert.equal(1, assert(outbox:counts()).total)
    outbox:close()
  end)
end)
