local callback = require("vertexsms.callback")
local calls = require("spec.support.calls")
local outboxes = require("spec.support.outboxes")
local settling = require("vertexsms.outbox.settling")

local unpack = rawget(table, "unpack") or rawget(_G, "unpack")

local outbox, handler

setup(function()
  outbox = outboxes.open()
  handler = callback.handler({ outbox = outbox, on_event = function() end })
end)
teardown(function()
  outbox:close()
  outboxes.remove()
end)

local last = 6000 -- of a message at VertexSMS

local function track_of(id) return ("%032x"):format(id) end

-- A message in a state that a worker leaves it in.
local function message_in(...)
  local id = assert(outbox:add(outboxes.message())).id
  for _, state in ipairs({ ... }) do
    assert(outboxes.query(outbox, [[UPDATE vertexsms_outbox SET state = $2, tracking_id = $3, attempts = 1,
      worker = 'w', lease_until = 4e9, expires_at = 4e9 WHERE id = $1]], id, state, track_of(id)))
  end
  return id
end

local function report(id, number, status, code)
  local body = ('{"id":"%d","status":%d,"error":%d}'):format(number, status, code or 0)
  return (calls.post(handler, body, nil, "/dlr?track=" .. track_of(id)))
end

describe("a report", function()
  it("says what became of an accepted message", function()
    for status, state in pairs({ [1] = "delivered", [2] = "undelivered", [3] = "seen", [16] = "expired" }) do
      local id = message_in("sending", "accepted")
      assert.equal(200, report(id, 1000 + status, status, status == 2 and 1 or 0))
      local row = assert(outbox:get(id))
      assert.same({ state, "report" }, { row.state, row.changed_by })
      assert.same(status == 2 and { 1, "illegal subscriber" } or { 0 }, { row.error, row.reason })
      assert.is_truthy(row.finished_at)
    end
  end)

  it("settles an unknown one, and an unconfirmed one", function()
    for number, states in ipairs({ { "sending", "unknown" }, { "sending", "unknown", "unconfirmed" } }) do
      local id = message_in(unpack(states))
      assert.equal(200, report(id, 2000 + number, 1))
      local row = assert(outbox:get(id))
      assert.same({ "delivered", tostring(2000 + number) }, { row.state, row.vertexsms_id })
      assert.same({ "accepted", "delivered" }, { row.history[#row.history - 1].to, row.history[#row.history].to })
    end
  end)

  it("may come before the worker has written that the message was accepted", function()
    local id = message_in("sending")
    assert.equal(200, report(id, 3000, 1))
    assert.equal("delivered", outboxes.state(outbox, id))
    local worker = { outbox = outbox, name = "w", trouble = 0 }
    for _, verdict in ipairs({
      { state = "accepted", vertexsms_id = "3000", parts = 2, expires = 60 },
      { state = "unknown", reason = "x", expires = 60 },
    }) do
      local step = {}
      settling.append(step, worker, { { row = { id = id, attempts = 1 }, verdict = verdict } })
      assert(outbox:perform(step))
    end
    local row = assert(outbox:get(id))
    assert.same({ "delivered", "3000", 2 }, { row.state, row.vertexsms_id, row.parts })
  end)

  it("of a state that is not known says that it was accepted", function()
    local id = message_in("sending", "unknown")
    assert.equal(200, report(id, 4000, 99))
    assert.equal("accepted", outboxes.state(outbox, id))
  end)

  it("that comes late does not take back what an earlier one said, unless it knows better", function()
    local id = message_in("sending", "accepted")
    assert.equal(200, report(id, 5000, 2, 43))
    assert.equal(200, report(id, 5000, 1))
    assert.equal("delivered", outboxes.state(outbox, id))
    assert.equal(200, report(id, 5000, 16))
    assert.equal("delivered", outboxes.state(outbox, id))
    assert.equal(200, report(id, 5000, 3))
    assert.equal("seen", outboxes.state(outbox, id))
  end)

  for _, then_by in ipairs({ "nothing", "cancelled", "lapsed", "failed" }) do
    it("of the attempt before a resend says that it was accepted, when since then came: " .. then_by, function()
      local id = message_in("sending", "unknown")
      assert(outbox:resolve(id, "resend", "anna"))
      if then_by ~= "nothing" then
        assert(outboxes.query(outbox, "UPDATE vertexsms_outbox SET state = $2 WHERE id = $1", id, then_by))
      end
      last = last + 1
      assert.equal(200, report(id, last, 1))
      local row = assert(outbox:get(id))
      local line = row.history[#row.history - 1]
      assert.same({ "delivered", tostring(last) }, { row.state, row.vertexsms_id })
      assert.same({ then_by == "nothing" and "queued" or then_by, "accepted" }, { line.from, line.to })
      assert.same({ "the attempt before was accepted", "report" }, { line.reason, line.by })
    end)
  end

  local function begin_again_ends(id, state)
    assert(outboxes.query(outbox, [[UPDATE vertexsms_outbox SET state = $2, worker = NULL, lease_until = NULL
      WHERE id = $1]], id, state))
  end

  local function begin_again(id, state)
    assert(outbox:resolve(id, "resend", "anna"))
    local taken = assert(outbox:perform({ { sql = outbox.sql.claim_one, params = { n = 5, "w", 1, id, 60, 1 } } }))
    assert.are_not.equal(track_of(id), taken[1].rows[1].tracking_id)
    if state ~= "sending" then begin_again_ends(id, state) end
  end

  local SECOND = "the attempt before was accepted: this may be a second message"

  it("of the attempt before one of which nothing is known says so, and there is no third", function()
    for _, state in ipairs({ "sending", "unknown", "unconfirmed" }) do
      local id = message_in("sending", "unknown")
      begin_again(id, "sending")
      if state ~= "sending" then begin_again_ends(id, "unknown") end
      if state == "unconfirmed" then begin_again_ends(id, state) end
      last = last + 1
      assert.equal(200, report(id, last, 1))
      local step, worker = {}, { outbox = outbox, name = "w", trouble = 0 }
      settling.append(step, worker, { { row = { id = id, attempts = 2 }, verdict = { state = "queued" } } })
      assert(outbox:perform(step))
      local row = assert(outbox:get(id))
      local line = row.history[#row.history - 1]
      assert.same({ "delivered", state, SECOND }, { row.state, line.from, line.reason })
      assert.is_nil(row.worker)
    end
  end)

  it("of the attempt before one that was accepted, too, is noted, once", function()
    local id = message_in("sending", "unknown")
    begin_again(id, "accepted")
    for status = 2, 1, -1 do
      last = last + 1
      assert.equal(200, report(id, last, status))
    end
    local row = assert(outbox:get(id))
    local notes = {}
    for _, line in ipairs(row.history) do
      if line.from == line.to then notes[#notes + 1] = line.by .. ": " .. line.reason end
    end
    assert.same({ "accepted", { "report: " .. SECOND } }, { row.state, notes })
  end)

  it("of the attempt before one that was refused says that it was accepted", function()
    local id = message_in("sending", "unknown")
    begin_again(id, "rejected")
    last = last + 1
    assert.equal(200, report(id, last, 1))
    assert.equal("delivered", outboxes.state(outbox, id))
  end)

  it("that no message waits for is answered as any other", function()
    assert.equal(200, report(999999, 7000, 1))
  end)

  it("is to come again while the store fails", function()
    local id = message_in("sending", "unknown")
    local perform = outbox.perform
    outbox.perform = function() return nil, require("vertexsms.store").failure({ kind = "busy", committed = false }) end
    local status = report(id, 8000, 1)
    outbox.perform = perform
    assert.equal(500, status)
    assert.equal(200, report(id, 8000, 1))
    assert.equal("delivered", outboxes.state(outbox, id))
  end)
end)
