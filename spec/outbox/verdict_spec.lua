local errors = require("vertexsms.error")
local verdicts = require("vertexsms.outbox.verdict")

local ROW = { failures = 0 }

local function verdict(fields, changes, row)
  local options = { attempts = 3, trouble = 0, now = 1000 }
  for key, value in pairs(changes or {}) do options[key] = value end
  fields.message = fields.message or "why"
  return verdicts.of(errors.new(fields), row or ROW, options)
end

describe("the verdict", function()
  it("on what may have been accepted is unknown, whatever else is true", function()
    for _, changes in ipairs({ {}, { is_late = true }, { may_lapse = true, is_late = true } }) do
      local found = verdict({ kind = "network", outcome = "unknown", temporary = true, retry_after = 5 }, changes)
      assert.same({ "unknown", "why", 259200 + 3600 }, { found.state, found.reason, found.expires })
      assert.is_nil(found.wait)
    end
    assert.equal("unknown", verdict({ kind = "unauthorized", status = 401, outcome = "unknown" }).state)
  end)

  it("on a message that VertexSMS refused is rejected, with its words", function()
    local found = verdict({ kind = "invalid_request", status = 400, outcome = "rejected", field = "from" })
    assert.same({ "rejected", "why", "from" }, { found.state, found.reason, found.field })
    assert.is_nil(found.pause)
    assert.equal("rejected", verdict({ kind = "conflict", status = 409, outcome = "rejected" }).state)
  end)

  it("on one that our own checks refuse is failed", function()
    local found = verdict({ kind = "invalid_argument", outcome = "not_sent", field = "to" })
    assert.same({ "failed", "to" }, { found.state, found.field })
  end)

  it("on what is about us and not about the message is a pause", function()
    for _, status in ipairs({ 401, 403, 404, 405 }) do
      local found = verdict({ kind = "unauthorized", status = status, outcome = "rejected" })
      assert.equal("queued", found.state)
      assert.is_truthy(found.pause:find("^HTTP " .. status .. ": why %("), found.pause)
      assert.is_nil(found.counts)
    end
    for _, fields in ipairs({
      { kind = "connect", status = 407, outcome = "not_sent" },
      { kind = "redirect", status = 302, outcome = "rejected" },
      { kind = "tls", outcome = "not_sent" }, { kind = "connect", outcome = "not_sent" },
    }) do
      local found = verdict(fields)
      assert.same({ "queued", true }, { found.state, found.pause ~= nil })
    end
  end)

  it("on what may get through another time is the queue, until its attempts are used up", function()
    for _, fields in ipairs({
      { kind = "rate_limited", status = 429, outcome = "rejected" }, { kind = "dns", outcome = "not_sent" },
      { kind = "unavailable", status = 503, outcome = "rejected" }, { kind = "timeout", outcome = "not_sent" },
    }) do
      fields.temporary = true
      local found = verdict(fields)
      assert.same({ "queued", true }, { found.state, found.counts })
      assert.is_true(found.wait >= 0 and found.wait <= 1)
      found = verdict(fields, nil, { failures = 2 })
      assert.same({ "failed", "not sent in 3 attempts: why" }, { found.state, found.reason })
    end
  end)

  it("keeps all workers waiting for a Retry-After, and while nothing gets through", function()
    local found = verdict({ kind = "unavailable", outcome = "rejected", temporary = true, retry_after = 7 })
    assert.same({ 7, true }, { found.slow, found.wait >= 7 })
    found = verdict({ kind = "rate_limited", outcome = "rejected", temporary = true, retry_after = 86400 })
    assert.same({ 3600, 3600 }, { found.slow, found.wait })
    assert.is_nil(verdict({ kind = "unavailable", outcome = "rejected", temporary = true }).slow)
    for trouble, most in pairs({ [0] = 0.5, [3] = 4, [20] = 60 }) do
      found = verdict({ kind = "connect", outcome = "not_sent", temporary = true }, { trouble = trouble })
      assert.is_true(found.slow >= most / 2 and found.slow <= most)
    end
  end)

  it("on what was given up, or came too late, is the queue without a wait", function()
    for _, kind in ipairs({ "cancelled", "closed" }) do
      local found = verdict({ kind = kind, outcome = "not_sent" })
      assert.same({ "queued" }, { found.state, found.wait, found.counts })
    end
    local found = verdict({ kind = "timeout", outcome = "not_sent", temporary = true }, { is_late = true })
    assert.same({ "queued" }, { found.state, found.wait, found.counts })
    found = verdict({ kind = "timeout", outcome = "not_sent", temporary = true }, { is_late = true, may_lapse = true })
    assert.equal("lapsed", found.state)
  end)

  it("on an answer that came late is that of the answer: the message had left", function()
    local late = { is_late = true, may_lapse = true }
    local found = verdict({ kind = "invalid_request", status = 400, outcome = "rejected", field = "from" }, late)
    assert.same({ "rejected", "why", "from" }, { found.state, found.reason, found.field })
    found = verdict({ kind = "unauthorized", status = 401, outcome = "rejected" }, late)
    assert.same({ "queued", true }, { found.state, found.pause ~= nil })
    found = verdict({ kind = "rate_limited", outcome = "rejected", temporary = true, retry_after = 9 }, late)
    assert.same({ "queued", 9, true }, { found.state, found.slow, found.counts })
  end)

  it("on what the client's guard refuses is that of its rule", function()
    local function guarded(fields)
      fields.kind, fields.outcome = "guarded", "not_sent"
      fields.temporary = fields.retry_after ~= nil
      return verdict(fields)
    end
    local found = guarded({ rule = "deny", field = "to" })
    assert.same({ "failed", "to" }, { found.state, found.field })
    found = guarded({ rule = "per_recipient", retry_after = 600 })
    assert.same({ "queued", 600 }, { found.state, found.wait, found.slow, found.counts })
    found = guarded({ rule = "budget", retry_after = 600 })
    assert.same({ "queued", 600, 600 }, { found.state, found.wait, found.slow })
    found = guarded({ rule = "live" })
    assert.same({ "queued", "why (then resume)" }, { found.state, found.pause })
  end)

  it("waits for the report of a scheduled message as long as it takes", function()
    assert.equal(259200 + 3600, verdicts.expires_in({}, 1000))
    assert.equal(360 + 3600, verdicts.expires_in({ expireIn = 360 }, 1000))
    assert.equal(3600 + 360 + 3600, verdicts.expires_in({ expireIn = 360, scheduled = "1970-01-01T01:00:00Z" }, 0))
    assert.equal(360 + 3600, verdicts.expires_in({ expireIn = 360, scheduled = "1970-01-01T01:00:00Z" }, 9999))
  end)
end)
