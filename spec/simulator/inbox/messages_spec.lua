-- What was sent, asked for by tests. The simulator is LuaJIT's whatever runs the spec, so it is asked once.

local cjson = require("cjson")
local inboxes = require("spec.support.inbox")
local process = require("spec.support.process")
local socket = require("socket")
local web = require("spec.support.web")

if process.lua() ~= "luajit" then return end

describe("simulator: /_simulator/messages", function()
  local inbox

  setup(function() inbox = inboxes.start() end)
  teardown(process.stop_all)
  before_each(function() assert.equal(200, (inbox:call("DELETE", "/_simulator/messages"))) end)

  local function ids_of(query)
    local ids = {}
    for i, message in ipairs((inbox:messages(query))) do ids[i] = message.id end
    return ids
  end

  it("has what was sent, newest first", function()
    local first, second = inbox:send(), inbox:send { to = "447911123456", message = "It’s 5 €" }
    local rows, answer = inbox:messages()
    assert.same({ second, first }, { rows[1].id, rows[2].id })
    assert.same({ 2, second }, { answer.total, answer.last_id })
    local row = rows[1]
    assert.matches("^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%d%.%d%d%dZ$", row.accepted)
    row.accepted, row.revision = nil, nil
    assert.same({
      id = second, type = "SMS", to = "447911123456", from = "MyShop", text = "It’s 5 €", state = "delivered",
      status = 1, error = 0, reason = cjson.null, encoding = "ucs2", units = 8, parts = 1, country = "GB",
      price = "0.076", currency = "EUR", report = "no URL",
    }, row)
  end)

  it("is an empty array when nothing was", function()
    local _, raw = web.request("GET", inbox.url .. "/_simulator/messages")
    assert.truthy(raw:find('"messages":[]', 1, true))
  end)

  it("finds by number, sender, text, state, type, time and ID", function()
    local first = inbox:send { message = "Your CODE is 1" }
    local second = inbox:send { to = "37069912346", from = "Bank", message = "Äpfel?", testMode = "2" }
    local third = inbox:send({ message = "a" }, "/viber")
    assert.same({ second }, ids_of("to=%2B370%20699%2012346"))
    assert.same({ second }, ids_of("from=Bank"))
    assert.same({ first }, ids_of("text=your+code"))
    assert.same({ second }, ids_of("text=%C3%84pfel%3F"))
    assert.same({ second }, ids_of("state=undelivered"))
    assert.same({ third }, ids_of("type=Viber"))
    assert.same({ third, second }, ids_of("since=" .. first))
    assert.same({ third }, ids_of("limit=1"))
    assert.same({}, ids_of("to=37069912345&from=Bank"))
    assert.same({ third, second, first }, ids_of("since=2020-01-01T00:00:00Z"))
    assert.same({}, ids_of("since=2999-12-31T00:00:00.5Z"))
    -- The simulator's clock is set in its first second.
    assert.same({ third, second }, ids_of("limit=2&since=" .. inbox:message(second).accepted))
  end)

  it("refuses what it does not know, so that no test waits for anything at all", function()
    for query, words in pairs { ["too=1"] = "no parameter too", ["state=deliverd"] = "'state'. It must be one of",
      ["since=yesterday"] = "'since'", ["wait=x"] = "'wait'", ["wait=301"] = "0 to 300", ["to=abc"] = "'to'",
      ["limit=-1"] = "'limit'", ["type=sms"] = "SMS or Viber" } do
      local status, answer = inbox:call("GET", "/_simulator/messages?" .. query)
      assert.equal(400, status)
      assert.matches(words, answer.message, 1, true)
    end
  end)

  -- Asks, and returns the open connection: the answer is read later.
  local function ask(path)
    local connection = web.connect(inbox.url)
    connection:send(("GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n"):format(path))
    return connection
  end

  local function read(connection)
    local first, _, body = web.read_message(connection)
    connection:close()
    return tonumber(first:match(" (%d+)")), cjson.decode(body)
  end

  it("waits until one comes that matches", function()
    local waiting = ask("/_simulator/messages?to=37069912346&wait=9")
    inbox:send()
    assert.is_nil((socket.select({ waiting }, nil, 0))[1])
    local id = inbox:send { to = "37069912346" }
    local status, answer = read(waiting)
    assert.same({ 200, id }, { status, answer.messages[1].id })
    assert.equal(1, #answer.messages)
  end)

  it("waits for a state too, and says when none came in time", function()
    local paused = inboxes.start { "--dlr-delay", "3600" }
    local id = paused:send()
    local connection = web.connect(paused.url)
    connection:send("GET /_simulator/messages?state=expired&wait=9 HTTP/1.1\r\nHost: localhost\r\n\r\n")
    paused:steer(id, "expire")
    local _, answer = read(connection)
    assert.equal("expired", answer.messages[1].state)
    local started = socket.gettime()
    assert.same({}, (paused:messages("state=delivered&wait=0.2")))
    assert.is_true(socket.gettime() - started >= 0.19)
    paused.simulator:stop()
  end)

  it("shows one message with its parts, what made it UCS-2, and the JSON that was sent and answered", function()
    local text = ("a"):rep(100) .. "’" .. ("b"):rep(40) .. "’😀"
    local id = inbox:send { message = text, priority = "high", dlrUrl = "http://127.0.0.1:1/?secret=1" }
    local shown = inbox:message(id)
    assert.same({ { text = ("a"):rep(67), units = 67, units_max = 67 },
      { text = ("a"):rep(33) .. "’" .. ("b"):rep(33), units = 67, units_max = 67 },
      { text = ("b"):rep(7) .. "’😀", units = 10, units_max = 67 } }, shown.part_list)
    assert.same({ { character = "’", code = "U+2019", count = 2 }, { character = "😀", code = "U+1F600", count = 1 } },
      shown.not_gsm)
    assert.same({ 3, 144, "0.105", "0.035" }, { shown.parts, shown.units, shown.price, shown.price_per_part })
    assert.same({ priority = "high", dlrUrl = "http://127.0.0.1:1/?secret=1" }, shown.fields)
    assert.equal(text, cjson.decode(shown.request.body).message)
    assert.same({ id }, cjson.decode(shown.request.answer))
    assert.same({ "POST", "/sms", 200, "3" },
      { shown.request.method, shown.request.path, shown.request.status, shown.request.amount_sent })
    assert.same({ 1, 1 }, { shown.position, shown.of })
  end)

  it("shows its life with each try of a report", function()
    local endpoint = web.endpoint()
    local hasty = inboxes.start { "--dlr-retry", "0.01" }
    local id = hasty:send { dlrUrl = endpoint.url }
    endpoint:take("500 Oops", "no")
    endpoint:take("200 OK", "OK")
    hasty.simulator:expect("200 OK$")
    local events = {}
    for i, event in ipairs(hasty:message(id).timeline) do
      events[i] = event.what .. (event.result and (" %d %s"):format(event.attempt, event.result) or "")
      assert.is_true(event.seconds == nil or event.seconds > 0 and event.seconds < 10)
    end
    assert.same({ "accepted", "sent", "delivered", "report 1 answered 500", "report 2 200 OK" }, events)
    assert.equal("answered", hasty:message(id).report)
    endpoint:close()
    hasty.simulator:stop()
  end)

  it("keeps its number of events", function()
    local id = inbox:send()
    for _ = 1, 60 do inbox:steer(id, "deliver") end
    local shown = inbox:message(id)
    assert.equal(40, #shown.timeline)
    assert.equal(23, shown.events_left_out)
    assert.equal("accepted", shown.timeline[1].what)
  end)

  it("never shows a token", function()
    local id = inbox:send()
    for _, path in ipairs { "/_simulator/messages", "/_simulator/messages/" .. id, "/_simulator/requests" } do
      local _, raw = web.request("GET", inbox.url .. path)
      assert.is_nil(raw:find("token-of-the-spec", 1, true))
    end
  end)

  it("forgets everything, and knows no other message", function()
    local id = inbox:send()
    local status, answer = inbox:call("DELETE", "/_simulator/messages")
    assert.same({ 200, 1 }, { status, answer.forgotten })
    assert.same({}, (inbox:messages()))
    assert.equal(404, (inbox:call("GET", "/_simulator/messages/" .. id)))
    for _, other in ipairs { "1", "x", "%2e%2e" } do
      assert.equal(404, (inbox:call("GET", "/_simulator/messages/" .. other)))
    end
    assert.equal(tonumber(id) + 1, tonumber((inbox:send())))
  end)

  it("answers HEAD without a body, and 405 with what there is", function()
    for _, path in ipairs { "/", "/_simulator/messages", "/_simulator/page/inbox.css" } do
      local status, body, head = web.request("HEAD", inbox.url .. path)
      assert.same({ 200, "" }, { status, body })
      assert.is_true(tonumber(head["content-length"]) > 0)
    end
    local status, _, head = inbox:call("POST", "/_simulator/messages", {})
    assert.same({ 405, "DELETE, GET, HEAD" }, { status, head.allow })
  end)

  it("takes no part in faults", function()
    local failing = inboxes.start { "--fault", "status=503" }
    assert.same({}, (failing:messages()))
    failing.simulator:stop()
  end)

  describe("/_simulator/code", function()
    it("has the digits of the last message to a number", function()
      inbox:send { message = "Your code is 1111" }
      local id = inbox:send { message = "Your code is 2222" }
      inbox:send { to = "37069912346", message = "Your code is 3333" }
      local status, answer = inbox:call("GET", "/_simulator/code?to=37069912345")
      assert.equal(200, status)
      assert.same({ "2222", id, "Your code is 2222" }, { answer.code, answer.id, answer.text })
    end)

    it("is 404, and JSON, where there is none", function()
      local status, answer = inbox:call("GET", "/_simulator/code?to=37069912345")
      assert.same({ 404, "No message matches." }, { status, answer.message })
      inbox:send { message = "Your code is 1111" }
      local id = inbox:send { message = "We open at 9" }
      status, answer = inbox:call("GET", "/_simulator/code?to=37069912345")
      assert.same({ 404, "The last message, " .. id .. ", has no code in it." }, { status, answer.message })
      assert.equal(404, (inbox:call("GET", "/_simulator/code?to=37069912345&wait=0.05")))
    end)

    it("waits for the next one", function()
      local last = inbox:send { message = "Your code is 1111" }
      local waiting = ask("/_simulator/code?to=37069912345&wait=9&since=" .. last)
      inbox:send { message = "We open at 9" }
      inbox:send { message = "Your code is 2222" }
      local status, answer = read(waiting)
      assert.same({ 200, "2222" }, { status, answer.code })
    end)
  end)
end)
