local outboxes = require("spec.support.outboxes")

local message = outboxes.message
local outbox

setup(function() outbox = outboxes.open() end)
teardown(function()
  outbox:close()
  outboxes.remove()
end)

local function unknown()
  local id = assert(outbox:add(message())).id
  for _, state in ipairs({ "sending", "unknown" }) do
    assert(outboxes.query(outbox, [[UPDATE vertexsms_outbox SET state = $2, tracking_id = $3, attempts = 1
      WHERE id = $1]], id, state, ("%032x"):format(id)))
  end
  return id
end

describe("outbox:cancel", function()
  it("takes a queued message back, once", function()
    local id = assert(outbox:add(message())).id
    local row = assert(outbox:cancel(id, "anna"))
    assert.same({ "cancelled", "anna" }, { row.state, row.changed_by })
    assert.is_truthy(row.finished_at)
    local again, err = outbox:cancel(id)
    assert.same({ nil, "conflict" }, { again, err.kind })
    assert.equal(("message %d cannot be cancelled, because it is not queued: its state is cancelled"):format(id),
      err.message)
  end)

  it("leaves what is unknown alone, and says what is not there", function()
    local id = unknown()
    local _, err = outbox:cancel(id)
    assert.equal("conflict", err.kind)
    assert.equal("unknown", outboxes.state(outbox, id))
    _, err = outbox:cancel(99999)
    assert.equal("not_found", err.kind)
    _, err = outbox:cancel("1")
    assert.same({ "invalid_argument", "id" }, { err.kind, err.field })
    _, err = outbox:cancel(id, "")
    assert.same({ "invalid_argument", "by" }, { err.kind, err.field })
  end)
end)

describe("outbox:resolve", function()
  it("sends an unknown message again, under another tracking ID", function()
    local id = unknown()
    local row = assert(outbox:resolve(id, "resend", "anna"))
    assert.same({ "queued", "anna" }, { row.state, row.changed_by })
    local earlier = ("%032x"):format(id)
    assert.equal(earlier, row.tracking_id) -- until the next attempt: a report may come of the one before
    local taken = assert(outbox:perform({ { sql = outbox.sql.claim_one, params = { n = 5, "w", 1, id, 60, 1 } } }))
    assert.are_not.equal(earlier, taken[1].rows[1].tracking_id)
    local last = row.history[3]
    assert.same({ "unknown", "queued", "sent again by decision of a person", "anna" },
      { last.from, last.to, last.reason, last.by })
  end)

  it("gives an unknown message up", function()
    local row = assert(outbox:resolve(unknown(), "drop"))
    assert.equal("unconfirmed", row.state)
    assert.is_string(row.changed_by)
  end)

  it("says of a message that a worker holds what is to be done first", function()
    local id = assert(outbox:add(message())).id
    assert(outboxes.query(outbox, [[UPDATE vertexsms_outbox SET state = 'sending', worker = '1-dead', attempts = 1,
      lease_until = {now} + 40 WHERE id = $1]], id))
    for _, decision in ipairs({ "resend", "drop" }) do
      local row, err = outbox:resolve(id, decision, "anna")
      assert.same({ nil, "conflict" }, { row, err.kind })
      assert.matches("^message %d+ is held by a worker until %d+%-%d%d%-%d%d %d%d:%d%d:%d%d; if that one is dead, run"
        .. " `vertexsms outbox run` after it, then resolve$", err.message)
    end
    assert.equal("sending", outboxes.state(outbox, id))
  end)

  it("resends what is unconfirmed, too", function()
    local id = unknown()
    assert(outbox:resolve(id, "drop", "anna"))
    assert.equal("queued", assert(outbox:resolve(id, "resend", "anna")).state)
  end)

  it("decides nothing that is known, nor by another word", function()
    local id = assert(outbox:add(message())).id
    for _, decision in ipairs({ "resend", "drop" }) do
      local row, err = outbox:resolve(id, decision)
      assert.same({ nil, "conflict" }, { row, err.kind })
    end
    local _, err = outbox:resolve(id, "retry")
    assert.equal('decision must be "resend" or "drop", not "retry"', err.message)
    assert.equal("queued", outboxes.state(outbox, id))
  end)

  it("cannot send a text again that was dropped", function()
    local id = unknown()
    assert(outboxes.query(outbox, "UPDATE vertexsms_outbox SET message = NULL WHERE id = $1", id))
    local row, err = outbox:resolve(id, "resend")
    assert.same({ nil, "conflict" }, { row, err.kind })
    assert.is_truthy(err.message:find("its text was dropped", 1, true), err.message)
  end)
end)

describe("outbox:pause", function()
  local function pause_as_a_worker(reason)
    assert(outbox:perform({ { sql = outbox.sql.stop, params = { n = 2, reason, "17-0a0b0c0d" } } }))
  end

  local function pause()
    local status = assert(outbox:status())
    return { status.paused, status.paused_by }
  end

  after_each(function() assert(outbox:resume()) end)

  -- What a worker has paused, the next `vertexsms outbox run` resumes.
  it("holds also where a worker has paused the outbox before, or does so afterwards", function()
    pause_as_a_worker("HTTP 401")
    assert.same({ "HTTP 401", "17-0a0b0c0d" }, pause())
    assert(outbox:pause("restored", "anna"))
    assert.same({ "restored", "anna" }, pause())
    pause_as_a_worker("HTTP 401")
    assert.same({ "restored", "anna" }, pause())
  end)
end)
