local core = require("vertexsms.core")
local mutations = require("spec.support.mutations")
local scripted = require("spec.support.scripted")

local EXAMPLE = '{"id":1281532560,"status":"delivered","type":"SMS","createDate":"2026-04-14 10:30:00",'
  .. '"sentDate":"2026-04-14 10:30:01","dlrDate":"2026-04-14 10:30:03","from":"VertexSMS","to":"37069912345",'
  .. '"text":"Test message","udh":null,"dlrStatus":1,"error":0}'

local ID = "1281532560"
local STATES = { pending = 1, sent = 1, delivered = 1, undelivered = 1, expired = 1, unknown = 1 }

local server

setup(function() server = scripted.start() end)
teardown(function() server:stop() end)

local function status_of(value, more)
  return { body = ('{"id":"1281532560","status":%s%s}'):format(value, more or "") }
end

describe("client:status", function()
  it("asks what is documented, of the status base URL", function()
    server:script({ body = EXAMPLE })
    local status = server:safe({ base_url = "http://127.0.0.1:1", status_base_url = server.url }):status(ID)
    assert.is_true(status.elapsed > 0)
    status.elapsed = nil
    assert.same({
      id = ID, state = "delivered", final = true, status = "delivered", type = "SMS",
      createDate = "2026-04-14 10:30:00", sentDate = "2026-04-14 10:30:01", dlrDate = "2026-04-14 10:30:03",
      from = "VertexSMS", to = "37069912345", text = "Test message", dlrStatus = 1, error = 0, attempts = 1,
    }, status)
    local request = server:request()
    assert.same({ "GET", "/sms/status/1281532560", "", "" },
      { request.method, request.path, request.query, request.body })
    assert.is_nil(request.headers["content-type"])
  end)

  for given, expected in pairs({
    ['"pending"'] = { "pending", false }, ['"sent"'] = { "sent", false }, ['"delivered"'] = { "delivered", true },
    ['"undelivered"'] = { "undelivered", true }, ['"expired"'] = { "expired", true },
    ['"Delivered"'] = { "delivered", true },
    ["0"] = { "pending", false }, ["1"] = { "delivered", true }, ["2"] = { "undelivered", true },
    ["3"] = { "delivered", true }, ["16"] = { "expired", true }, ['"16"'] = { "expired", true },
    ['"seen"'] = { "delivered", true }, ["7"] = { "unknown", false }, ['"lost"'] = { "unknown", false },
    ['""'] = { "unknown", false },
  }) do
    it("understands " .. given, function()
      server:script(status_of(given))
      local status = server:safe():status(ID)
      assert.same(expected, { status.state, status.final })
      assert.equal((given:gsub('"', "")), status.status)
    end)
  end

  it("tells sent from pending by the date where both are 0", function()
    server:script(status_of("0", ',"sentDate":"2026-04-14 10:30:01"'))
    assert.equal("sent", server:safe():status(ID).state)
    server:script(status_of("0", ',"sentDate":null'))
    assert.equal("pending", server:safe():status(ID).state)
  end)

  it("calls a message expired that is undelivered because its time was over", function()
    for _, given in ipairs({ '"undelivered"', "2", '"2"' }) do
      server:script(status_of(given, ',"dlrStatus":2,"error":2'))
      local status = server:safe():status(ID)
      assert.same({ "expired", true, 2, 2 }, { status.state, status.final, status.dlrStatus, status.error })
    end
    server:script(status_of('"undelivered"', ',"dlrStatus":2,"error":43'))
    assert.equal("undelivered", server:safe():status(ID).state)
  end)

  it("keeps big IDs, and codes that are none", function()
    server:script({ body = '{"id":12815325601281532560,"status":"sent","error":"odd","dlrStatus":"16"}' })
    local status = server:safe():status("12815325601281532560")
    assert.same({ "12815325601281532560", "odd", 16 }, { status.id, status.error, status.dlrStatus })
  end)

  it("warns when the answer is about another message", function()
    local events = {}
    local client = server:safe({ on_warning = function(event) events[#events + 1] = event end })
    server:script(status_of('"sent"'))
    assert.equal(ID, client:status("5").id)
    assert.same({ { code = "id_differs", method = "GET", path = "/sms/status/5", asked = "5", id = ID } }, events)
  end)

  it("never becomes another path", function()
    local client = server:safe()
    server:script({ body = EXAMPLE })
    for _, id in ipairs({
      "", ".", "..", "1/../2", "1/2", "/", "1?x=1", "1\r\n2", "1\0", "a..b", "1\\2", ("1"):rep(300),
    }) do
      local status, err = client:status(id)
      assert.is_nil(status)
      assert.same({ "invalid_argument", "not_sent", "id" }, { err.kind, err.outcome, err.field })
    end
    assert.same({}, server:requests())
    server:script({ body = EXAMPLE })
    client:status("a b%2Fc#é;=&")
    assert.equal("/sms/status/a%20b%252Fc%23%C3%A9%3B%3D%26", server:request().path)
  end)

  it("raises for an ID that is not a string", function()
    for _, client in ipairs({ server:safe(), server:raising() }) do
      assert.has_error(function() client:status(5) end)
      assert.has_error(function() client:status() end)
    end
  end)

  it("is a read: repeated on whatever may pass", function()
    server:script({ status = 502 }, { status = 500 }, { body = EXAMPLE })
    assert.equal(3, server:safe({ retry = { base = 0 } }):status(ID).attempts)
  end)

  it("says that there is no such message", function()
    server:script({ status = 404, body = '{"message":"Message not found"}' })
    local _, err = server:safe():status(ID)
    assert.same({ "not_found", "Message not found", "/sms/status/" .. ID }, { err.kind, err.message, err.path })
  end)

  it("makes a result or an error of whatever comes", function()
    local client = server:safe()
    mutations.feed(server, EXAMPLE, function() return client:status(ID) end, function(status)
      assert(STATES[status.state] and type(status.final) == "boolean" and type(status.id) == "string")
      assert(status.text == nil or type(status.text) == "string")
    end)
  end)
end)

describe("client:wait_delivered", function()
  -- A clock that only the client's pauses move.
  local function client_with_clock(options)
    local client, clock = server:safe(options), { now = 0, pauses = {} }
    local real = core.now
    client.host = setmetatable({ sleep = function(seconds)
      clock.now = clock.now + seconds
      clock.pauses[#clock.pauses + 1] = seconds
      assert(#clock.pauses < 1000)
    end }, { __index = client.host })
    local readings = 0
    core.now = function()
      readings = readings + 1
      assert(readings < 20000, "asked without a pause")
      return clock.now
    end
    finally(function() core.now = real end)
    return client, clock
  end

  it("asks until the state is final, more and more slowly", function()
    local client, clock = client_with_clock()
    server:script(status_of('"pending"'), status_of("0"), status_of('"sent"'), status_of('"undelivered"'))
    local status = client:wait_delivered(ID)
    assert.same({ "undelivered", true }, { status.state, status.final })
    assert.same({ 1, 1.5, 2.25 }, clock.pauses)
    assert.equal(4, #server:requests())
  end)

  it("takes 404 for not yet, for a while", function()
    local client, clock = client_with_clock()
    server:script({ status = 404 }, { status = 404 }, { body = EXAMPLE })
    assert.equal("delivered", client:wait_delivered(ID).state)
    assert.equal(2, #clock.pauses)
    server:script({ status = 404 })
    clock.now = 0
    local status, err = client:wait_delivered(ID, { grace = 10, timeout = 100 })
    assert.is_nil(status)
    assert.equal("not_found", err.kind)
    assert.is_true(clock.now > 10 and clock.now < 20)
  end)

  it("ends in time, with what was known last", function()
    local client, clock = client_with_clock()
    server:script(status_of('"sent"'))
    local status, err = client:wait_delivered(ID, { timeout = 20, interval = 2 })
    assert.is_nil(status)
    assert.same({ "timeout", "sent", true, "unknown" }, { err.kind, err.last.state, err.retryable, err.outcome })
    assert.matches("no final state after 20 seconds; its state was sent", tostring(err), 1, true)
    assert.is_true(clock.now >= 18 and clock.now <= 20)
    assert.equal(err.attempts, #server:requests())
  end)

  it("never asks without a pause, and no pause grows beyond bounds", function()
    local client, clock = client_with_clock()
    server:script(status_of('"sent"'))
    client:wait_delivered(ID, { timeout = 3600, interval = 0.1 })
    local total = 0
    for _, pause in ipairs(clock.pauses) do
      total = total + pause
      assert.is_true(pause >= 0.1 and pause <= 30)
    end
    assert.is_true(total <= 3600 and #clock.pauses < 150)
  end)

  it("goes on after what may pass, and ends with what may not", function()
    local client = client_with_clock()
    server:script({ status = 503 }, status_of('"sent"'), { status = 500 }, { body = EXAMPLE })
    assert.equal("delivered", client:wait_delivered(ID).state)
    server:script(status_of('"sent"'), { status = 401 })
    local _, err = client:wait_delivered(ID)
    assert.equal("unauthorized", err.kind)
    server:script({ status = 503 })
    _, err = client:wait_delivered(ID, { timeout = 5 })
    assert.equal("unavailable", err.kind)
  end)

  it("waits for real", function()
    server:script(status_of('"sent"'), { body = EXAMPLE })
    local started = core.now()
    assert.equal("delivered", server:raising():wait_delivered(ID, { interval = 0.1 }).state)
    assert.is_true(core.now() - started >= 0.1)
  end)

  it("checks its options", function()
    local client = server:safe()
    for field, values in pairs({ timeout = { 0, -1, 0 / 0, "5" }, interval = { 0, 0.01, 5000 }, grace = { -1 } }) do
      for _, value in ipairs(values) do
        local status, err = client:wait_delivered(ID, { [field] = value })
        assert.is_nil(status)
        assert.same({ "invalid_argument", field }, { err.kind, err.field })
      end
    end
    assert.matches('did you mean "timeout"?', select(2, client:wait_delivered(ID, { timout = 1 })).message, 1, true)
    assert.equal("id", select(2, client:wait_delivered("../x")).field)
    assert.has_error(function() client:wait_delivered(5) end)
    assert.has_error(function() client:wait_delivered(ID, 5) end)
  end)
end)
