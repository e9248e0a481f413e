-- The protocol of `vertexsms mcp` in both eras, and the tools that only read.

local clients = require("spec.support.mcp")
local json = require("vertexsms.json")
local message = require("spec.support.message")
local outboxes = require("spec.support.outboxes")
local process = require("spec.support.process")
local simulators = require("spec.support.simulator")
local stores = require("spec.support.stores")
local web = require("spec.support.web")

local NAMES = {
  "send_sms", "preview_sms", "analyze_text", "get_sms_cost", "get_sms_rates", "get_message_status", "wait_for_delivery",
  "list_recent_sends", "hlr_lookup", "get_operator", "list_networks", "correct_phone_number", "register_sender",
  "confirm_sender", "doctor",
}

describe("vertexsms mcp", function()
  local client, simulator

  setup(function() simulator = simulators.start(nil, nil, 120) end)
  teardown(function()
    process.stop_all()
    outboxes.remove()
  end)
  before_each(function() client = clients.start { url = simulator.url, env = { VERTEXSMS_MCP_MODE = "test" } } end)
  after_each(function() client:close() end)

  local function code_of(answer) return answer.error and answer.error.code end

  describe("with a handshake", function()
    it("agrees on the client's version, or names its own", function()
      for asked, version in pairs({
        ["2025-11-25"] = "2025-11-25", ["2025-06-18"] = "2025-06-18", ["2025-03-26"] = "2025-03-26",
        ["2024-11-05"] = "2024-11-05", ["2024-10-07"] = "2025-11-25", ["1999-01-01"] = "2025-11-25",
      }) do
        local result = client:shake_hands({}, asked)
        assert.equal(version, result.protocolVersion)
        assert.equal("vertexsms", result.serverInfo.name)
        assert.truthy(client.last_line:find('"capabilities":{"tools":{}}', 1, true))
      end
    end)

    it("answers ping before it, and nothing else", function()
      assert.same({}, client:ask("ping").result)
      assert.truthy(client.last_line:find('"result":{}', 1, true))
      assert.equal(-32600, code_of(client:ask("tools/list")))
      assert.equal(-32600, code_of(client:ask("tools/call", { name = "analyze_text" })))
    end)

    it("lists the tools, always the same", function()
      client:shake_hands()
      local tools = client:ask("tools/list").result.tools
      local line, names = client.last_line, {}
      for i, tool in ipairs(tools) do
        names[i] = tool.name
        assert.equal("object", tool.inputSchema.type)
        assert.is_false(tool.inputSchema.additionalProperties)
        assert.same({ "ok" }, tool.outputSchema.required)
        assert.equal(tool.annotations.readOnlyHint, not tool.annotations.destructiveHint)
        assert.is_true(#tool.description > 20)
      end
      assert.same(NAMES, names)
      client:call("analyze_text", { message = "a" })
      client:ask("tools/list", { cursor = json.null })
      assert.equal(line:gsub('"id":%d+', ""), (client.last_line:gsub('"id":%d+', "")))
      assert.equal(-32602, code_of(client:ask("tools/list", { cursor = "x" })))
    end)

    it("tells wrong calls from wrong arguments", function()
      client:shake_hands()
      assert.equal(-32601, code_of(client:ask("prompts/list")))
      assert.equal(-32602, code_of(client:ask("tools/call", { name = "nothing" })))
      assert.equal(-32602, code_of(client:ask("tools/call", { name = 7 })))
      assert.equal(-32602, code_of(client:ask("tools/call", {})))
      assert.equal(-32602, code_of(client:ask("tools/call", { name = "analyze_text", arguments = { 1 } })))
      for _, arguments in ipairs({
        {}, { message = 7 }, { message = "" }, { message = json.null }, { message = {} }, { message = "a", more = 1 },
        { message = ("a"):rep(39016) },
      }) do
        local failure = client:call("analyze_text", arguments)
        assert.same({ false, "invalid_argument" }, { failure.ok, failure.error.kind })
      end
      for words, call in pairs({
        ["count must be from 1 to 100"] = { "list_recent_sends", { count = 0 } },
        ["count must be an integer"] = { "list_recent_sends", { count = 1.5 } },
        ["seconds must be from 1 to 45"] = { "wait_for_delivery", { id = "1", seconds = 46 } },
        ["seconds must be an integer"] = { "wait_for_delivery", { id = "1", seconds = "5" } },
        ["country must have at most 2 characters"] = { "get_sms_rates", { country = "LTU" } },
        ["country must have at least 2 characters"] = { "get_sms_rates", { country = "L" } },
        ["type must be one of AlphaNumeric, MSISDN"] = { "register_sender", { name = "MyShop", type = "Other" } },
        ["pin is missing"] = { "confirm_sender", { id = "1" } },
      }) do
        assert.equal(words, client:call(call[1], call[2]).error.message)
      end
      local failure = client:call("send_sms", message { testMode = "1" })
      assert.truthy(failure.error.message:find("its arguments are", 1, true))
    end)
  end)

  describe("without a handshake", function()
    it("says what it is, and lists its tools", function()
      local found = client:ask("server/discover", clients.modern()).result
      assert.same({ "complete", { "2026-07-28" }, "public" },
        { found.resultType, found.supportedVersions, found.cacheScope })
      assert.equal("vertexsms", found._meta["io.modelcontextprotocol/serverInfo"].name)
      local list = client:ask("tools/list", clients.modern()).result
      assert.same({ "complete", #NAMES, 300000 }, { list.resultType, #list.tools, list.ttlMs })
      local params = clients.modern({ name = "analyze_text", arguments = { message = "a" } })
      local result = client:ask("tools/call", params).result
      assert.same({ "complete", 1 }, { result.resultType, result.structuredContent.parts })
    end)

    it("refuses another version, a missing one, and methods of the older era", function()
      local params = clients.modern()
      params._meta["io.modelcontextprotocol/protocolVersion"] = "1900-01-01"
      local refusal = client:ask("tools/list", params).error
      assert.equal(-32022, refusal.code)
      assert.same({ supported = { "2026-07-28" }, requested = "1900-01-01" }, refusal.data)
      params._meta["io.modelcontextprotocol/protocolVersion"] = 7
      assert.equal(-32602, code_of(client:ask("tools/list", params)))
      params = clients.modern()
      params._meta["io.modelcontextprotocol/clientCapabilities"] = nil
      assert.equal(-32602, code_of(client:ask("tools/list", params)))
      assert.equal(-32602, code_of(client:ask("server/discover")))
      assert.equal(-32601, code_of(client:ask("ping", clients.modern())))
    end)
  end)

  it("outlives hostile lines", function()
    client:shake_hands()
    local lines = {
      "{", "[]", "nul", '"', "\255\254", ("["):rep(50000), ('{"a":'):rep(5000), "[" .. ("1,"):rep(1000) .. "1]",
      '{"jsonrpc":"2.0","id":null,"method":"ping"}', '{"jsonrpc":"2.0","id":1.5,"method":"ping"}',
      '{"jsonrpc":"2.0","id":{},"method":"ping"}', '{"jsonrpc":"2.0","id":7,"method":[]}',
      '{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"analyze_text","arguments":[1]}}',
      ("x"):rep(3 * 1024 * 1024), '{"jsonrpc":"2.0","id":"\\ud800","method":"ping"}',
    }
    for _, line in ipairs(lines) do
      client:write(line .. "\n")
      repeat local answer = client:read() until answer
    end
    -- These are not answered.
    client:write('\n \n{"jsonrpc":"2.0","method":"ping"}\n{"jsonrpc":"2.0","id":"question-1","result":{}}\n'
      .. '{"jsonrpc":"2.0","id":null,"error":{}}\n'
      .. '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":{}}}\n'
      .. '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1.5}}\n'
      .. '{"jsonrpc":"2.0","method":"notifications/cancelled"}\n')
    for _, id in ipairs({ 0, "", "a\0b", -1 }) do
      client:send({ id = id, method = "ping" })
      local answer = client:read()
      assert.same({ id, {} }, { answer.id, answer.result })
    end
  end)

  it("answers while a call waits, and drops a call that is cancelled", function()
    client:shake_hands()
    local slow = simulators.start { "--dlr-delay", "3600" }
    local _, ids = slow:call("POST", "/sms", message(), clients.TOKEN)
    local other = clients.start { url = slow.url }
    other:shake_hands()
    local params = { name = "wait_for_delivery", arguments = { id = ids[1], seconds = 40 } }
    local waiting = other:request("tools/call", params)
    assert.same({}, other:ask("ping").result)
    assert.equal("pending", other:call("get_message_status", { id = ids[1] }).state)
    other:send({ method = "notifications/cancelled", params = { requestId = waiting } })
    params.arguments.seconds = 1
    local pending = clients.structured(other:ask("tools/call", params))
    assert.same({ true, true }, { pending.ok, pending.still_pending })
    assert.is_nil(other.answers[waiting])
    assert.equal(0, other:close())
    slow:stop()
  end)

  it("goes on while doctor waits for the service", function()
    local endpoint = web.endpoint()
    local other = clients.start { url = endpoint.url }
    other:shake_hands()
    local call = other:request("tools/call", { name = "doctor" })
    local connection = assert(endpoint.server:accept())
    connection:settimeout(10)
    web.read_message(connection)
    assert.same({}, other:ask("ping").result)
    assert.equal(#NAMES, #other:ask("tools/list").result.tools)
    local second = other:call("doctor").error
    assert.same({ "conflict", true }, { second.kind, second.retryable })
    assert.is_nil(other.answers[call])
    connection:send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]")
    local found = clients.structured(other:wait(call))
    assert.equal("ok", found.findings[1].status)
    assert.is_true(#found.findings > 8)
    connection:close()
    assert.equal(0, other:close())
    endpoint:close()
  end)

  describe("tells how far wait_for_delivery has come", function()
    local slow, id, other

    setup(function()
      slow = simulators.start { "--dlr-delay", "3600" }
      local _, ids = slow:call("POST", "/sms", message(), clients.TOKEN)
      id = ids[1]
    end)
    teardown(function() slow:stop() end)
    before_each(function()
      other = clients.start { url = slow.url }
      other:shake_hands()
    end)
    after_each(function() other:close() end)

    local function params_of(token, seconds, is_modern)
      local params = { name = "wait_for_delivery", arguments = { id = id, seconds = seconds } }
      if is_modern then params = clients.modern(params) else params._meta = {} end
      params._meta.progressToken = token
      return params
    end

    -- What was told under that token.
    local function told(token)
      local some = {}
      for _, notice in ipairs(other.notices) do
        assert.same({ "notifications/progress", token }, { notice.method, notice.params.progressToken })
        some[#some + 1] = notice.params
      end
      return some
    end

    for token, is_modern in pairs({ [0] = false, [7] = true, [""] = false, abc = true }) do
      it(("under the token %q, %s era"):format(token, is_modern and "newer" or "older"), function()
        local answer = other:ask("tools/call", params_of(token, 2, is_modern))
        assert.is_true(clients.structured(answer).still_pending)
        local list = told(token)
        assert.is_true(#list >= 2)
        for i, each in ipairs(list) do
          assert.same({ 2, "not delivered yet" }, { each.total, each.message })
          assert.is_true(each.progress > (i > 1 and list[i - 1].progress or -1) and each.progress <= 2)
        end
        local count = #other.notices
        other:ask("ping")
        assert.equal(count, #other.notices)
      end)
    end

    it("while a hundred calls wait, and no more", function()
      local first = params_of("first", 45)
      local calls = { other:request("tools/call", first) }
      for i = 2, 100 do calls[i] = other:request("tools/call", params_of(nil, 45)) end
      local refused = other:ask("tools/call", params_of(nil, 45)).error
      assert.same({ -32600, "too many calls at the same time" }, { refused.code, refused.message })
      while #told("first") == 0 do other:ask("ping") end
      -- The ID of a call that waits is not free.
      other:send({ id = calls[1], method = "tools/call", params = { name = "correct_phone_number" } })
      assert.equal("this id belongs to a call that goes on", other:wait(calls[1]).error.message)
      for _, call in ipairs(calls) do
        other:send({ method = "notifications/cancelled", params = { requestId = call } })
      end
      repeat until other:ask("tools/call", { name = "analyze_text", arguments = { message = "a" } }).result
    end)

    it("but not without a token, under what is none, or after the call was cancelled", function()
      for _, token in ipairs({ json.null, 1.5, {}, true }) do
        other:ask("tools/call", params_of(token, 1))
        other:ask("tools/call", params_of(token, 1, true))
      end
      other:ask("tools/call", params_of(nil, 1))
      assert.same({}, told())
      local call = other:request("tools/call", params_of("t", 45))
      while #other.notices == 0 do other:ask("ping") end
      other:send({ method = "notifications/cancelled", params = { requestId = call } })
      other:ask("ping")
      local count = #other.notices
      repeat other:ask("ping") until other:audit()[10] -- the client does not wait, so it ends soon
      assert.is_true(other:audit()[10].cancelled)
      assert.equal(count, #told("t"))
      assert.is_nil(other.answers[call])
    end)
  end)

  it("reads", function()
    client:shake_hands()
    local _, ids = simulator:call("POST", "/sms", message(), clients.TOKEN)
    local status = client:call("wait_for_delivery", { id = ids[1] })
    assert.same({ "delivered", true, "370******45" }, { status.state, status.final, status.to })
    assert.equal("not_found", client:call("get_message_status", { id = "1" }).error.kind)
    assert.equal("0.035", client:call("get_sms_cost", message()).totalPrice)
    assert.truthy(client:call("get_sms_rates", { country = "LT" }).rates[1].Rate)
    local network = client:call("list_networks", { country = "LT" }).networks[1]
    assert.truthy(client:call("get_operator", { operatorId = network.operatorId }).name)
    assert.equal("442079460018", client:call("correct_phone_number", { number = "+44 (0)20 7946-0018" }).number)
    assert.equal("invalid_argument", client:call("correct_phone_number", { number = "0699 12345" }).error.kind)
    local counted = client:call("analyze_text", { message = "It\226\128\153s" })
    assert.equal("ok", client:call("doctor").findings[1].status)
    assert.same({ "UCS-2", "It's", 1 }, { counted.encoding, counted.simpler, counted.simpler_parts })
  end)

  it("answers with a failure what is not UTF-8", function()
    local endpoint = web.endpoint()
    local other = clients.start { url = endpoint.url }
    other:shake_hands()
    local call = other:request("tools/call", { name = "get_message_status", arguments = { id = "1" } })
    endpoint:take("200 OK", '{"id":"1","status":"sent","createDate":"\255"}')
    local answer = other:wait(call)
    assert.same({ -32603, "the answer could not be written" }, { code_of(answer), answer.error.message })
    assert.equal(0, other:close())
    endpoint:close()
  end)

  it("sends a test, once", function()
    if not stores.are_built then return end
    client:shake_hands()
    local sent = client:call("send_sms", message())
    assert.same({ "accepted", true }, { sent.outcome, sent.test })
    assert.same({ sent.id, true }, { client:call("send_sms", message()).id, true })
    assert.equal(sent.id, client:call("list_recent_sends").sends[1].id)
    assert.is_true(client:call("preview_sms", message()).allowed)
  end)

  it("starts without a token and without a store, and says so when one is needed", function()
    local bare = clients.start { env = { VERTEXSMS_TOKEN = "", HOME = "", VERTEXSMS_OUTBOX = "", XDG_STATE_HOME = "",
      VERTEXSMS_MCP_MODE = "test" } }
    bare:shake_hands()
    assert.same({ "token", "not_sent" }, { bare:call("send_sms", message()).error.field, "not_sent" })
    assert.equal("VERTEXSMS_OUTBOX", bare:call("list_recent_sends").error.field)
    assert.truthy(bare:call("preview_sms", message()).price_unknown)
    assert.equal(0, bare:close())
  end)

  it("ends at SIGTERM", function()
    client:shake_hands()
    process.run { "kill", "-TERM", client.pid }
    assert.is_nil(client:read())
    assert.equal("exit 143", client.process:output():match("exit %d+"))
  end)
end)
