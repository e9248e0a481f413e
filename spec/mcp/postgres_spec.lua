-- `vertexsms mcp` with its store in PostgreSQL: what holds in SQLite holds there, between processes as well, and what a
-- store that does not answer does to a call.

local clients = require("spec.support.mcp")
local await = require("spec.support.await")
local core = require("vertexsms.core")
local json = require("vertexsms.json")
local message = require("spec.support.message")
local postgres = require("spec.support.postgres")
local process = require("spec.support.process")
local servers = require("vertexsms.mcp")
local simulators = require("spec.support.simulator")
local vertexsms = require("vertexsms")
local web = require("spec.support.web")

if not postgres.are_wanted then return end

local CAN_ASK = { elicitation = {} }
local YES = { action = "accept", content = { confirm = true } }
local NO = { action = "decline" }

describe("vertexsms mcp in PostgreSQL", function()
  local database, simulator, running, store

  setup(function()
    database = postgres.start()
    simulator = simulators.start(nil, nil, 120)
  end)
  teardown(function()
    database:remove()
    process.stop_all()
  end)
  before_each(function()
    running, store = {}, database:new_database()
    simulator:call("DELETE", "/_simulator/messages")
  end)
  after_each(function()
    for i = #running, 1, -1 do running[i]:close() end
  end)

  local function start(env, url)
    local all = { VERTEXSMS_MCP_MODE = "live" }
    for name, value in pairs(env or {}) do all[name] = value end
    local client = clients.start { url = url or simulator.url, env = all, store = store }
    running[#running + 1] = client
    client:shake_hands(CAN_ASK)
    client.on_question = function() return YES end
    return client
  end

  local function sent_to_phones()
    local _, answer = simulator:call("GET", "/_simulator/messages")
    return #answer.messages
  end

  local function query(sql)
    local handle = core.store { url = store }
    local result = assert(handle:perform({ { sql = sql } }))
    assert(result.kind == "ok", result.message)
    handle:close()
    return result[1].rows
  end

  it("sends once: across restarts, by two servers at once, and counts in the same store", function()
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write('{"allow":["LT"],"budget":{"parts":2,"seconds":86400}}')
    file:close()
    local one, two = start({ VERTEXSMS_GUARD = path }), start({ VERTEXSMS_GUARD = path })
    local params = { name = "send_sms", arguments = message() }
    local first, second = one:request("tools/call", params), two:request("tools/call", params)
    local sent, other = clients.structured(one:wait(first)), clients.structured(two:wait(second))
    assert.same({ "accepted", sent.id }, { sent.outcome, other.id })
    two:close() -- it has inherited the pipe of the other one
    one:close()
    one, two = start({ VERTEXSMS_GUARD = path }), start({ VERTEXSMS_GUARD = path })
    assert.same({ sent.id, true }, { one:call("send_sms", message()).id, true })
    assert.equal("accepted", one:call("send_sms", message { message = "2" }).outcome)
    assert.equal("budget", two:call("send_sms", message { message = "3" }).error.rule)
    assert.equal("allow", two:call("send_sms", message { to = "4915112345678" }).error.rule)
    local list = two:call("list_recent_sends").sends
    assert.same({ 2, "accepted", sent.id, "370******45" }, { #list, list[2].outcome, list[2].id, list[2].to })
    assert.equal(2, sent_to_phones())
    os.remove(path)
  end)

  it("takes a permit once, and keeps a no", function()
    local client = start()
    local function ask(more)
      local params = { name = "send_sms", arguments = message() }
      for name, value in pairs(more or {}) do params[name] = value end
      return client:ask("tools/call", clients.modern(params, CAN_ASK)).result
    end
    local states = { ask().requestState, ask().requestState }
    local no = ask({ requestState = states[1], inputResponses = { confirm = NO } }).structuredContent
    assert.equal("forbidden", no.error.kind)
    assert.truthy(ask().structuredContent.error.message:find("has refused this very call", 1, true))
    local with = { requestState = states[1], inputResponses = { confirm = YES } }
    assert.equal("forbidden", ask(with).structuredContent.error.kind)
    assert.equal(0, sent_to_phones())
    with.requestState = states[2]
    local sent = ask(with).structuredContent
    assert.equal("accepted", sent.outcome)
    assert.same({ sent.id, true }, { ask(with).structuredContent.id, true })
    query("UPDATE vertexsms_mcp_call SET created_at = created_at - 601")
    query("DELETE FROM vertexsms_mcp_permit WHERE purpose = 'no'")
    assert.equal("forbidden", ask(with).structuredContent.error.kind)
    assert.equal("input_required", ask().resultType)
    assert.equal(1, sent_to_phones())
  end)

  it("killed between the request and its answer: unknown, never sent again", function()
    local endpoint = web.endpoint()
    local client = start({ VERTEXSMS_STATUS_BASE_URL = simulator.url }, endpoint.url)
    client.on_question = nil
    client:request("tools/call", { name = "send_sms", arguments = message() })
    client:wait_for_question()
    client:send({ id = "question-1", result = YES })
    local connection = assert(endpoint.server:accept())
    connection:settimeout(10)
    assert.equal("POST /sms HTTP/1.1", (web.read_message(connection)))
    client:kill()
    connection:close()
    endpoint:close()
    query("UPDATE vertexsms_mcp_call SET created_at = created_at - 100")
    client = start()
    assert.equal("unknown", client:call("send_sms", message()).error.outcome)
    assert.equal("unknown", client:call("list_recent_sends").sends[1].outcome)
    assert.equal(0, sent_to_phones() + #client.questions)
  end)

  it("sends nothing while the database is down, and goes on when it is back", function()
    local client = start()
    client:call("list_recent_sends")
    database:shut_down()
    local refused = client:call("send_sms", message())
    assert.same({ "store", "not_sent" }, { refused.error.kind, refused.error.outcome })
    assert.equal(0, sent_to_phones() + #client.questions)
    database:run()
    assert.equal("accepted", client:call("send_sms", message()).outcome)
    assert.equal(1, sent_to_phones())
    process.run { "kill", "-TERM", client.pid } -- the database has inherited its pipe
  end)

  it("writes down, at its end, the outcome that the database could not take before", function()
    local endpoint = web.endpoint()
    local client = start({ VERTEXSMS_STATUS_BASE_URL = simulator.url }, endpoint.url)
    local call = client:request("tools/call", { name = "send_sms", arguments = message() })
    client:wait_for_question()
    local connection = assert(endpoint.server:accept())
    connection:settimeout(10)
    web.read_message(connection)
    database:shut_down()
    connection:send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 8\r\n\r\n[\"4711\"]")
    assert(await(function() return client:log():find("accepted, id 4711%) is not written down") end, 20))
    database:run()
    process.run { "kill", "-TERM", client.pid } -- the database has inherited its pipe
    assert.equal("4711", clients.structured(client:wait(call)).id)
    assert.equal(143, client:close())
    assert.same({ { state = "accepted", vertexsms_id = "4711" } },
      query("SELECT state, vertexsms_id FROM vertexsms_mcp_call"))
    connection:close()
    endpoint:close()
  end)

  describe("that does not answer", function()
    local PATIENCE = 1
    local server, lines, log

    -- A server in this process, whose calls are answered in one second.
    local function serve(url)
      lines, log = {}, {}
      server = servers.new({
        policy = { mode = "live", consent = "person", store = store }, answer_seconds = PATIENCE,
        write = function(line)
          lines[#lines + 1] = assert(json.decode(line))
          return true
        end,
        log = function(text) log[#log + 1] = text end, hide = function(text) return text end,
        token = function() return clients.TOKEN end, defer = function() end, is_over = function() return false end,
      })
      local client = vertexsms.safe.new { token = clients.TOKEN, base_url = url, retry = false,
        status_base_url = simulator.url }
      client.host = server.loop.host
      server.resources.made_client = client
    end

    after_each(function() server.resources:close() end)

    local function say(object)
      object.jsonrpc = "2.0"
      server:receive(json.encode(object))
    end

    local function line(is_it)
      local found
      assert(await(function()
        server:update()
        for _, each in ipairs(lines) do
          if is_it(each) then found = each end
        end
        return found
      end, 20), "nothing came")
      return found
    end

    local function answer(id) return line(function(each) return each.id == id and not each.method end).result end

    local function call(id, name, arguments)
      say({ id = id, method = "tools/call", params = { name = name, arguments = arguments or {} } })
    end

    local function shake_hands()
      say({ id = 0, method = "initialize", params = { protocolVersion = "2025-11-25", capabilities = CAN_ASK } })
      call(1, "list_recent_sends")
      answer(1)
    end

    -- A session that holds a table until it is ended.
    local function hold(name)
      local holder = process.start({ "psql", "-XAtq", "-d", store, "-c", "BEGIN", "-c",
        "LOCK TABLE " .. name .. " IN ACCESS EXCLUSIVE MODE", "-c", "SELECT pg_backend_pid()", "-c",
        "SELECT pg_sleep(100)" })
      return holder:expect("^(%d+)$")
    end

    local function let_go(pid) database:query(("SELECT pg_terminate_backend(%s)"):format(pid)) end

    local function audit()
      local found = {}
      for _, text in ipairs(log) do
        local object = text:find("^{") and json.decode(text)
        if object and object.tool == "send_sms" then found[#found + 1] = object.outcome end
      end
      return found
    end

    local ACCEPTED = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 8\r\n\r\n[\"4711\"]"

    -- A message on its way, call 2: the connection on which the service has it.
    local function take_message(endpoint)
      shake_hands()
      call(2, "send_sms", message())
      line(function(each) return each.method == "elicitation/create" end)
      say({ id = "question-1", result = YES })
      endpoint.server:settimeout(0)
      local connection
      assert(await(function()
        server:update()
        connection = endpoint.server:accept()
        return connection
      end, 20))
      connection:settimeout(10)
      assert.equal("POST /sms HTTP/1.1", (web.read_message(connection)))
      return connection
    end

    -- Returns when the list and the audit have it.
    local function await_outcome()
      local id = 100
      assert(await(function()
        id = id + 1
        call(id, "list_recent_sends")
        local row = (answer(id).structuredContent.sends or {})[1]
        return row and row.outcome == "accepted" and row.id == "4711"
      end, 40))
      assert(await(function()
        server:update()
        return #audit() == 2
      end, 20))
      assert.same({ "accepted", "accepted" }, audit())
    end

    it("an outcome that cannot be written down is told in time, and written down later; once", function()
      local endpoint = web.endpoint()
      serve(endpoint.url)
      local connection = take_message(endpoint)
      local holder = hold("vertexsms_mcp_call")
      connection:send(ACCEPTED)
      local sent = answer(2).structuredContent
      assert.same({ "accepted", "4711", true }, { sent.outcome, sent.id, sent.ok })
      assert.truthy(sent.next:find("do not send it again", 1, true))
      say({ id = 3, method = "ping" })
      assert.same({}, answer(3))
      let_go(holder)
      await_outcome()
      connection:close()
      endpoint:close()
    end)

    it("an outcome for which the database is down is told in time, and written down when it is back", function()
      local endpoint = web.endpoint()
      serve(endpoint.url)
      local connection = take_message(endpoint)
      database:shut_down()
      server.calls[2].started = core.now() -- that took its time
      connection:send(ACCEPTED)
      assert.equal("4711", answer(2).structuredContent.id)
      assert(await(function()
        server:update()
        return table.concat(log):find("an outcome (accepted, id 4711) is not written down", 1, true)
      end, 30))
      database:run()
      await_outcome()
      connection:close()
      endpoint:close()
    end)

    it("what the person has agreed to and could not begin in time is not sent either, when it could", function()
      serve(simulator.url)
      shake_hands()
      call(2, "send_sms", message())
      line(function(each) return each.method == "elicitation/create" end)
      local holder = hold("vertexsms_mcp_call")
      server.calls[2].started = core.now() -- that took its time
      say({ id = "question-1", result = YES })
      assert.same({ "timeout", "not_sent" }, { answer(2).structuredContent.error.kind,
        answer(2).structuredContent.error.outcome })
      let_go(holder)
      assert(await(function()
        server:update()
        return #audit() == 2
      end, 20))
      assert.same({ "not_sent", "not_sent" }, audit())
      call(3, "list_recent_sends")
      assert.equal("not_sent", answer(3).structuredContent.sends[1].outcome)
      assert.equal(0, sent_to_phones())
    end)

    it("what could not begin in time is told not to be sent, and is not", function()
      serve(simulator.url)
      shake_hands()
      local holder = hold("vertexsms_mcp_call")
      call(2, "send_sms", message())
      call(3, "list_recent_sends")
      local refused = answer(2).structuredContent
      local err = refused.error
      assert.same({ "timeout", "not_sent", true }, { err.kind, err.outcome, err.retryable })
      assert.equal("timeout", answer(3).structuredContent.error.kind)
      let_go(holder)
      assert(await(function()
        server:update()
        return #audit() == 2
      end, 20))
      assert.same({ "not_sent", "not_sent" }, audit())
      assert.equal(0, sent_to_phones())
      for _, each in ipairs(lines) do assert.is_nil(each.method) end
    end)
  end)
end)
