local core = require("vertexsms.core")
local fault_servers = require("spec.support.faults")
local retry = require("vertexsms.request.retry")
local vertexsms = require("vertexsms")

local TOKEN = "token-of-the-retry-spec"

describe("retry.wait", function()
  local function policy(changes)
    local option = { random = function() return 0.5 end }
    for key, value in pairs(changes or {}) do option[key] = value end
    return assert(retry.policy(option))
  end

  local SEND, READ = { repeatable = false }, { repeatable = true }
  local function failed(outcome, fields)
    local err = { outcome = outcome, temporary = true }
    for key, value in pairs(fields or {}) do err[key] = value end
    return err
  end

  it("doubles the ceiling and takes any part of it", function()
    local p = policy({ attempts = 10, base = 1, max_wait = 6 })
    local waits = {}
    for attempt = 1, 5 do waits[attempt] = retry.wait(p, SEND, failed("not_sent"), attempt, 100) end
    assert.same({ 0.5, 1, 2, 3, 3 }, waits)
    p = policy({ random = function() return 0 end })
    assert.equal(0, retry.wait(p, SEND, failed("not_sent"), 1, 100))
  end)

  it("repeats a send only when it was certainly not accepted", function()
    assert.is_number(retry.wait(policy(), SEND, failed("not_sent"), 1, 100))
    assert.is_number(retry.wait(policy(), SEND, failed("rejected", { status = 503 }), 1, 100))
    assert.is_nil(retry.wait(policy(), SEND, failed("unknown", { status = 500 }), 1, 100))
    assert.is_nil(retry.wait(policy(), SEND, failed("unknown"), 1, 100))
    assert.is_number(retry.wait(policy(), READ, failed("unknown"), 1, 100))
  end)

  it("repeats a send on 500 and 501 for those who ask for it, on no other unknown outcome", function()
    local p = policy({ server_errors = true })
    assert.is_number(retry.wait(p, SEND, failed("unknown", { status = 500 }), 1, 100))
    assert.is_number(retry.wait(p, SEND, failed("unknown", { status = 501 }), 1, 100))
    assert.is_nil(retry.wait(p, SEND, failed("unknown", { status = 502 }), 1, 100))
    assert.is_nil(retry.wait(p, SEND, failed("unknown"), 1, 100))
  end)

  it("stops at the last attempt, at what will not pass, and before the deadline", function()
    assert.is_nil(retry.wait(policy(), SEND, failed("not_sent"), 3, 100))
    assert.is_nil(retry.wait(policy(), SEND, failed("not_sent", { temporary = false }), 1, 100))
    assert.is_nil(retry.wait(policy({ base = 4 }), SEND, failed("not_sent"), 1, 1.9))
    assert.is_nil(retry.wait(assert(retry.policy(false)), SEND, failed("not_sent"), 1, 100))
  end)

  it("waits as long as asked, unless that is too long", function()
    assert.equal(7, retry.wait(policy(), SEND, failed("rejected", { retry_after = 7 }), 1, 100))
    assert.equal(0, retry.wait(policy(), SEND, failed("rejected", { retry_after = 0 }), 1, 100))
    assert.is_nil(retry.wait(policy(), SEND, failed("rejected", { retry_after = 31 }), 1, 100))
    assert.is_nil(retry.wait(policy(), SEND, failed("rejected", { retry_after = 7 }), 1, 6))
  end)

  it("draws its own random numbers", function()
    local seen = {}
    for _ = 1, 100 do
      local number = core.random()
      assert.is_true(number >= 0 and number < 1)
      assert.is_nil(seen[number])
      seen[number] = true
    end
  end)

  for name, value in pairs({ attempts = 0, base = -1, max_wait = 1e9, server_errors = 1, random = 5, atempts = 1 }) do
    it("refuses a bad " .. name, function()
      local p, err = retry.policy({ [name] = value })
      assert.is_nil(p)
      assert.equal("invalid_argument", err.kind)
      assert.equal(name, err.field)
    end)
  end
end)

