-- The short way of a send and the complete one come to the same: the same requests, results and errors. A client with a
-- hook has only the complete way.

local message = require("spec.support.message")
local mutations = require("spec.support.mutations")
local scripted = require("spec.support.scripted")

local unpack = rawget(_G, "unpack") or rawget(table, "unpack")

local IDS = '["1281532560"]'

local server

setup(function() server = scripted.start() end)
teardown(function() server:stop() end)

-- Times differ, and nothing else may.
local TIMES = { elapsed = true, started = true, timings = true }

local function without_times(value)
  if type(value) ~= "table" then return value end
  local copy = {}
  for key, part in pairs(value) do
    if not TIMES[key] then copy[key] = without_times(part) end
  end
  return copy
end

local function update_until(client, is_over)
  while not is_over() do
    client.engine:wait(1)
    client:update()
  end
end

-- The ways to send a message; each gives the result and the error.
local ways = {
  blocking = function(client, given) return client:send(given) end,
  all = function(client, given)
    local outcome = client:all({ { "send", given } })[1]
    return outcome.result, outcome.error
  end,
  tick = function(client, given)
    local is_over, result, reason = false, nil, nil
    local call = client:submit("send", given, function(err, sent) is_over, result, reason = true, sent, err end)
    update_until(client, function() return is_over end)
    assert.is_true(call.is_finished)
    return result, reason
  end,
  coroutine = function(client, given)
    local is_over, result, reason = false, nil, nil
    coroutine.wrap(function()
      result, reason = client:send(given)
      is_over = true
    end)()
    update_until(client, function() return is_over end)
    return result, reason
  end,
}
local HOSTS = { blocking = "blocking", all = "blocking", tick = "tick", coroutine = "tick" }

local events = {}
local function record(event) events[#events + 1] = event end

-- Sends once and gives all that can be seen of it.
local function observe(client, way, given, answers)
  server:script(unpack(answers))
  events = {}
  local ok, result, err = pcall(ways[way], client, given)
  local bodies = {}
  for i, request in ipairs(server:requests()) do bodies[i] = request.raw end
  return without_times({ ok = ok, result = result, err = err, text = err and tostring(err), bodies = bodies,
    events = events })
end

local clients = {}

local function clients_of(way, options)
  local key = way .. (options.key or "")
  if not clients[key] then
    local short = { host = HOSTS[way], on_warning = record, on_retry = record, retry = options.retry }
    local complete = { on_response = function() end }
    for name, value in pairs(short) do complete[name] = value end
    clients[key] = { server:safe(short), server:safe(complete) }
    assert.same({ true, false }, { clients[key][1].is_plain, clients[key][2].is_plain })
  end
  return clients[key][1], clients[key][2]
end

local function assert_same(way, given, answers, options)
  local short, complete = clients_of(way, options or {})
  assert.same(observe(complete, way, given, answers), observe(short, way, given, answers))
end

local MESSAGES = {
  message(), message({ to = "+37069912345", from = "+37060000000" }), message({ message = "ąčę €" }),
  message({ message = ("x"):rep(200) }), message({ message = ("\0\"\\"):rep(300) }), message({ message = "" }),
  message({ message = "\255" }), message({ to = "x" }), message({ from = "" }), message({ to = 37069912345 }),
  message({ priority = "high" }), message({ dlrUrl = "https://example.com/" .. scripted.token }),
  message({ sned = 1 }), { message() }, {}, { to = "37069912345" }, setmetatable({}, { __index = message() }),
  setmetatable(message(), {}), message({ to = scripted.token }),
  setmetatable({}, { __index = function() error("boom", 0) end }),
}

local HEADERS = { "1", "2", "0", "01", "x", "", "1, 1", "1234567", "-1" }

local ANSWERS = {
  { status = 201, body = IDS }, { status = 204 }, { status = 302, body = IDS },
  { status = 400, body = '{"message":"no"}' },
  { status = 401, body = scripted.token }, { status = 500, body = "" },
  { status = 503, headers = { ["Retry-After"] = "7" } },
  { body = "[1281532560]" }, { body = " [ \"a_-9\" ]\n" }, { body = '["a b"]' }, { body = '["1","2"]' },
  { body = '["1","1"]' }, { body = '["' .. ("9"):rep(64) .. '"]' }, { body = '["' .. ("9"):rep(65) .. '"]' },
  { body = '["\\u0031"]' }, { body = '["' .. scripted.token .. '"]' }, { body = "\239\187\191" .. IDS },
  "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 100\r\n\r\n" .. IDS, "SSH-2.0-OpenSSH\r\n\r\n",
  "HTTP/1.1 200 OK\r\nX-VertexSMS-Amount-Sent: 1\r\nX-VertexSMS-Amount-Sent: 1\r\nContent-Length: 14\r\n\r\n" .. IDS,
}
for _, value in ipairs(HEADERS) do
  ANSWERS[#ANSWERS + 1] = { body = IDS, headers = { ["X-VertexSMS-Amount-Sent"] = value } }
end

describe("a plain send is what a complete one is", function()
  for way in pairs(ways) do
    it("whatever the message: " .. way, function()
      for _, given in ipairs(MESSAGES) do assert_same(way, given, { { body = IDS } }) end
    end)

    it("whatever the answer: " .. way, function()
      for _, answer in ipairs(ANSWERS) do assert_same(way, message(), { answer }) end
    end)

    it("where it is repeated: " .. way, function()
      local retry = { key = "retry", retry = { base = 0, attempts = 3 } }
      local busy, broken, fine = { status = 503 }, { status = 500 }, { body = IDS }
      for _, answers in ipairs({ { busy, fine }, { busy, busy, busy }, { busy, broken }, { broken } }) do
        assert_same(way, message(), answers, retry)
      end
      assert_same(way, message(), { broken, fine },
        { key = "errors", retry = { base = 0, server_errors = true } })
    end)
  end

  it("whatever stands in the answer", function()
    for _, body in ipairs(mutations.of(IDS)) do assert_same("blocking", message(), { { body = body } }) end
  end)

  it("and is not sent when its call was cancelled before it began", function()
    server:script({ body = IDS })
    local client, queued, reason = server:safe({ host = "tick" }), nil, nil
    local busy = { spawn = function(work) queued = work end, is_free = function() return false end }
    client.host = setmetatable(busy, { __index = client.host })
    client:submit("send", message(), function(err) reason = err end):cancel()
    coroutine.wrap(function() queued:run() end)()
    assert.same({ "cancelled", "not_sent", 0 }, { reason.kind, reason.outcome, reason.attempts })
    assert.same({}, server:requests())
  end)

  it("and is not sent when the host says that all is over", function()
    local host = require("vertexsms.host.blocking")
    local ending = {
      name = "ending", wait = host.wait, sleep = host.sleep, spawn = host.spawn, report = host.report,
      is_over = function() return "interrupted" end,
    }
    local client = server:safe({})
    client.host = ending
    server:script({ body = IDS })
    local sent, reason = client:send(message())
    assert.is_nil(sent)
    assert.same({ "cancelled", "not_sent" }, { reason.kind, reason.outcome })
    reason = client:all({ { "send", message() } })[1].error
    assert.same({ "cancelled", "not_sent" }, { reason.kind, reason.outcome })
    assert.same({}, server:requests())
  end)
end)
