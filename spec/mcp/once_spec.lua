-- What costs money is done once: across processes, restarts, kills, and calls that are given up.

local clients = require("spec.support.mcp")
local json = require("vertexsms.json")
local message = require("spec.support.message")
local process = require("spec.support.process")
local sends = require("spec.support.mcp_sends")
local web = require("spec.support.web")

if not sends.are_wanted then return end

describe("vertexsms mcp", function()
  local YES, yes, shaken, let_time_pass = sends.YES, sends.yes, sends.shaken, sends.let_time_pass
  local count, acts = sends.count, sends.acts

  setup(sends.set_up)
  teardown(sends.tear_down)
  before_each(sends.before)
  after_each(sends.after)

  describe("a send is made once", function()
    it("across restarts: the same call gets the first outcome", function()
      local client = shaken()
      local sent = client:call("send_sms", message())
      client:close()
      client = shaken(nil, { store = client.store })
      local again = client:call("send_sms", message())
      assert.same({ true, sent.id }, { again.repeated, again.id })
      assert.equal(0, #client.questions)
      assert.equal(1, count())
    end)

    it("for ten minutes: then the person is asked again, and told of it", function()
      local client = shaken()
      local sent = client:call("send_sms", message())
      let_time_pass(client, 590)
      assert.equal(sent.id, client:call("send_sms", message()).id)
      let_time_pass(client, 20)
      local earlier = client:call("preview_sms", message()).earlier
      assert.equal("the very same message was sent 10 minutes ago, outcome accepted", earlier)
      local other = client:call("send_sms", message())
      assert.same({ "accepted", nil }, { other.outcome, other.repeated })
      assert.is_true(other.id ~= sent.id)
      assert.is_nil(client.questions[1].message:find("Careful", 1, true))
      assert.truthy(client.questions[2].message:find("Careful: the very same message was accepted 10 minutes ago.", 1,
        true))
      assert.same({ 2, 2 }, { #client.questions, count() })
    end)

    it("with the clock set back: not sent again, and its age is not negative", function()
      local client = shaken()
      local sent = client:call("send_sms", message())
      let_time_pass(client, -3600)
      local again = client:call("send_sms", message())
      assert.same({ true, sent.id }, { again.repeated, again.id })
      assert.equal("the very same message was sent less than a minute ago, outcome accepted",
        client:call("preview_sms", message()).earlier)
      assert.equal(0, client:call("list_recent_sends", {}).sends[1].seconds_ago)
      client.on_question = function() return { action = "decline" } end
      assert.equal("forbidden", client:call("send_sms", message { message = "b" }).error.kind)
      let_time_pass(client, -3600)
      client.on_question = yes
      local held = client:call("send_sms", message { message = "b" })
      assert.same({ "forbidden", "not_sent" }, { held.error.kind, held.error.outcome })
      assert.equal(1, count())
    end)

    it("by calls at the same time", function()
      local client = shaken()
      local ids = {}
      for i = 1, 5 do ids[i] = client:request("tools/call", { name = "send_sms", arguments = message() }) end
      local found = {}
      for i = 1, 5 do found[clients.structured(client:wait(ids[i])).id] = true end
      assert.truthy(next(found))
      assert.is_nil(next(found, next(found)))
      assert.equal(1, count())
    end)

    it("by two servers at the same time", function()
      local one = shaken()
      local two = shaken(nil, { store = one.store })
      local first = one:request("tools/call", { name = "send_sms", arguments = message() })
      local second = two:request("tools/call", { name = "send_sms", arguments = message() })
      local sent, other = clients.structured(one:wait(first)), clients.structured(two:wait(second))
      assert.equal(sent.id, other.id)
      assert.equal(1, count())
    end)

    it("killed between the request and its answer: unknown, never sent again", function()
      local endpoint = web.endpoint()
      local env = { VERTEXSMS_STATUS_BASE_URL = sends.simulator.url }
      local client = shaken(env, { url = endpoint.url })
      client.on_question = nil
      client:request("tools/call", { name = "send_sms", arguments = message() })
      client:wait_for_question()
      client:send({ id = "question-1", result = YES })
      local connection = assert(endpoint.server:accept())
      connection:settimeout(10)
      assert.equal("POST /sms HTTP/1.1", (web.read_message(connection)))
      client:kill()
      connection:close()
      -- Here the service would accept it. Time is what tells a call that goes on from one that is lost.
      let_time_pass(client, 100)
      client = shaken(nil, { store = client.store })
      local again = client:call("send_sms", message())
      assert.same({ "unknown", false }, { again.error.outcome, again.error.retryable })
      assert.truthy(again.next:find("Do NOT call", 1, true))
      assert.equal("unknown", client:call("list_recent_sends", {}).sends[1].outcome)
      assert.equal(0, count() + #client.questions)
      endpoint:close()
    end)

    it("cancelled while it is sent: the outcome is kept", function()
      local endpoint = web.endpoint()
      local client = shaken({ VERTEXSMS_STATUS_BASE_URL = sends.simulator.url }, { url = endpoint.url })
      client.on_question = nil
      local call = client:request("tools/call", { name = "send_sms", arguments = message() })
      client:wait_for_question()
      client:send({ id = "question-1", result = YES })
      local connection = assert(endpoint.server:accept())
      connection:settimeout(10)
      web.read_message(connection)
      client:send({ method = "notifications/cancelled", params = { requestId = call } })
      assert.same({}, client:ask("ping").result)
      assert.equal("sending", client:call("list_recent_sends", {}).sends[1].outcome)
      connection:send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 8\r\n\r\n[\"4711\"]")
      local row
      repeat row = client:call("list_recent_sends", {}).sends[1] until row.outcome ~= "sending"
      assert.same({ "accepted", "4711" }, { row.outcome, row.id })
      assert.equal("370******45", row.to)
      assert.is_nil(client.answers[call])
      connection:close()
      endpoint:close()
    end)

    it("unless it certainly was not sent", function()
      local url, port = web.refusing()
      local client = shaken({ VERTEXSMS_STATUS_BASE_URL = sends.simulator.url }, { url = url })
      local failed = client:call("send_sms", message())
      assert.same({ "connect", "not_sent", true },
        { failed.error.kind, failed.error.outcome, failed.error.retryable })
      client:close()
      port:close()
      client = shaken(nil, { store = client.store })
      assert.equal("accepted", client:call("send_sms", message()).outcome)
      assert.equal(1, count())
    end)

    local function answered(body, status)
      return ("HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s")
        :format(status, #body, body)
    end

    -- A call whose request has come in, and its connection.
    local function in_flight(client, endpoint)
      client.on_question = nil
      local call = client:request("tools/call", { name = "send_sms", arguments = message() })
      client:wait_for_question()
      client:send({ id = "question-" .. #client.questions, result = YES })
      local connection = assert(endpoint.server:accept())
      connection:settimeout(10)
      web.read_message(connection)
      return call, connection
    end

    it("whatever words a refusal has", function()
      local endpoint = web.endpoint()
      local client = shaken({ VERTEXSMS_STATUS_BASE_URL = sends.simulator.url }, { url = endpoint.url })
      for words, expected in pairs({ ["\228\246"] = "??", ["a\\u0000b"] = "a\tb" }) do
        local call, connection = in_flight(client, endpoint)
        connection:send(answered('{"message":"' .. words .. '"}', "422 No"))
        connection:close()
        local refused = clients.structured(client:wait(call))
        assert.same({ "rejected", expected }, { refused.error.outcome, refused.error.message })
        local row = client:call("list_recent_sends", {}).sends[1]
        assert.same({ "rejected", expected }, { row.outcome, row.reason })
      end
      endpoint:close()
    end)

    it("and its words are kept without the number and the text that they repeat", function()
      local endpoint = web.endpoint()
      local client = shaken({ VERTEXSMS_STATUS_BASE_URL = sends.simulator.url }, { url = endpoint.url })
      local call, connection = in_flight(client, endpoint)
      local words = "370699123451 +37069912345: Your code is 4815! (MyShop, 422) %1"
      connection:send(answered('{"message":"' .. words .. '"}', "422 No"))
      connection:close()
      assert.equal("rejected", clients.structured(client:wait(call)).error.outcome)
      assert.equal("370*******51 +370******45: ***! (MyShop, 422) %1",
        client:call("list_recent_sends", {}).sends[1].reason)
      endpoint:close()
    end)

    it("and the same call at the same time is told that the first was not sent", function()
      local endpoint = web.endpoint()
      local client = shaken({ VERTEXSMS_STATUS_BASE_URL = sends.simulator.url }, { url = endpoint.url })
      client.on_question = nil
      local second = client:request("tools/call", { name = "send_sms", arguments = message() })
      client:wait_for_question()
      local first, connection = in_flight(client, endpoint)
      client:send({ id = "question-1", result = YES })
      client:call("list_recent_sends", {})
      connection:send(answered("", "422 No"))
      assert.equal("rejected", clients.structured(client:wait(first)).error.outcome)
      local told = clients.structured(client:wait(second)).error
      assert.same({ "conflict", "not_sent", true }, { told.kind, told.outcome, told.retryable })
      connection:close()
      endpoint:close()
    end)

    it("and the person is not asked about a call that was cancelled before", function()
      local endpoint = web.endpoint()
      local client = shaken({ VERTEXSMS_STATUS_BASE_URL = endpoint.url })
      local call = client:request("tools/call", { name = "send_sms", arguments = message() })
      local connection = assert(endpoint.server:accept())
      connection:settimeout(10)
      assert.equal("POST /sms/cost HTTP/1.1", (web.read_message(connection)))
      client:send({ method = "notifications/cancelled", params = { requestId = call } })
      client:ask("ping")
      connection:send(answered("", "422 No"))
      repeat client:ask("ping") until #client:audit() > 0
      assert.same({ "cancelled", "not_sent" }, { client:audit()[1].kind, client:audit()[1].outcome })
      assert.equal(0, #client.questions)
      connection:close()
      endpoint:close()
    end)

    it("and the person is not asked once stdin has ended", function()
      local endpoint = web.endpoint()
      local client = shaken({ VERTEXSMS_STATUS_BASE_URL = endpoint.url })
      client:request("tools/call", { name = "send_sms", arguments = message() })
      local connection = assert(endpoint.server:accept())
      connection:settimeout(10)
      web.read_message(connection)
      client.input:close()
      connection:send(answered("", "422 No"))
      connection:close()
      assert.equal(0, client.process:wait())
      assert.is_nil(client.process:output():find("elicitation", 1, true))
      assert.same({ "cancelled", "not_sent" }, { client:audit()[1].kind, client:audit()[1].outcome })
      client.input = nil
      os.remove(client.errors)
      endpoint:close()
    end)

    it("ends stdin before the answer: the audit says that the outcome is unknown", function()
      local endpoint = web.endpoint()
      local path = os.tmpname()
      local env = { VERTEXSMS_STATUS_BASE_URL = sends.simulator.url, VERTEXSMS_MCP_AUDIT = path }
      local client = shaken(env, { url = endpoint.url })
      local _, connection = in_flight(client, endpoint)
      client:close()
      local line = json.decode(process.read_file(path))
      assert.same({ "send_sms", "unknown", false }, { line.tool, line.outcome, line.ok })
      os.remove(path)
      connection:close()
      endpoint:close()
    end)

    it("at the end of stdin in the midst of it: what is in flight is written down, nothing new begins", function()
      local client = shaken()
      client.on_question = nil
      client:request("tools/call", { name = "send_sms", arguments = message() })
      client:wait_for_question()
      assert.equal(0, client:close())
      assert.equal(0, count())
    end)
  end)

  it("makes lookups and senders only after a yes, and once", function()
    local client = shaken()
    client.on_question = function() return { action = "decline" } end
    assert.equal("forbidden", client:call("hlr_lookup", { msisdn = "37069912349" }).error.kind)
    client.on_question = yes
    local looked = client:call("hlr_lookup", { msisdn = "37069912345" })
    local again = client:call("hlr_lookup", { msisdn = "+37069912345" })
    assert.same({ looked.id, true }, { again.id, again.repeated })
    assert.equal(1, acts())
    local sender = client:call("register_sender", { name = "37069912345", type = "MSISDN" })
    assert.truthy(sender.id)
    assert.equal("invalid_argument", client:call("confirm_sender", { id = sender.id, pin = "abcde" }).error.kind)
    assert.is_nil(client:log():find("abcde", 1, true))
  end)
end)
