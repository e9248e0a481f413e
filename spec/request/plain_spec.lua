-- The short way of a send and the complete one come to the same: the same requests, results and errors. A client with a
-- hook has only the complete way.

local core = require("vertexsms.core")
local message = require("spec.support.message")
local mutations = require("spec.support.mutations")
local nginxes = require("spec.support.nginx")
local plain = require("vertexsms.request.plain")
local plain_sends = require("spec.support.plain_sends")
local process = require("spec.support.process")
local scripted = require("spec.support.scripted")

local unpack = rawget(_G, "unpack") or rawget(table, "unpack")

local IDS = '["1281532560"]'

local MESSAGES = plain_sends.messages(scripted.token)

local server, nginx

setup(function() server = scripted.start() end)
teardown(function()
  nginxes.stop_all()
  server:stop()
end)

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

-- Each gives the observation of a plain client and that of a complete one: fun(retry, complete, given).
local observers = {}

local clients, events = {}, {}

local function client_of(way, retry, is_complete)
  local key = way .. retry .. tostring(is_complete)
  if not clients[key] then
    local options = select(is_complete and 2 or 1, plain_sends.options(plain_sends.RETRIES[retry], function(event)
      events[#events + 1] = event
    end))
    options.host = HOSTS[way]
    clients[key] = server:safe(options)
    assert.equal(not is_complete, clients[key].is_plain)
  end
  return clients[key]
end

for way, send in pairs(ways) do
  observers[way] = function(retry, is_complete, given)
    local client = client_of(way, retry, is_complete)
    events = {}
    return plain_sends.observe(function() return send(client, given) end, events)
  end
end

local NGINX_HTTP = [[
  init_by_lua_block {
    local plain_sends, vertexsms = require "spec.support.plain_sends", require "vertexsms"
    cjson = require "cjson"
    messages, clients, events = plain_sends.messages "$token", {}, {}
    for retry, policy in pairs(plain_sends.RETRIES) do
      local plain, complete = plain_sends.options(policy, function(event) events[#events + 1] = event end)
      for name, options in pairs({ plain = plain, complete = complete }) do
        options.token, options.base_url, options.host = "$token", "$url", "nginx"
        clients[name .. "-" .. retry] = vertexsms.safe.new(options)
        assert(clients[name .. "-" .. retry].is_plain == (name == "plain"))
      end
    end
    observe = plain_sends.observe
  }
]]

local NGINX_SERVER = [[
  location ~ ^/(send|submit|all)/([a-z-]+)/([0-9]+) {
    content_by_lua_block {
      local method, client, message = ngx.var[1], clients[ngx.var[2] ], messages[tonumber(ngx.var[3])]
      events = {}
      ngx.print(cjson.encode(observe(function()
        if method == "send" then return client:send(message) end
        if method == "submit" then
          local is_over, result, reason = require("ngx.semaphore").new(), nil, nil
          client:submit("send", message, function(err, sent)
            result, reason = sent, err
            is_over:post()
          end)
          assert(is_over:wait(10))
          return result, reason
        end
        local outcome = client:all({ { "send", message } })[1]
        return outcome.result, outcome.error
      end, events)))
    }
  }
]]

local function start_nginx()
  local values = { token = scripted.token, url = server.url }
  local http = NGINX_HTTP:gsub("%$(%l+)", values)
  return nginxes.start({ workers = 2, http = http, server = NGINX_SERVER })
end

local function number_of(given)
  for i, one in ipairs(MESSAGES) do
    if rawequal(one, given) then return i end
  end
end

-- nginx has its own LuaJIT, whatever runs the spec: once is enough.
if process.lua() == "luajit" then
  for _, method in ipairs({ "send", "submit", "all" }) do
    observers["nginx, " .. method] = function(retry, is_complete, given)
      nginx = nginx or start_nginx()
      local name = (is_complete and "complete-" or "plain-") .. retry
      local status, body = nginx:get(("/%s/%s/%d"):format(method, name, number_of(given)))
      assert.equal(200, status, nginx:log())
      return require("cjson").decode(body)
    end
  end
end

-- Sends once and gives all that can be seen of it.
local function observe(way, retry, is_complete, given, answers)
  server:script(unpack(answers))
  local seen = observers[way](retry, is_complete, given)
  seen.bodies = {}
  for i, request in ipairs(server:requests()) do seen.bodies[i] = request.raw end
  return seen
end

local function assert_same(way, given, answers, retry)
  retry = retry or "none"
  assert.same(observe(way, retry, true, given, answers), observe(way, retry, false, given, answers))
end

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
  for way in pairs(observers) do
    it("whatever the message: " .. way, function()
      for _, given in ipairs(MESSAGES) do assert_same(way, given, { { body = IDS } }) end
    end)

    it("whatever the answer: " .. way, function()
      for _, answer in ipairs(ANSWERS) do assert_same(way, MESSAGES[1], { answer }) end
    end)

    it("where it is repeated: " .. way, function()
      local busy, broken, fine = { status = 503 }, { status = 500 }, { body = IDS }
      for _, answers in ipairs({ { busy, fine }, { busy, busy, busy }, { busy, broken }, { broken } }) do
        assert_same(way, MESSAGES[1], answers, "some")
      end
      assert_same(way, MESSAGES[1], { broken, fine }, "errors")
    end)
  end

  -- What of a list is plain goes together, and the rest between it.
  it("in any list of calls", function()
    local others = { { "sned" }, { "send" }, 5, { "operator", "x" }, { "viber", MESSAGES[5] } }
    local calls, answers, server_answers = {}, {}, { { body = IDS }, { status = 503 }, ANSWERS[4], { body = IDS } }
    for round = 1, 3 do
      for i, given in ipairs(MESSAGES) do
        calls[#calls + 1] = { "send", MESSAGES[1] }
        calls[#calls + 1] = (i + round) % 5 == 0 and { "send", given, {} } or { "send", given }
        calls[#calls + 1] = others[i] or { "send", given }
      end
    end
    for i = 1, 3 * #calls do answers[i] = server_answers[(i * i + i) % #server_answers + 1] end
    local function observe_list(way, is_complete)
      local client, outcomes = client_of(way, "some", is_complete), nil
      server:script(unpack(answers))
      events = {}
      local seen = plain_sends.observe(function()
        if way == "blocking" then return client:all(calls, { concurrency = 1 }) end
        coroutine.wrap(function() outcomes = client:all(calls, { concurrency = 1 }) end)()
        update_until(client, function() return outcomes end)
        return outcomes
      end, events)
      seen.bodies = {}
      for i, request in ipairs(server:requests()) do seen.bodies[i] = request.raw end
      return seen
    end
    for _, way in ipairs({ "blocking", "coroutine" }) do
      local complete, short = observe_list(way, true), observe_list(way, false)
      assert.equal(#calls, #short.result)
      assert.is_true(#short.bodies > 2 * #MESSAGES)
      assert.same(complete, short)
    end
  end)

  it("whatever stands in the answer", function()
    for _, body in ipairs(mutations.of(IDS)) do assert_same("blocking", MESSAGES[1], { { body = body } }) end
  end)

  it("and its time begins with the first attempt", function()
    server:script({ status = 503 })
    local client, began = server:safe({ host = "tick" }), core.now()
    local ticket = plain.submit(client, message())
    local handed_over = core.now()
    while not ticket:is_finished() do client.engine:wait(1) end
    local _, attempt = plain.finish(ticket)
    assert.is_true(began <= attempt.started and attempt.started <= handed_over)
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
    ending.can_wait = host.can_wait
    sent, reason = client:send(message())
    assert.is_nil(sent)
    assert.same({ "cancelled", "not_sent" }, { reason.kind, reason.outcome })
    assert.same({}, server:requests())
  end)
end)