describe("Retry-After", function()
  local NOW = 784111777 -- Sun, 06 Nov 1994 08:49:37 GMT
  local cases = {
    ["0"] = 0, ["2"] = 2, ["120"] = 120, ["99999999999999999999999"] = 86400,
    ["Sun, 06 Nov 1994 08:49:47 GMT"] = 10, ["Sunday, 06-Nov-94 08:49:47 GMT"] = 10, ["Sun Nov  6 08:49:47 1994"] = 10,
    ["Sun, 06 Nov 1994 08:49:27 GMT"] = 0, ["Tue, 06 Nov 2096 08:49:37 GMT"] = 86400,
    ["Sunday, 06-Nov-94 08:49:38 GMT"] = 1, ["Fri, 31 Dec 9999 23:59:59 GMT"] = 86400,
  }
  for value, seconds in pairs(cases) do
    it(("%q is %d seconds"):format(value, seconds), function()
      assert.equal(seconds, core.retry_after(value, NOW))
    end)
  end

  it("counts beyond the years that 32 bits have", function()
    assert.equal(10, core.retry_after("Tue, 19 Jan 2038 03:14:12 GMT", 2 ^ 31 - 6))
    assert.equal(10, core.retry_after("Sun, 07 Feb 2106 06:28:20 GMT", 2 ^ 32 - 6))
    assert.is_true(math.abs(core.time() - os.time()) <= 1)
  end)

  for _, value in ipairs({ "", "-1", "1.5", "soon", "2s", "\0", "5\0", ("9 "):rep(50), "Sun, 06 Nov",
    "Sun, 06 Nov 1994 08:49:47", "1994-11-06T08:49:47Z", "tomorrow", "Sun, 31 Nov 1994 08:49:47 GMT" }) do
    it(("%q is nothing"):format(value), function()
      assert.is_nil(core.retry_after(value, NOW))
    end)
  end
end)

