-- Many plain sends at once: what of a list is handed over, how it is taken back, and which call gets which outcome.
-- That a list comes to the same as with the complete way alone, spec/request/plain_spec.lua compares.

local core = require("vertexsms.core")
local message = require("spec.support.message")
local plain_sends = require("vertexsms.request.plain_sends")
local scripted = require("spec.support.scripted")
local waiting = require("vertexsms.host.loop.waiting")

local unpack = rawget(_G, "unpack") or rawget(table, "unpack")

local IDS = '["1281532560"]'

local function send(text)
  return { "send", message({ message = text }) }
end

local function sends_of(count)
  local calls = {}
  for i = 1, count do calls[i] = send("number " .. i) end
  return calls
end

local function ids(count)
  local bodies = {}
  for i = 1, count do bodies[i] = ('["%d"]'):format(i) end
  return bodies
end

describe("many plain sends", function()
  local server

  setup(function() server = scripted.start() end)
  teardown(function() server:stop() end)

  local function engine_of(options)
    local config = { token = "token-of-the-sends", base_url = server.url }
    for name, value in pairs(options or {}) do config[name] = value end
    return assert(core.engine(config))
  end

  -- Of `count` sends that have finished, and were not collected.
  local function finished(engine, count)
    local sends = engine:sends()
    assert.equal(count, sends:submit("/sms", sends_of(count), 1, count, math.huge))
    while engine:counters().uncollected < count do core.sleep(0.001) end
    return sends
  end

  it("say of each what it was estimated to become, though those that come to the same share a table", function()
    local engine, outcomes = engine_of(), {}
    server:script_bodies(ids(3))
    local sends = engine:sends()
    assert.equal(3, sends:submit("/sms", { send("a"), send("ž"), send("b") }, 1, 3, math.huge))
    while engine:counters().uncollected < 3 do core.sleep(0.001) end
    while engine:collect() do assert.is_not_nil(engine) end
    assert.equal(3, (sends:take(outcomes, math.huge)))
    local found = {}
    for i, outcome in ipairs(outcomes) do found[i] = outcome.result.estimate.encoding end
    assert.same({ "GSM-7", "UCS-2", "GSM-7" }, found)
    engine:close()
  end)

  it("give each call its own outcome, whichever ends first", function()
    local count = 60
    server:script_bodies(ids(count))
    local outcomes = server:safe({}):all(sends_of(count), { concurrency = 9 })
    local texts = {}
    for i, request in ipairs(server:requests()) do texts[i] = request.body:match('"message":"(.-)"') end
    assert.equal(count, #outcomes)
    for i = 1, count do
      local sent = assert(outcomes[i].result)
      assert.equal("number " .. i, texts[tonumber(sent.id)])
      assert.same({ sent.id }, sent.ids)
    end
  end)

  -- Each takes longer than a turn may, and all have ended when the first is taken.
  it("are taken turn by turn, and none is waited for that has ended", function()
    local client, waits = nil, 0
    local blocking = require("vertexsms.host.blocking")
    local host = setmetatable({ can_wait = function() return true end }, { __index = blocking })
    function host.wait(engine, ...)
      if engine:is_idle() then waits = waits + 1 end
      return blocking.wait(engine, ...)
    end
    client = server:safe({ on_warning = function()
      local deadline, now = core.now() + 0.002, client.engine:counters()
      while now.queued + now.in_flight > 0 or core.now() < deadline do now = client.engine:counters() end
    end })
    client.host = host
    local answers = {}
    for i = 1, 6 do answers[i] = { body = IDS, headers = { ["X-VertexSMS-Amount-Sent"] = "2" } } end
    server:script(unpack(answers))
    for _, outcome in ipairs(client:all(sends_of(6), { concurrency = 6 })) do assert.equal(2, outcome.result.parts) end
    assert.equal(0, waits)
  end)

  it("are those up to the first call that is none", function()
    local engine, sends = engine_of(), nil
    local none = {
      { "status", "1" }, { "send" }, { "send", message(), {} }, { message() }, { 5, message() }, {}, false, 5, "send",
      setmetatable(send("x"), {}), { "send", setmetatable(message(), {}) }, { "send", message({ to = "x" }) },
      { "send", "x" }, { "send", message({ priority = "high" }) },
    }
    for _, other in ipairs(none) do
      sends = engine:sends()
      assert.equal(0, sends:submit("/sms", { other, send("x") }, 1, 2, math.huge))
      assert.equal(0, sends:submit("/sms", { send("x"), nil, send("x") }, 2, 3, math.huge))
    end
    assert.is_true(engine:is_idle())
    server:script_bodies(ids(2))
    assert.equal(2, sends:submit("/sms", { send("1"), send("2"), none[1], send("3") }, 1, 4, math.huge))
    engine:close()
  end)

  it("are as many as the queue takes, and none where the engine is closed", function()
    server:script_bodies(ids(3))
    local engine = engine_of({ queue_limit = 1, concurrency = 1 })
    assert.equal(1, engine:sends():submit("/sms", sends_of(1), 1, 1, math.huge))
    while engine:counters().queued > 0 do core.sleep(0.001) end
    engine:close()
    assert.equal(0, engine:sends():submit("/sms", sends_of(3), 1, 3, math.huge))
    engine = engine_of({ queue_limit = 1 })
    engine:sends()
    assert.is_true(engine:sends():submit("/sms", sends_of(1000), 1, 1000, math.huge) < 1000)
    engine:close()
  end)

  it("end where the time is over, but for the first", function()
    server:script_bodies(ids(4))
    local engine = engine_of()
    assert.equal(1, engine:sends():submit("/sms", sends_of(3), 1, 3, core.now()))
    while not engine:collect() and not engine:is_idle() do core.sleep(0.001) end
    local sends, outcomes = finished(engine, 3), {}
    while engine:collect() do assert.is_not_nil(engine) end
    assert.equal(1, (sends:take(outcomes, core.now())))
    assert.is_truthy(outcomes[1] and not outcomes[2] and not outcomes[3])
    assert.is_true(sends:is_finished())
    assert.equal(2, (sends:take(outcomes, math.huge)))
    assert.is_truthy(outcomes[2].result and outcomes[3].result)
    assert.equal(0, (sends:take(outcomes, math.huge)))
    assert.is_false(sends:is_finished())
    engine:close()
  end)

  it("are collected as one thing, and counted", function()
    server:script_bodies(ids(5))
    local engine = engine_of()
    local sends = finished(engine, 5)
    local other = assert(engine:submit({ method = "POST", path = "/sms", body = "{}" }))
    while engine:counters().uncollected < 6 do core.sleep(0.001) end
    assert.same({ sends, 1 }, { engine:collect() })
    assert.same({ other, 5 }, { engine:collect() })
    assert.same({ nil, 0 }, { engine:collect() })
    assert.same({ nil, 0 }, { engine:collect(core.now()) })
    engine:close()
  end)

  it("are found where they were not collected", function()
    server:script_bodies(ids(2))
    local engine, outcomes = engine_of(), {}
    local sends = finished(engine, 2)
    assert.equal(0, (sends:take(outcomes, math.huge)))
    assert.is_true(sends:is_finished())
    assert.equal(2, (sends:take(outcomes, math.huge)))
    assert.is_nil((engine:collect()))
    engine:close()
  end)

  it("stop at one that did not succeed plainly, and give what was attempted", function()
    server:script({ status = 503, body = "busy" }, { body = '["7"]' })
    local engine, outcomes = engine_of({ concurrency = 1 }), {}
    local sends = finished(engine, 2)
    while engine:collect() do assert.is_not_nil(engine) end
    local count, number, attempt = sends:take(outcomes, math.huge)
    assert.same({ 1, 1 }, { count, number })
    assert.same({ 503, "busy", "GSM-7", 1 },
      { attempt.response.status, attempt.response.body, attempt.encoding, attempt.parts })
    assert.matches('"message":"number 1"', attempt.json, 1, true)
    assert.same({ 1 }, { sends:take(outcomes, math.huge) })
    assert.is_nil(outcomes[1])
    assert.equal("7", outcomes[2].result.id)
    engine:close()
  end)

  it("keep the answer of an attempt for as long as it is looked at", function()
    server:script({ body = "[]", headers = { ["X-Seen"] = "yes" } })
    local engine = engine_of()
    local sends = finished(engine, 1)
    while engine:collect() do assert.is_not_nil(engine) end
    local _, _, attempt = sends:take({}, math.huge)
    sends = nil -- luacheck: ignore 311
    for _ = 1, 4 do collectgarbage() end
    assert.equal("yes", attempt.response.headers["X-Seen"])
    engine:close()
  end)

  it("share the estimates of those that were taken together", function()
    server:script_bodies(ids(3))
    local engine, outcomes, calls = engine_of(), {}, sends_of(3)
    local sends = engine:sends()
    calls[3][2].message = ("x"):rep(200)
    assert.equal(3, sends:submit("/sms", calls, 1, 3, math.huge))
    while engine:counters().uncollected < 3 do core.sleep(0.001) end
    assert.is_true(sends:is_finished())
    sends:take(outcomes, math.huge)
    for i, parts in ipairs({ 1, 1, 2 }) do
      assert.same({ encoding = "GSM-7", parts = parts }, outcomes[i].result.estimate)
    end
    engine:close()
  end)

  it("are given up with what waited for them", function()
    server:script_bodies(ids(20))
    local engine = engine_of()
    finished(engine, 10)
    while engine:collect() do assert.is_not_nil(engine) end
    local sends = engine:sends()
    sends:submit("/sms", sends_of(10), 1, 10, math.huge)
    sends = nil -- luacheck: ignore 311
    for _ = 1, 4 do collectgarbage() end
    while engine:counters().in_flight + engine:counters().queued > 0 do core.sleep(0.001) end
    assert.is_nil((engine:collect()))
    assert.equal(0, engine:counters().uncollected)
    engine:close()
  end)

  -- A host, its register, and `count` sends that are waited for in it and have ended.
  local function awaited(count)
    local engine, group = engine_of({ concurrency = 1 }), waiting.group()
    local register = waiting.registers({})(engine)
    local sends = plain_sends.new({ is_plain = true, engine = engine }, {}, group)
    register:add(group, function() end)
    assert.equal(count, sends:submit(sends_of(count), 1, count, math.huge))
    assert.is_false(register:is_empty())
    while engine:counters().uncollected < count do core.sleep(0.001) end
    return engine, sends, group, register
  end

  it("that nothing waits for any more give what was answered, and leave the host's register", function()
    server:script({ status = 503, body = "busy" }, { body = '["7"]' })
    local engine, sends, _, register = awaited(2)
    sends.outcomes = nil
    assert.is_true(sends.ticket:is_finished())
    local answers = {}
    for i = 1, 3 do answers[i] = { sends:take(math.huge) } end
    assert.same({ 503, "busy" }, { answers[1][3].response.status, answers[1][3].response.body })
    assert.equal('["7"]', answers[2][3].response.body)
    assert.same({ 0 }, answers[3])
    assert.is_true(register:is_empty())
    engine:close()
  end)

  -- The host is told of them only when there were none to take: it would wait for ever for a batch that was dropped.
  it("are in the host's register only while none has ended", function()
    server:script_bodies(ids(3))
    local engine, sends, group, register = awaited(3)
    register:dispatch(engine)
    for left = 2, 1, -1 do
      assert.equal(sends.ticket, group:take())
      assert.equal(1, (sends:take(core.now())))
      assert.same({ left, true }, { sends.count, register:is_empty() })
    end
    assert.equal(sends.ticket, group:take())
    assert.equal(1, (sends:take(math.huge)))
    assert.is_truthy(group:is_empty() and sends.outcomes[1] and sends.outcomes[2] and sends.outcomes[3])
    engine:close()
  end)

  -- The first of three was taken when there was no memory for the second.
  it("are taken all the same where Lua had no memory at first", function()
    server:script_bodies(ids(3))
    local engine, sends = awaited(3)
    local ticket, raised = sends.ticket, 0
    assert.is_true(ticket:is_finished())
    sends.ticket = {
      take = function(_, outcomes, deadline)
        if raised > 0 then return ticket:take(outcomes, deadline) end
        raised = 1
        ticket:take(outcomes, core.now())
        error("not enough memory", 0)
      end,
      count = function() return ticket:count() end,
    }
    assert.equal(3, (sends:take(math.huge)))
    assert.equal(0, sends.count)
    for i = 1, 3 do assert.equal(tostring(i), sends.outcomes[i].result.id) end
    engine:close()
  end)

  it("keep their engine alive", function()
    server:script_bodies(ids(3))
    local sends, outcomes = finished(engine_of(), 3), {}
    for _ = 1, 4 do collectgarbage() end
    assert.is_true(sends:is_finished())
    assert.equal(3, (sends:take(outcomes, math.huge)))
    assert.equal(0, sends:submit("/sms", {}, 1, 1, math.huge))
  end)
end)
