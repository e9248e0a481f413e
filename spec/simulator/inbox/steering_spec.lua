-- What becomes of a message by hand. The simulator is LuaJIT's whatever runs the spec, so it is asked once.

local cjson = require("cjson")
local inboxes = require("spec.support.inbox")
local process = require("spec.support.process")
local web = require("spec.support.web")

if process.lua() ~= "luajit" then return end

describe("simulator: POST /_simulator/messages/{id}/...", function()
  local inbox, endpoint

  setup(function() inbox = inboxes.start { "--dlr-delay", "3600" } end)
  teardown(process.stop_all)
  before_each(function() endpoint = web.endpoint() end)
  after_each(function() endpoint:close() end)

  local function send(fields, path)
    fields = fields or {}
    fields.dlrUrl = endpoint.url
    return inbox:send(fields, path)
  end

  -- The next report: its ID, status and error.
  local function report()
    local _, _, body = endpoint:take("200 OK", "OK")
    local fields = cjson.decode(body)
    return { fields.id, fields.status, fields.error }
  end

  it("delivers", function()
    local id = send()
    local status, row = inbox:steer(id, "deliver")
    assert.same({ 200, "delivered" }, { status, row.state })
    assert.same({ id, "1", 0 }, report())
    local _, known = inbox.simulator:call("GET", "/sms/status/" .. id)
    assert.same({ "delivered", 1 }, { known.status, known.dlrStatus })
  end)

  it("fails, with a code in the body or the query", function()
    local id = send()
    local _, row = inbox:steer(id, "fail", { error = 21 })
    assert.same({ "undelivered", 21, "blocked by a filter" }, { row.state, row.error, row.reason })
    assert.same({ id, "2", 21 }, report())
    inbox:steer(id, "fail?error=2")
    assert.same({ id, "2", 2 }, report())
    inbox:steer(id, "fail")
    assert.same({ id, "2", 43 }, report())
    for _, body in ipairs { { error = 0 }, { error = "x" }, { error = 1.5 }, { error = 10000 }, "[]", "{" } do
      local status, answer = inbox:steer(id, "fail", body)
      assert.equal(400, status)
      assert.is_string(answer.message)
    end
  end)

  it("expires", function()
    local id = send()
    inbox:steer(id, "expire")
    assert.same({ id, "16", 0 }, report())
    local _, known = inbox.simulator:call("GET", "/sms/status/" .. id)
    assert.same({ "expired", 16 }, { known.status, known.dlrStatus })
  end)

  it("sees what is Viber's alone", function()
    local sms, viber = send(), send({}, "/viber")
    assert.equal(409, (inbox:steer(sms, "seen")))
    local _, row = inbox:steer(viber, "seen")
    assert.equal("seen", row.state)
    assert.same({ viber, "3", 0 }, report())
    local _, known = inbox.simulator:call("GET", "/sms/status/" .. viber)
    assert.equal("delivered", known.status)
  end)

  it("reports again", function()
    local id = send()
    assert.equal(409, (inbox:steer(id, "again")))
    inbox:steer(id, "fail", { error = 40 })
    assert.same({ id, "2", 40 }, report())
    inbox:steer(id, "again")
    assert.same({ id, "2", 40 }, report())
  end)

  it("reports out of order, the earlier state last", function()
    local sms, viber = send(), send({}, "/viber")
    inbox:steer(sms, "out-of-order")
    assert.same({ { sms, "1", 0 }, { sms, "2", 43 } }, { report(), report() })
    inbox:steer(viber, "out-of-order")
    assert.same({ { viber, "3", 0 }, { viber, "1", 0 } }, { report(), report() })
    assert.equal("delivered", inbox:message(sms).state)
  end)

  it("is told of by 'you' in its life", function()
    local id = inbox:send()
    inbox:steer(id, "fail", { error = 24 })
    local event = inbox:message(id).timeline[2]
    assert.same({ "undelivered", 24, "account balance limit reached", "you" },
      { event.what, event.error, event.reason, event.by })
  end)

  it("refuses other actions and other messages", function()
    local status, answer = inbox:steer(inbox:send(), "explode")
    assert.equal(404, status)
    assert.matches("deliver, fail, expire, seen, again and out-of-order", answer.message, 1, true)
    assert.equal(404, (inbox:steer("1", "deliver")))
    assert.equal(405, (inbox:call("GET", "/_simulator/messages/1/deliver")))
  end)

  it("nothing more happens by itself, and nothing after a clear", function()
    local hasty = inboxes.start { "--dlr-delay", "0.2", "--dlr-retry", "0.01" }
    local id = hasty:send { dlrUrl = endpoint.url }
    hasty:steer(id, "fail")
    assert.same({ id, "2", 43 }, report())
    hasty:send { dlrUrl = endpoint.url }
    hasty:call("DELETE", "/_simulator/messages")
    local last = hasty:send { dlrUrl = endpoint.url }
    assert.same({ last, "1", 0 }, report())
    assert.equal("delivered", hasty:message(last).state)
    hasty.simulator:stop()
  end)
end)