describe("a call that is repeated", function()
  local faults, waits

  setup(function() faults = fault_servers.start() end)
  teardown(function() faults:stop() end)
  before_each(function()
    faults:reset()
    waits = {}
  end)

  local function client_for(turns, options)
    local settings = {
      token = TOKEN, base_url = turns:find("^http") and turns or faults:url("status", turns),
      retry = { base = 0.01, random = function() return 0.5 end },
      on_retry = function(event) waits[#waits + 1] = event end,
    }
    for key, value in pairs(options or {}) do settings[key] = value end
    return assert(vertexsms.safe.new(settings))
  end

  local function send(client)
    local sent, err = client:send({ to = "37069912345", from = "MyShop", message = "x" })
    client:close()
    return sent, err
  end

  local function requests() return faults:seen("status").requests or 0 end

  it("is accepted in the end", function()
    local sent = send(client_for("/then/503,429,200"))
    assert.equal(3, sent.attempts)
    assert.equal(3, requests())
    assert.is_nil(sent.duplicate_possible)
    assert.is_true(sent.elapsed >= 0.015)
    assert.same({ { 503, 1, 0.005 }, { 429, 2, 0.01 } },
      { { waits[1].status, waits[1].attempt, waits[1].wait }, { waits[2].status, waits[2].attempt, waits[2].wait } })
  end)

  it("gives up after that many attempts", function()
    local _, err = send(client_for("/503"))
    assert.same({ "unavailable", "rejected", 3, 3 }, { err.kind, err.outcome, err.attempts, requests() })
    assert.matches("3 attempts", tostring(err))
  end)

  for _, turn in ipairs({ "500", "501", "502", "504", "close", "reset", "cut" }) do
    it("is not, for a send, after " .. turn, function()
      local sent, err = send(client_for(("/then/%s,200"):format(turn)))
      assert.is_nil(sent)
      assert.same({ "unknown", 1, 1, 0 }, { err.outcome, err.attempts, requests(), #waits })
    end)
  end

  for _, status in ipairs({ 400, 401, 403, 404, 405, 409 }) do
    it("is not after " .. status, function()
      local _, err = send(client_for(("/then/%d,200"):format(status)))
      assert.same({ "rejected", 1, 1 }, { err.outcome, err.attempts, requests() })
    end)
  end

  it("keeps an unknown outcome unknown, whatever comes after", function()
    for _, last in ipairs({ "400", "503", "401" }) do
      faults:reset()
      local options = { retry = { attempts = 2, base = 0, server_errors = true } }
      local _, err = send(client_for("/then/500," .. last, options))
      assert.same({ "unknown", 2, 2 }, { err.outcome, err.attempts, requests() })
    end
    faults:reset()
    local sent = send(client_for("/then/500,200", { retry = { base = 0, server_errors = true } }))
    assert.same({ true, 2, 2 }, { sent.duplicate_possible, sent.attempts, requests() })
  end)

  -- What is told of the first attempt but one is what the last one says; the outcome is that of the worst.
  for turns, expected in pairs({
    ["503,close"] = { "network", "unknown" }, ["500,close"] = { "network", "unknown", true },
    ["500,400"] = { "invalid_request", "unknown" }, ["500,503"] = { "unavailable", "unknown" },
    ["500,500"] = { "server_error", "unknown", true }, ["429,400"] = { "invalid_request", "rejected" },
    ["500,429,501"] = { "server_error", "unknown", true },
  }) do
    it("ends as the worst of " .. turns, function()
      local _, err = send(client_for("/then/" .. turns, { retry = { base = 0, server_errors = true } }))
      assert.same(expected, { err.kind, err.outcome, err.duplicate_possible })
      assert.equal(false, err.retryable and err.outcome == "unknown")
      assert.equal(err.kind ~= "invalid_request", err.temporary)
    end)
  end

  -- A server that refuses one request, and has gone when the next one comes.
  it("is rejected when a request was received and refused before the connection failed", function()
    local own = fault_servers.start()
    local _, err = send(client_for(own:url("status", "/503"), {
      retry = { attempts = 2, base = 0 }, on_retry = function() own:stop() end,
    }))
    assert.same({ "connect", "rejected", true, true, 2 },
      { err.kind, err.outcome, err.retryable, err.temporary, err.attempts })
  end)

  it("that a gateway refused is not repeated", function()
    for _, body in ipairs({ "html", "text", "empty", "truncated" }) do
      faults:reset()
      local _, err = send(client_for("/then/503,200/" .. body))
      assert.same({ "unavailable", "unknown", false, true, 1 },
        { err.kind, err.outcome, err.retryable, err.temporary, requests() })
    end
  end)

  it("tells hooks what may be repeated", function()
    local events = {}
    send(client_for("/then/503,500,503", {
      retry = { base = 0, server_errors = true }, on_response = function(event) events[#events + 1] = event end,
    }))
    local seen = {}
    for i, event in ipairs(events) do seen[i] = { event.outcome, event.temporary, event.retryable } end
    assert.same({ { "rejected", true, true }, { "unknown", true, false }, { "rejected", true, false } }, seen)
    assert.is_true(waits[1].temporary)
  end)

  it("waits as the server asks, in seconds and as a date", function()
    for _, after in ipairs({ "/503/retry-after=1", "/503/retry-after=date+1" }) do
      faults:reset()
      local started = core.now()
      local _, err = send(client_for(after, { retry = { attempts = 2 } }))
      assert.equal(2, err.attempts)
      assert.equal(1, err.retry_after)
      assert.equal(1, waits[#waits].wait)
      assert.is_true(core.now() - started >= 0.99)
    end
  end)

  it("does not wait for longer than it may", function()
    local _, err = send(client_for("/503/retry-after=3600"))
    assert.same({ "unavailable", 1, 3600, 1 }, { err.kind, err.attempts, err.retry_after, requests() })
    faults:reset()
    _, err = send(client_for("/503/retry-after=2", { timeout = 1 }))
    assert.same({ 1, 2, 1 }, { err.attempts, err.retry_after, requests() })
  end)

  it("has one deadline over all attempts and waits", function()
    local started = core.now()
    local _, err = send(client_for("/503", { timeout = 0.3, retry = { attempts = 20, base = 0.2,
      random = function() return 1 end } }))
    assert.is_true(core.now() - started < 0.3)
    assert.equal(2, err.attempts)
  end)

  it("ends with the last answer when the host came back too late for another", function()
    local _, err = send(client_for("/503", { timeout = 1, on_retry = function() core.sleep(1.05) end }))
    assert.same({ "unavailable", "rejected", 503, 1 }, { err.kind, err.outcome, err.status, err.attempts })
  end)

  it("gives up after that many tries, too, when none of them could begin", function()
    local client = client_for("/503", { retry = { base = 0, attempts = 3 } })
    local tries = 0
    client.engine = {
      holds_token = function() return false end,
      send_message = function() end,
      perform = function()
        tries = tries + 1
        return nil, { kind = "exhausted", outcome = "not_sent", retryable = true, message = "the queue is full" }
      end,
      close = function() end,
    }
    local _, err = send(client)
    assert.same({ "exhausted", "not_sent", 0, 3 }, { err.kind, err.outcome, err.attempts, tries })
  end)

  it("begins where there is no connection, and says not sent", function()
    local _, err = send(client_for(faults:url("refused")))
    assert.same({ "connect", "not_sent", 3, 2 }, { err.kind, err.outcome, err.attempts, #waits })
  end)

  it("never begins with what was refused here", function()
    local _, err = client_for("/503"):send({ to = "x", from = "MyShop", message = "x" })
    assert.same({ "invalid_argument", 0, 0 }, { err.kind, err.attempts, #waits })
  end)

  it("may be switched off", function()
    local _, err = send(client_for("/503", { retry = false }))
    assert.same({ 1, 1 }, { err.attempts, requests() })
  end)
end)

describe("a hook that raises", function()
  it("changes nothing but what is reported", function()
    local faults = fault_servers.start()
    local client = vertexsms.safe.new({
      token = TOKEN, base_url = faults:url("status", "/then/503,200"), retry = { base = 0 },
      on_request = function() error("request hook") end,
      on_response = function() error("response hook") end,
      on_retry = function() error("retry hook") end,
    })
    local reports = {}
    client.host = setmetatable({ report = function(text) reports[#reports + 1] = text end }, { __index = client.host })
    local sent = client:send({ to = "37069912345", from = "MyShop", message = "x" })
    assert.equal(2, sent.attempts)
    assert.equal(5, #reports)
    assert.matches("on_request raised: .*request hook", reports[1])
    assert.equal(2, faults:seen("status").requests)
    client:close()
    faults:stop()
  end)
end)
