local callback = require("vertexsms.callback")
local cjson = require("cjson")
local message = require("spec.support.message")
local process = require("spec.support.process")
local scripted = require("spec.support.scripted")

local OK = { body = '["1281532560"]', headers = { ["X-VertexSMS-Amount-Sent"] = "1" } }
local BUSY = { status = 429, body = "{}" }

local server

setup(function() server = scripted.start() end)
teardown(function() server:stop() end)

local function client_with(guard, options)
  options = options or {}
  options.guard, options.retry = guard, options.retry or false
  return server:safe(options)
end

local function used(client, query)
  return assert(client.guard:status(query)).limits[1].used
end

local function is_guarded(err, rule)
  assert.same({ "guarded", rule, "not_sent" }, { err.kind, err.rule, err.outcome })
end

local function answers(count, answer)
  local list = {}
  for i = 1, count do list[i] = answer or OK end
  server:script((rawget(table, "unpack") or rawget(_G, "unpack"))(list))
end

describe("a guard", function()
  it("lets nothing leave that it refuses, and says why", function()
    local events = {}
    local client = client_with({ per_recipient = { { 2, 600 } } }, {
      on_guarded = function(event) events[#events + 1] = event end,
    })
    answers(3)
    assert(client:send(message()))
    assert(client:send(message({ to = "+37069912345" })))
    local sent, err = client:send(message())
    assert.is_nil(sent)
    is_guarded(err, "per_recipient")
    assert.same({ 2, 2, true, true }, { err.limit, err.used, err.temporary, err.retryable })
    assert.is_true(err.retry_after > 590 and err.retry_after <= 675)
    assert.matches("raise per_recipient", err.message, 1, true)
    assert.same({ "per_recipient", 2, 2 }, { events[1].rule, events[1].limit, events[1].used })
    assert(client:send(message({ to = "37069912346" })))
    assert.equal(3, #server:requests())
  end)

  it("counts what may have been billed, and gives back what certainly was not", function()
    local client = client_with({ budget = { parts = 10, seconds = 60 } })
    for _, case in ipairs({
      { OK, 1 }, { { status = 400, body = "{}" }, 0 }, { { status = 401, body = "{}" }, 0 }, { BUSY, 0 },
      { { status = 500, body = "{}" }, 1 }, { { status = 502, body = "" }, 1 }, { { body = "not JSON" }, 1 },
      { { body = "[]" }, 1 },
    }) do
      client.guard:reset()
      server:script(case[1])
      client:send(message())
      assert.equal(case[2], used(client), tostring(case[1].status))
    end
  end)

  it("counts no attempt twice that was certainly not accepted, and one more that may have been", function()
    local retry = { base = 0, server_errors = true }
    local client = client_with({ budget = { parts = 10, seconds = 60 } }, { retry = retry })
    server:script(BUSY, BUSY, OK)
    assert(client:send(message()))
    assert.equal(1, used(client))
    server:script({ status = 500, body = "{}" }, OK)
    local sent = assert(client:send(message()))
    assert.is_true(sent.duplicate_possible)
    assert.equal(3, used(client))
    server:script({ status = 500, body = "{}" }, BUSY, { status = 400, body = "{}" })
    assert.equal("unknown", select(2, client:send(message())).outcome)
    assert.equal(4, used(client))
  end)

  it("ends the attempts where another one that may be billed has no room", function()
    local client = client_with({ budget = { parts = 1, seconds = 60 } }, { retry = { base = 0, server_errors = true } })
    server:script({ status = 500, body = "{}" }, OK)
    local _, err = client:send(message())
    assert.same({ "server_error", "unknown", 1 }, { err.kind, err.outcome, err.attempts })
    assert.equal(1, #server:requests())
    assert.equal(1, used(client))
  end)

  it("counts the parts that VertexSMS says, where they differ", function()
    local client = client_with({ budget = { parts = 10, seconds = 60 } })
    server:script({ body = '["1"]', headers = { ["X-VertexSMS-Amount-Sent"] = "3" } })
    assert(client:send(message()))
    assert.equal(3, used(client))
    server:script({ body = '["2"]', headers = { ["X-VertexSMS-Amount-Sent"] = "1" } })
    assert(client:send(message({ message = ("x"):rep(400) })))
    assert.equal(4, used(client))
  end)

  it("lets a whole list pass, or none of it", function()
    local client = client_with({ budget = { parts = 3, seconds = 60 } })
    answers(1, { body = '["1","2"]', headers = { ["X-VertexSMS-Amount-Sent"] = "2" } })
    assert(client:send_many({ message(), message({ to = "37069912346" }) }))
    local _, err = client:send_many({ message(), message({ to = "37069912346" }) })
    is_guarded(err, "budget")
    assert.equal(2, err.index)
    assert.equal(2, used(client))
    assert.equal(1, #server:requests())
  end)

  it("gives back the batches that never came to their turn", function()
    local client = client_with({ budget = { parts = 10, seconds = 60 } }, { batch_size = 2 })
    server:script({ body = '["1","2"]' }, { status = 400, body = "{}" })
    local list = {}
    for i = 1, 6 do list[i] = message({ to = "3706991234" .. i }) end
    local _, err = client:send_many(list)
    assert.equal("accepted", err.results[1].outcome)
    assert.equal(2, used(client))
  end)

  it("counts the calls of client:all and of client:submit, and Viber messages", function()
    local client = client_with({ per_recipient = { { 2, 600 } } })
    answers(2)
    local calls = {}
    for i = 1, 5 do calls[i] = { "send", message() } end
    local passed, rules = 0, {}
    for _, outcome in ipairs(client:all(calls)) do
      if outcome.result then passed = passed + 1 else rules[outcome.error.rule] = true end
    end
    assert.equal(2, passed)
    assert.same({ per_recipient = true }, rules)
    client:submit("send", message(), function(err) is_guarded(err, "per_recipient") end)
    local _, err = client:viber({ to = "37069912345", from = "MyShop", message = "Hi" })
    is_guarded(err, "per_recipient")
    assert.equal(2, #server:requests())
  end)

  it("counts a lookup as a message of one part to that number", function()
    local client = client_with({
      per_recipient = { 2, 600 }, per_key = { 3, 600 }, budget = { parts = 9, seconds = 60 },
    })
    server:script(OK, { status = 400, body = "{}" }, { body = "[1203877133]" })
    assert(client:send(message(), { guard_key = "a" }))
    local _, err = client:hlr("+37069912345", { guard_key = "a" })
    assert.same({ "invalid_request", "rejected" }, { err.kind, err.outcome })
    assert.equal("1203877133", assert(client:hlr("37069912345", { guard_key = "a" })).id)
    is_guarded(select(2, client:hlr("37069912345", { guard_key = "a" })), "per_recipient")
    is_guarded(select(2, client:hlr("37069912346")), "per_key")
    assert.equal(2, assert(client.guard:status()).limits[3].used)
    is_guarded(select(2, client_with({ live = false }):hlr("37069912345")), "live")
    is_guarded(select(2, client_with({ allow = { "LV" } }):hlr("37069912345")), "allow")
    assert.equal(3, #server:requests())
  end)

  it("does not let messages pass by as requests of the caller's own making", function()
    local client = client_with({ live = false })
    for _, path in ipairs({
      "/sms", "/sms/", "/%73ms", "/SMS", "//sms", "/sms;a=1", "/x/../sms", "/viber", "/hlr", "/sms/;a=1", "/sms/;",
      "/sms/.", "/sms.json", "/sms%20", "/sms/%20", "/sms%252F", "/%20sms", "/sms%3Fa", "/sms%00", "/sms/cost/..",
      "/sms/cost/%2e%2e",
    }) do
      local _, err = client:request("POST", path, { json = message() })
      assert.is_true(err.kind == "invalid_argument" or err.rule == "request", path)
    end
    is_guarded(select(2, client:request("POST", "/%73ms/", { json = message() })), "request")
    server:script({ body = "[]" }, { body = "{}" })
    assert(client:request("GET", "/sms"))
    assert(client:request("POST", "/sms/cost", { json = message() }))
  end)

  it("is asked with the key of the caller's", function()
    local client = client_with({ per_key = { { 1, 600 } } })
    is_guarded(select(2, client:send(message())), "per_key")
    answers(2)
    assert(client:send(message(), { guard_key = "203.0.113.7" }))
    is_guarded(select(2, client:send(message({ to = "37069912346" }), { guard_key = "203.0.113.7" })), "per_key")
    assert(client:send(message(), { guard_key = "\1\2\3\255" }))
    assert.equal(1, used(client, { guard_key = "\1\2\3\255" }))
    assert.equal("invalid_argument", select(2, client:send(message(), { guardkey = "x" })).kind)
  end)

  it("does not send the same message twice in that many seconds", function()
    local client = client_with({ duplicate = 60 })
    server:script(OK, { status = 400, body = "{}" }, OK)
    assert(client:send(message()))
    local _, err = client:send(message())
    is_guarded(err, "duplicate")
    assert.not_matches("4815", tostring(err), 1, true)
    assert.equal("rejected", select(2, client:send(message({ message = "another" }))).outcome)
    assert(client:send(message({ message = "another" })))
  end)

  it("costs testMode nothing, but counts it as a message", function()
    local guard = { budget = { parts = 1, seconds = 60 }, per_recipient = { { 2, 60 } } }
    local client = client_with(guard)
    answers(3)
    assert(client:send(message({ testMode = 1 })))
    assert(client:send(message({ testMode = "2" })))
    is_guarded(select(2, client:send(message({ testMode = 1 }))), "per_recipient")
    assert(client:send(message({ to = "37069912346" })))
    assert.same({ 2, 1 }, { used(client, { to = "37069912345" }), client.guard:status().limits[2].used })
  end)

  it("refuses what has too many parts", function()
    local client = client_with({ max_parts = 2 })
    local _, err = client:send(message({ message = ("x"):rep(400) }))
    is_guarded(err, "max_parts")
    assert.same({ 2, 3, false }, { err.limit, err.used, err.retryable })
  end)

  it("refuses a number that a rule of numbers cannot judge", function()
    local client = client_with({ per_recipient = { { 2, 60 } } })
    is_guarded(select(2, client:send(message({ to = "869912345", correctBy = "LT" }))), "per_recipient")
    client = client_with({ allow = { "LT" } }, { validate = false })
    is_guarded(select(2, client:send(message({ to = "370 699 12345" }))), "allow")
    client = client_with({ max_parts = 1 })
    server:script(OK)
    assert(client:send(message({ to = "869912345", correctBy = "LT" })))
  end)
end)

describe("live = false", function()
  it("lets testMode and the numbers of only pass", function()
    local client = client_with({ live = false, only = { "+37069912345" } })
    answers(2)
    assert(client:send(message()))
    assert(client:send(message({ to = "37069912346", testMode = 1 })))
    is_guarded(select(2, client:send(message({ to = "37069912346" }))), "live")
    is_guarded(select(2, client_with({ live = false }):send(message())), "live")
    assert.is_false(client.guard:status().live)
  end)

  it("comes from the environment, whatever the code says", function()
    local script = [[
      local vertexsms = require "vertexsms"
      local client = assert(vertexsms.safe.new { token = "t0ken", base_url = "http://127.0.0.1:1", guard = %s })
      local sent, err = client:send { to = "37069912345", from = "MyShop", message = "Hi" }
      print(err.kind, err.rule, err.message:match("VERTEXSMS_LIVE"))
      print(vertexsms.safe.new { token = "t0ken", guard = %s, host = "blocking" } ~= nil)]]
    for _, guard in ipairs({ "nil", "{ live = true }", "{ max_parts = 3 }" }) do
      for _, value in ipairs({ "0", "false", "off", "NO" }) do
        local _, output = process.run({ process.lua(), "-e", (script:format(guard, guard)) },
          { env = { VERTEXSMS_LIVE = value } })
        assert.equal("guarded\tlive\tVERTEXSMS_LIVE\ntrue\n", output)
      end
    end
    local _, output = process.run({ process.lua(), "-e", [[
      print(select(2, require("vertexsms").safe.new { token = "t0ken" }))]] }, { env = { VERTEXSMS_LIVE = "maybe" } })
    assert.matches('VERTEXSMS_LIVE must be 0 or 1, not "maybe"', output, 1, true)
    _, output = process.run({ process.lua(), "-e", [[
      print(require("vertexsms").safe.new { token = "t0ken" }.guard)]] }, { env = { VERTEXSMS_LIVE = "1" } })
    assert.equal("nil\n", output)
  end)
end)

describe("a price", function()
  local function cost(per_part, currency)
    return { body = ('[{"to":"37069912345","parts":1,"pricePerPart":"%s","totalPrice":"%s","currency":"%s"}]')
      :format(per_part, per_part, currency or "EUR") }
  end

  it("is asked within the time of the send", function()
    local hosts, timeouts = require("vertexsms.host"), {}
    local perform = hosts.perform
    hosts.perform = function(host, engine, request, claim)
      timeouts[#timeouts + 1] = request.timeout
      return perform(host, engine, request, claim)
    end
    local client = client_with({ max_price = "0.10" }, { timeout = 8 })
    server:script(cost("0.035"), OK, OK)
    for _ = 1, 2 do assert(client:send(message())) end
    hosts.perform = perform
    assert.equal(4, timeouts[1])
    for i = 2, 3 do assert.is_true(timeouts[i] >= 4 and timeouts[i] < 8, tostring(timeouts[i])) end
  end)

  it("is asked of VertexSMS once for a prefix, before the message", function()
    local client = client_with({ max_price = "0.10", budget = { price = "0.12", seconds = 60 } })
    server:script(cost("0.0350"), OK, OK)
    assert(client:send(message()))
    assert(client:send(message({ to = "37069954321" })))
    assert.equal("0.07", used(client))
    local requests = server:requests()
    assert.same({ "/sms/cost", "/sms", "/sms" }, { requests[1].path, requests[2].path, requests[3].path })
    local _, err = client:send(message({ message = ("x"):rep(400) }))
    is_guarded(err, "max_price")
    assert.same({ "0.10", "0.105" }, { err.limit, err.used })
    _, err = client:send(message({ message = ("x"):rep(200) }))
    is_guarded(err, "budget")
    assert.same({ "0.12", "0.07" }, { err.limit, err.used })
  end)

  -- Prices of 5000 prefixes are remembered.
  it("counts in a list of more prefixes than are remembered", function()
    local client = client_with({ max_price = "0.10", budget = { price = "12", seconds = 60 } })
    local dear, asked = 1, 0
    client.methods = setmetatable({ cost = function(_, wires)
      local rows = {}
      for i = 1, #wires do rows[i] = { parts = 1, pricePerPart = i == dear and "0.5" or "0.001" } end
      asked = asked + #wires
      return rows
    end }, { __index = client.methods })
    local list = {}
    for i = 1, 12001 do list[i] = { to = ("%d00000"):format(100000 + i), from = "MyShop", message = "a" } end
    local _, err = client:send_many(list)
    is_guarded(err, "max_price")
    assert.same({ 1, "0.50", 12001 }, { err.index, err.used, asked })
    dear = nil
    _, err = client:send_many(list)
    is_guarded(err, "budget")
    assert.equal(12001, err.index)
  end)

  it("that is unknown refuses, unless it may", function()
    local client = client_with({ max_price = "0.10" })
    server:script(BUSY)
    local _, err = client:send(message())
    is_guarded(err, "price")
    assert.is_true(err.temporary)
    server:script(cost("0.0350", "USD"))
    _, err = client:send(message())
    is_guarded(err, "price")
    assert.matches("USD, not EUR", err.message, 1, true)
    is_guarded(select(2, client:viber({ to = "37069912345", from = "MyShop", message = "Hi" })), "price")
    _, err = client:hlr("37069912345")
    is_guarded(err, "price")
    assert.matches("the price of a lookup cannot be asked", err.message, 1, true)
    server:script({ status = 404, body = "{}" }, OK)
    client = client_with({ max_price = "0.10", allow_unknown_price = true })
    assert(client:send(message()))
  end)

  it("is not asked for testMode", function()
    local client = client_with({ max_price = "0.10" })
    server:script(OK)
    assert(client:send(message({ testMode = 1 })))
  end)
end)

describe("the breaker", function()
  local function clocked(guard)
    local client = client_with(guard)
    local now = 1000
    client.guard.counters.clock = function() return now end
    return client, function(seconds) now = now + seconds end
  end

  it("pauses after a 401, and lets one message try in a while", function()
    local client, pass = clocked({ breaker = { seconds = 30 } })
    server:script({ status = 401, body = "{}" }, { status = 403, body = "{}" }, OK, OK)
    assert.equal("unauthorized", select(2, client:send(message())).kind)
    local _, err = client:send(message())
    is_guarded(err, "breaker")
    assert.equal(30, err.retry_after)
    assert.matches("401", err.message, 1, true)
    pass(31)
    assert.equal("forbidden", select(2, client:send(message())).kind)
    is_guarded(select(2, client:send(message())), "breaker")
    pass(31)
    assert(client:send(message()))
    assert(client:send(message()))
    assert.equal(4, #server:requests())
  end)

  it("lets only one of many try", function()
    local client, pass = clocked({ breaker = { seconds = 30 } })
    server:script({ status = 401, body = "{}" }, { status = 502, body = "" })
    client:send(message())
    pass(31)
    client:send(message())
    is_guarded(select(2, client:send(message())), "breaker")
    assert.equal(2, #server:requests())
  end)

  it("pauses after a report of no balance, until a message arrives again", function()
    local client, pass = clocked({ breaker = true })
    client.guard:on_report({ state = "undelivered", final = true, error = 24 })
    local _, err = client:send(message())
    is_guarded(err, "breaker")
    assert.matches("balance", err.message, 1, true)
    pass(61)
    answers(2)
    assert(client:send(message()))
    is_guarded(select(2, client:send(message())), "breaker")
    client.guard:on_report({ state = "delivered", final = true, error = 0 })
    assert(client:send(message()))
  end)

  it("pauses a prefix of which too many messages do not arrive", function()
    local client, pass = clocked({ breaker = { undelivered = 0.5, least = 4 } })
    for i = 1, 8 do
      local state = i % 2 == 0 and "delivered" or "undelivered"
      client.guard:on_report({ state = state, final = true, error = 0 }, "3706991")
    end
    answers(2)
    assert(client:send(message()))
    client.guard:on_report({ state = "expired", final = true, error = 2 }, "3706991")
    is_guarded(select(2, client:send(message())), "breaker")
    assert(client:send(message({ to = "37061234567" })))
    pass(61)
    answers(1)
    assert(client:send(message()))
    is_guarded(select(2, client:send(message())), "breaker")
    assert(client.guard:reset("breaker"))
    answers(1)
    assert(client:send(message()))
  end)
end)

describe("a handler that knows the guard", function()
  it("tells it of reports, and whose they are", function()
    local client = client_with({ breaker = { undelivered = 0.5, least = 2 } })
    answers(1)
    assert(client:send(message({ dlrUrl = "https://example.com/dlr?a=1" })))
    local url = cjson.decode(server:request().body).dlrUrl
    assert.equal("https://example.com/dlr?a=1&prefix=3706991", url)
    local handler = callback.handler({ sources = { "127.0.0.1" }, guard = client.guard })
    local uri = url:match("^https://[^/]+(.*)$")
    for i = 1, 3 do
      local body = ('{"id":"%d","status":2,"error":1}'):format(i)
      assert.equal(200, (handler("POST", {}, body, "127.0.0.1", uri)))
      assert.equal(200, (handler("POST", {}, '{"id":"1","status":2,"error":1}', "127.0.0.1", uri)))
    end
    assert.equal("these numbers", client.guard:status().paused["prefix:3706991"].reason:match("these numbers"))
    is_guarded(select(2, client:send(message())), "breaker")
    answers(1)
    assert(client:send(message({ to = "37060012345" })))
    handler("POST", {}, '{"id":"9","status":2,"error":24}', "127.0.0.1", "/dlr")
    is_guarded(select(2, client:send(message({ to = "37060012345" }))), "breaker")
  end)
end)

describe("the quota of retries", function()
  it("is spent by repeated attempts and refilled by successes", function()
    local client = client_with({ retry_quota = { tokens = 2, refill = 0.5 } }, { retry = { base = 0, attempts = 2 } })
    server:script(BUSY, BUSY, BUSY, BUSY, BUSY)
    for _ = 1, 2 do assert.equal(2, select(2, client:send(message())).attempts) end
    assert.equal(1, select(2, client:send(message())).attempts)
    assert.same({ left = 0, tokens = 2 }, client.guard:status().retries)
    server:script(OK, OK, BUSY, OK)
    for _ = 1, 2 do assert(client:send(message())) end
    assert.equal(2, assert(client:send(message())).attempts)
  end)
end)

describe("a refusal that time cures", function()
  it("says the wait as people do, and has its seconds in a field", function()
    local client = client_with({ budget = { parts = 1, seconds = 86400 } })
    answers(1)
    assert(client:send(message()))
    local _, err = client:send(message({ message = "another" }))
    assert.is_true(err.retry_after > 86400 - 60)
    assert.matches("There is room again in 2[4-7] h", err.message)
    assert.matches("1 part in 86400 seconds", err.message, 1, true)
  end)
end)

describe("what is used", function()
  it("is told, and forgotten", function()
    local client = client_with({ per_recipient = { 3, 600 }, budget = { { parts = 5, seconds = 60 } } })
    answers(2)
    assert(client:send(message()))
    assert(client:send(message({ message = ("x"):rep(200) })))
    local limits = client.guard:status({ to = "+37069912345" }).limits
    assert.same({ rule = "per_recipient", unit = "messages", limit = 3, seconds = 600, used = 2 }, limits[1])
    assert.same({ rule = "budget", unit = "parts", limit = 5, seconds = 60, used = 2 }, limits[2])
    assert.is_nil(client.guard:status().limits[1].used)
    local status, err = client.guard:status({ to = "069912345" })
    assert.same({ "invalid_argument", "to" }, { status == nil and err.kind, err.field })
    assert(client.guard:reset("budget"))
    limits = client.guard:status({ to = "37069912345" }).limits
    assert.same({ 2, 0 }, { limits[1].used, limits[2].used })
    assert(client.guard:reset())
    assert.equal(0, used(client, { to = "37069912345" }))
  end)
end)

describe("what is to be forgotten", function()
  local guards = require("vertexsms.guard")

  it("must be a rule of the guard that counts", function()
    local guard = guards.new({ allow = { "LT" }, per_key = { { 1, 60 }, { 2, 600 } }, breaker = true,
      budget = { parts = 5, price = "1.00", seconds = 60 } })
    for _, rule in ipairs({ "per_key", "budget", "breaker" }) do assert.is_true(guard:reset(rule)) end
    for _, rule in ipairs({ "budgt", "duplicate" }) do
      local ok, err = guard:reset(rule)
      assert.is_nil(ok)
      assert.same({ "invalid_argument", "rule", rule .. " is not a rule of this guard (its rules: per_key, budget,"
        .. " breaker)" }, { err.kind, err.field, err.message })
    end
    assert.equal("allow counts nothing that could be forgotten (rules that count: per_key, budget, breaker)",
      select(2, guard:reset("allow")).message)
    assert.matches("it has none that counts", select(2, guards.new({}):reset("budget")).message, 1, true)
    assert.matches("must be a rule's name", select(2, guard:reset({})).message, 1, true)
  end)
end)

describe("a guard of several tables", function()
  local guards = require("vertexsms.guard")

  it("has the rules of all of them", function()
    local guard = assert(guards.make({
      { max_parts = 3, per_recipient = { 3, 600 }, allow = { "LT" } },
      { max_parts = 5, per_recipient = { { 2, 600 }, { 9, 86400 } }, allow = { "LT", "LV" } },
    }))
    local limits = guard:status().limits
    assert.same({ 2, 9 }, { limits[1].limit, limits[2].limit })
    local facts = { number = "37169912345", parts = 1, billed = 1 }
    assert.equal("allow", guard.checks[1](facts).rule)
    assert.is_nil(guards.make({}))
  end)
end)