describe("simulator: /_simulator/settings", function()
  local inbox, endpoint

  setup(function() inbox = inboxes.start() end)
  teardown(process.stop_all)
  before_each(function() endpoint = web.endpoint() end)
  after_each(function()
    endpoint:close()
    inbox:call("PUT", "/_simulator/settings", '{"paused":false,"duplicate":false,"faults":[],"fault_rate":1}')
  end)

  local function set(settings)
    return inbox:call("PUT", "/_simulator/settings", settings)
  end

  it("tells what there is", function()
    local _, raw = web.request("GET", inbox.url .. "/_simulator/settings")
    assert.equal('{"dlr_delay":0,"duplicate":false,"fault_rate":1,"faults":[],"late":0,"paused":false,"reorder":false}',
      raw)
  end)

  it("pauses reports: a message stays sent, what is steered goes out, resuming sends the rest", function()
    set { paused = true }
    local first, second = inbox:send { dlrUrl = endpoint.url }, inbox:send { dlrUrl = endpoint.url }
    assert.equal("sent", inbox:message(first).state)
    inbox:steer(second, "fail", { error = 2 })
    local _, _, body = endpoint:take("200 OK", "OK")
    assert.same({ second, 2 }, { cjson.decode(body).id, cjson.decode(body).error })
    local _, settings = set { paused = false }
    assert.is_false(settings.paused)
    _, _, body = endpoint:take("200 OK", "OK")
    assert.same({ first, "1" }, { cjson.decode(body).id, cjson.decode(body).status })
  end)

  it("switches faults on and off", function()
    local _, settings = set { faults = { "status=503", "drop=early" }, fault_rate = 0.25 }
    assert.same({ { "status=503", "drop=early" }, 0.25 }, { settings.faults, settings.fault_rate })
    set { faults = { "status=429" }, fault_rate = 1 }
    assert.equal(429, (inbox.simulator:call("POST", "/sms", {})))
    set('{"faults":[]}')
    assert.is_string(inbox:send())
  end)

  it("sends each callback twice from now on", function()
    set { duplicate = true }
    local id = inbox:send { dlrUrl = endpoint.url }
    for _ = 1, 2 do
      local _, _, body = endpoint:take("200 OK", "OK")
      assert.equal(id, cjson.decode(body).id)
    end
  end)

  it("refuses what it does not know, and changes nothing then", function()
    for body, words in pairs {
      ['{"duplicate":true,"pause":true}'] = "There is no setting pause", ['{"paused":1}'] = "true or false",
      ['{"late":-1}'] = "seconds from 0 to 3600", ['{"fault_rate":2}'] = "0 to 1", ['{"faults":["x"]}'] = "status=CODE",
      ['{"faults":"drop"}'] = "a list", ['[]'] = "JSON object", ['{'] = "Malformed",
    } do
      local status, answer = set(body)
      assert.equal(400, status)
      assert.matches(words, answer.message, 1, true)
    end
    local _, settings = inbox:call("GET", "/_simulator/settings")
    assert.is_false(settings.duplicate)
  end)
end)
