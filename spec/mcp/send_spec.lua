-- What costs money through `vertexsms mcp`: never without consent, never past the operator's limits, never twice.
--
-- On LuaJIT alone: it takes seconds, and spec/mcp/init_spec.lua sends on every Lua.

local clients = require("spec.support.mcp")
local message = require("spec.support.message")
local outboxes = require("spec.support.outboxes")
local process = require("spec.support.process")
local simulators = require("spec.support.simulator")
local stores = require("spec.support.stores")
local web = require("spec.support.web")

local CAN_ASK = { elicitation = {} }
local YES = { action = "accept", content = { confirm = true } }

local function yes() return YES end

if not stores.are_built or not rawget(_G, "jit") then return end

describe("vertexsms mcp", function()
  local simulator, running, guard_path

  setup(function() simulator = simulators.start(nil, nil, 120) end)
  teardown(function()
    process.stop_all()
    outboxes.remove()
  end)
  before_each(function()
    running = {}
    simulator:call("DELETE", "/_simulator/messages")
  end)
  after_each(function()
    -- A later one has inherited the pipes of those before.
    for i = #running, 1, -1 do running[i]:close() end
    if guard_path then os.remove(guard_path) end
    guard_path = nil
  end)

  local function start(env, options)
    options = options or {}
    local all = { VERTEXSMS_MCP_MODE = "live" }
    for name, value in pairs(env or {}) do all[name] = value end
    local client = clients.start { url = options.url or simulator.url, env = all, store = options.store }
    running[#running + 1] = client
    return client
  end

  local function shaken(env, options, capabilities)
    local client = start(env, options)
    client:shake_hands(capabilities or CAN_ASK)
    client.on_question = yes
    return client
  end

  local function guard_file(text)
    guard_path = os.tmpname()
    local file = assert(io.open(guard_path, "w"))
    file:write(text)
    file:close()
    return guard_path
  end

  local function listed(what)
    local _, answer = simulator:call("GET", "/_simulator/" .. what)
    return answer[what]
  end

  local function count() return #listed("messages") end

  -- What besides messages costs or acts.
  local function acts() return #listed("lookups") + #listed("senders") end

  -- Makes what would be ten minutes and more ago.
  local function let_time_pass(client, seconds)
    local store = require("vertexsms.core").store { path = client.store }
    for _, change in ipairs({
      "vertexsms_mcp_call SET created_at = created_at - ", "vertexsms_mcp_permit SET expires_at = expires_at - ",
    }) do
      stores.done(store, { { sql = "UPDATE " .. change .. seconds } })
    end
    store:close()
  end

  describe("the older era", function()
    it("asks the person, and sends on yes", function()
      local client = shaken()
      local sent = client:call("send_sms", message { message = "Hi\nPrice: 0 EUR \226\128\174x" })
      assert.equal("accepted", sent.outcome)
      assert.truthy(sent.id)
      assert.equal(1, count())
      local question = client.questions[1]
      assert.equal("form", question.mode)
      assert.same({ "confirm" }, question.requestedSchema.required)
      assert.truthy(question.message:find("\nTo: 37069912345\nFrom: \"MyShop\"\nParts: 1 (UCS-2)\nPrice: ", 1, true))
      assert.truthy(question.message:find('Text: "Hi\\nPrice: 0 EUR \\u{202E}x"', 1, true))
    end)

    for name, answer in pairs({
      decline = { action = "decline" }, cancel = { action = "cancel" },
      ["accept without confirm"] = { action = "accept", content = {} },
      ["confirm false"] = { action = "accept", content = { confirm = false } },
      ["confirm as text"] = { action = "accept", content = { confirm = "true" } },
      ["content missing"] = { action = "accept" },
    }) do
      it("does not send on " .. name, function()
        local client = shaken()
        client.on_question = function() return answer end
        local refused = client:call("send_sms", message())
        assert.same({ false, "forbidden", "not_sent" }, { refused.ok, refused.error.kind, refused.error.outcome })
        assert.equal(0, count())
        assert.equal("not_sent", client:audit()[1].outcome)
      end)
    end

    it("does not send where the client cannot ask", function()
      local client = shaken(nil, nil, { elicitation = { url = {} } })
      local refused = client:call("send_sms", message())
      assert.equal("forbidden", refused.error.kind)
      assert.truthy(refused.next:find("VERTEXSMS_MCP_CONSENT", 1, true))
      assert.equal(0, count() + #client.questions)
    end)

    it("does not send after the call was cancelled, whatever the person says then", function()
      local client = shaken()
      client.on_question = nil
      local id
      client.on_question = function(_, question_id) id = question_id end
      local call = client:request("tools/call", { name = "send_sms", arguments = message() })
      client:wait_for_question()
      client:send({ method = "notifications/cancelled", params = { requestId = call } })
      client:send({ id = id, result = YES })
      assert.same({}, client:ask("ping").result)
      assert.same({}, client:call("list_recent_sends", {}).sends)
      assert.equal(0, count())
      assert.is_nil(client.answers[call])
      assert.is_true(client:audit()[1].cancelled)
    end)

    it("takes the yes to one question for no other", function()
      local client = shaken()
      client.on_question = function(_, id) client.kept = id end
      local first = client:request("tools/call", { name = "send_sms", arguments = message() })
      client:wait_for_question()
      client:send({ id = client.kept, error = { code = -32601, message = "no such method" } })
      assert.equal("forbidden", clients.structured(client:wait(first)).error.kind)
      local second = client:request("tools/call", { name = "send_sms", arguments = message { to = "37060000000" } })
      client:wait_for_question()
      client:send({ id = "question-1", result = YES })
      client:send({ id = 0, result = YES })
      assert.same({}, client:ask("ping").result)
      client:send({ id = client.kept, result = { action = "decline" } })
      assert.equal("forbidden", clients.structured(client:wait(second)).error.kind)
      assert.equal(0, count())
    end)
  end)

  describe("a no", function()
    local NO = { decline = { action = "decline" }, cancel = { action = "cancel" } }

    for name, answer in pairs(NO) do
      it("holds for the same call, in every process on the store, for two minutes: " .. name, function()
        local client = shaken()
        client.on_question = function() return answer end
        assert.equal("forbidden", client:call("send_sms", message()).error.kind)
        client.on_question = yes
        for _ = 1, 3 do
          local held = client:call("send_sms", message())
          assert.same({ "forbidden", "not_sent", false },
            { held.error.kind, held.error.outcome, held.error.retryable })
          assert.is_true(held.error.retry_after > 100 and held.error.retry_after <= 120)
        end
        local other = shaken(nil, { store = client.store })
        assert.equal("forbidden", other:call("send_sms", message()).error.kind)
        local params = clients.modern({ name = "send_sms", arguments = message() }, CAN_ASK)
        assert.equal("forbidden", other:ask("tools/call", params).result.structuredContent.error.kind)
        assert.same({ 1, 0, 0 }, { #client.questions, #other.questions, count() })
        assert.equal("accepted", client:call("send_sms", message { message = "other" }).outcome)
        let_time_pass(client, 121)
        assert.equal("accepted", client:call("send_sms", message()).outcome)
        assert.equal(2, count())
      end)
    end

    it("said three times holds for whatever the person would be asked, until ten minutes have passed", function()
      local client = shaken()
      client.on_question = function() return NO.decline end
      client:call("send_sms", message())
      client:call("hlr_lookup", { msisdn = "37069912345" })
      client:call("send_sms", message { message = "Hi " })
      client.on_question = yes
      local held = client:call("send_sms", message { message = "Hi  " })
      assert.truthy(held.error.message:find("has refused several calls", 1, true))
      assert.equal("forbidden", client:call("register_sender", { name = "MyShop", type = "AlphaNumeric" }).error.kind)
      assert.same({ 3, 0, 0 }, { #client.questions, count(), acts() })
      let_time_pass(client, 601)
      assert.equal("accepted", client:call("send_sms", message()).outcome)
    end)

    it("of the newer era holds, too, and no answer holds nothing", function()
      local client = start()
      local function ask(text, more)
        local params = { name = "send_sms", arguments = message { message = text } }
        for name, value in pairs(more or {}) do params[name] = value end
        return client:ask("tools/call", clients.modern(params, CAN_ASK)).result
      end
      assert.equal("input_required", ask("a").resultType)
      local state = ask("a").requestState
      assert.is_string(state)
      local no = { requestState = state, inputResponses = { confirm = NO.cancel } }
      assert.equal("forbidden", ask("a", no).structuredContent.error.kind)
      assert.equal("forbidden", ask("a").structuredContent.error.kind)
      assert.equal("input_required", ask("b").resultType)
    end)
  end)

  describe("the newer era", function()
    local function call(client, arguments, more, capabilities)
      local params = { name = "send_sms", arguments = arguments }
      for name, value in pairs(more or {}) do params[name] = value end
      return client:ask("tools/call", clients.modern(params, capabilities or CAN_ASK))
    end

    local function answered(state, answer)
      return { requestState = state, inputResponses = { confirm = answer or YES } }
    end

    it("answers with the question, and sends when the call comes again with a yes; once", function()
      local client = start()
      local question = call(client, message()).result
      assert.equal("input_required", question.resultType)
      assert.equal(0, count())
      local sent = call(client, message(), answered(question.requestState)).result
      assert.same({ "complete", "accepted" }, { sent.resultType, sent.structuredContent.outcome })
      local again = call(client, message(), answered(question.requestState)).result.structuredContent
      assert.same({ true, sent.structuredContent.id }, { again.repeated, again.id })
      assert.equal(1, count())
    end)

    it("takes a yes for no other message, none that was made up, and none after a no", function()
      local client = start()
      local state = call(client, message()).result.requestState
      local function refused(arguments, with)
        local structured = call(client, arguments, with).result.structuredContent
        return structured and structured.error and structured.error.kind
      end
      assert.equal("forbidden", refused(message { to = "37060000000" }, answered(state)))
      assert.equal("forbidden", refused(message { message = "other" }, answered(state)))
      assert.equal("forbidden", refused(message(), answered(("0"):rep(32))))
      assert.equal("forbidden", refused(message(), answered(state, { action = "decline" })))
      assert.equal("forbidden", refused(message(), answered(state)))
      assert.equal("forbidden", refused(message()))
      local with = { inputResponses = { confirm = YES } }
      assert.equal("input_required", call(client, message { message = "new" }, with).result.resultType)
      assert.equal(0, count())
    end)

    it("does not send where the client cannot ask, whatever it brings along", function()
      local client = start()
      local state = call(client, message()).result.requestState
      local refused = call(client, message(), answered(state), { sampling = {} }).result.structuredContent
      assert.equal("forbidden", refused.error.kind)
      assert.equal(0, count())
    end)
  end)

  describe("the operator's mode", function()
    it("preview is the default, in which nothing is sent and no prompt changes that", function()
      local client = shaken({ VERTEXSMS_MCP_MODE = "" })
      for _, tool in ipairs({ "send_sms", "hlr_lookup", "register_sender", "confirm_sender" }) do
        local arguments = ({
          send_sms = message(), hlr_lookup = { msisdn = "37069912345" },
          register_sender = { name = "MyShop", type = "AlphaNumeric" }, confirm_sender = { id = "1", pin = "12345" },
        })[tool]
        local refused = client:call(tool, arguments)
        assert.same({ "forbidden", "not_sent" }, { refused.error.kind, refused.error.outcome }, tool)
      end
      assert.equal(0, count() + #client.questions)
      local refused = client:call("send_sms", message { testMode = "1" })
      assert.equal("invalid_argument", refused.error.kind)
    end)

    it("test sends with testMode", function()
      local client = shaken({ VERTEXSMS_MCP_MODE = "test" }, nil, {})
      local sent = client:call("send_sms", message())
      assert.same({ "accepted", true }, { sent.outcome, sent.test })
      local _, kept = simulator:call("GET", "/_simulator/messages/" .. sent.id)
      assert.equal("1", kept.fields.testMode)
    end)

    it("is not started with one that it does not know", function()
      local code, output, errors = process.run({ process.lua(), "bin/vertexsms", "mcp" },
        { env = { VERTEXSMS_MCP_MODE = "yes" } })
      assert.same({ 1, "" }, { code, output })
      assert.truthy(errors:find("VERTEXSMS_MCP_MODE must be preview, test or live", 1, true))
    end)
  end)

  describe("the client's own approval", function()
    local CLIENT = { VERTEXSMS_MCP_CONSENT = "client" }

    it("needs the token of a preview of exactly this message, once", function()
      local client = shaken(CLIENT, nil, {})
      assert.equal("forbidden", client:call("send_sms", message()).error.kind)
      assert.equal("forbidden", client:call("send_sms", message { preview_token = "0" }).error.kind)
      local preview = client:call("preview_sms", message())
      assert.same({ true, 1, "EUR" }, { preview.allowed, preview.parts, preview.currency })
      local token = preview.preview_token
      local other = client:call("send_sms", message { message = "other", preview_token = token })
      assert.equal("forbidden", other.error.kind)
      local sent = client:call("send_sms", message { preview_token = token })
      assert.equal("accepted", sent.outcome)
      local again = client:call("send_sms", message { preview_token = token })
      assert.same({ true, sent.id }, { again.repeated, again.id })
      assert.equal(1, count())
      assert.is_nil(client:log():find(token, 1, true))
    end)

    local TOOLS = {
      { "hlr_lookup", { msisdn = "37069912345" }, { msisdn = "37069912346" }, "Number: 37069912345" },
      { "register_sender", { name = "MyShop", type = "AlphaNumeric", category = "Brand", categoryDescription = "a\nb" },
        { name = "MyShop2", type = "AlphaNumeric" }, '\nName: "MyShop"\nCategory: Brand\nAbout it: "a\\nb"' },
      { "confirm_sender", { id = "77", pin = "12345" }, { id = "77", pin = "54321" }, 'ID: "77"' },
    }

    local function with(arguments, token)
      local all = { preview_token = token }
      for name, value in pairs(arguments) do all[name] = value end
      return all
    end

    it("needs a token for whatever costs or acts: the first call only says what would be done", function()
      local client = shaken(CLIENT, nil, {})
      for _, tool in ipairs(TOOLS) do
        local name, arguments, others, words = tool[1], tool[2], tool[3], tool[4]
        simulator:call("DELETE", "/_simulator/messages")
        local first = client:call(name, arguments)
        assert.same({ false, "forbidden", "not_sent" }, { first.ok, first.error.kind, first.error.outcome })
        assert.truthy(first.preview:find(words, 1, true), first.preview)
        local token = first.preview_token
        for _, wrong in ipairs({ with(others, token), with(arguments, "0"), with(arguments, ("0"):rep(32)) }) do
          assert.equal("forbidden", client:call(name, wrong).error.kind)
        end
        for _, other in ipairs(TOOLS) do
          if other ~= tool then assert.equal("forbidden", client:call(other[1], with(other[2], token)).error.kind) end
        end
        assert.equal("forbidden", client:call("send_sms", message { preview_token = token }).error.kind)
        assert.equal(0, acts() + count())
        local done = client:call(name, with(arguments, token))
        if name ~= "confirm_sender" then
          assert.equal("accepted", done.outcome)
          assert.equal(1, acts())
          assert.same({ done.id, true }, { client:call(name, with(arguments, token)).id, true })
          let_time_pass(client, 601)
          assert.equal("forbidden", client:call(name, with(arguments, token)).error.kind)
          assert.equal(1, acts())
        else
          assert.equal("not_found", done.error.kind) -- it was asked: there is no such sender
          assert.equal("forbidden", client:call(name, with(arguments, token)).error.kind)
        end
        assert.is_nil(client:log():find(token, 1, true))
      end
    end)

    it("is not enough where the client can ask", function()
      local client = shaken(CLIENT)
      local preview = client:call("preview_sms", message())
      assert.is_nil(preview.preview_token)
      client.on_question = function() return { action = "decline" } end
      assert.equal("forbidden", client:call("send_sms", message()).error.kind)
      assert.equal(0, count())
    end)
  end)

  describe("the operator's limits", function()
    it("hold over restarts, for recipients and budget, and the person is not asked", function()
      local store = outboxes.new_path()
      local path = guard_file('{"allow":["LT"],"budget":{"parts":2,"seconds":86400},"store":"' .. store .. '"}')
      local client = shaken({ VERTEXSMS_GUARD = path }, { store = store })
      local refused = client:call("send_sms", message { to = "4915112345678" })
      assert.same({ "guarded", "allow" }, { refused.error.kind, refused.error.rule })
      assert.equal(0, #client.questions)
      assert.equal("accepted", client:call("send_sms", message { message = "1" }).outcome)
      client:close()
      client = shaken({ VERTEXSMS_GUARD = path }, { store = client.store })
      assert.equal("accepted", client:call("send_sms", message { message = "2" }).outcome)
      refused = client:call("send_sms", message { message = "3" })
      assert.same({ "guarded", "budget" }, { refused.error.kind, refused.error.rule })
      assert.equal("budget", client:call("preview_sms", message { message = "3" }).refused_by)
      assert.equal(2, count())
    end)

    it("know the switch, and the numbers that pass all the same", function()
      local client = shaken({ VERTEXSMS_LIVE = "0", VERTEXSMS_GUARD = guard_file('{"only":["37069912345"]}') })
      local sent = client:call("send_sms", message())
      assert.equal("accepted", sent.outcome, sent.error and sent.error.message)
      local refused = client:call("send_sms", message { to = "37069912349" })
      assert.is_truthy(refused.error.rule == "only" or refused.error.rule == "live", refused.error.rule)
      assert.equal(1, count())
      client = shaken({ VERTEXSMS_LIVE = "0" })
      assert.equal("live", client:call("send_sms", message()).error.rule)
      assert.equal(1, count())
    end)

    it("hold for lookups, too: numbers, the switch, budget, and a price that cannot be known", function()
      local function lookup(guard, number, env)
        local all = env or {}
        all.VERTEXSMS_GUARD = guard_file(guard)
        local client = shaken(all)
        local first = client:call("hlr_lookup", { msisdn = number })
        local second = client:call("hlr_lookup", { msisdn = "37069912349" })
        os.remove(guard_path)
        return first.ok or first.error.rule, second.ok or second.error.rule
      end
      assert.same({ "allow", "allow" }, { lookup('{"allow":["LV"]}', "37069912345") })
      assert.same({ true, "only" }, { lookup('{"only":["37069912345"]}', "37069912345") })
      assert.same({ "live", "live" }, { lookup("{}", "37069912345", { VERTEXSMS_LIVE = "0" }) })
      assert.same({ true, "budget" }, { lookup('{"budget":{"parts":1,"seconds":60}}', "37069912345") })
      assert.same({ "price", "price" }, { lookup('{"budget":{"price":"1","seconds":60}}', "37069912345") })
      assert.same({ true, true }, { lookup('{"max_price":"1","allow_unknown_price":true}', "37069912345") })
      assert.same({ true, true }, { lookup('{"duplicate":60}', "37069912345") })
    end)

    it("hold for senders: the switch, and the number that a PIN goes to", function()
      local mobile, name = { name = "+37069912345", type = "MSISDN" }, { name = "MyShop", type = "AlphaNumeric" }
      local pin = { id = "1", pin = "12345" }
      local function rules(guard, env)
        local all = env or {}
        all.VERTEXSMS_GUARD = guard_file(guard)
        local client = shaken(all)
        local found = {}
        for i, arguments in ipairs({ mobile, name, pin }) do
          local done = client:call(arguments.pin and "confirm_sender" or "register_sender", arguments)
          found[i] = done.ok or done.error.rule or done.error.kind
        end
        os.remove(guard_path)
        local questions = #client.questions
        client:close()
        return found, questions
      end
      assert.same({ { "live", "live", "live" }, 0 }, { rules("{}", { VERTEXSMS_LIVE = "0" }) })
      assert.same({ { "live", "live", "live" }, 0 }, { rules('{"live":false}') })
      assert.equal(0, acts())
      assert.same({ { "allow", true, "not_found" }, 2 }, { rules('{"allow":["LV"]}') })
      assert.same({ { "only", true, "not_found" }, 2 }, { rules('{"only":["37069912349"]}') })
      assert.same({ { "price", true, "not_found" }, 2 }, { rules('{"max_price":"1"}') })
      assert.equal(3, acts())
      assert.same({ { true, "live", "live" }, 1 }, { rules('{"only":["37069912345"]}', { VERTEXSMS_LIVE = "0" }) })
      assert.same({ { true, true, "not_found" }, 3 }, { rules('{"budget":{"parts":1,"seconds":60}}') })
    end)

    it("may name the store of VERTEXSMS_OUTBOX, beside their file where the path is relative", function()
      local path = guard_file('{"allow":["LT"],"store":"./outbox.db"}')
      local folder = path:match("^(.*/)")
      local function read(store)
        local env = { VERTEXSMS_GUARD = path, VERTEXSMS_OUTBOX = store }
        return require("vertexsms.mcp.policy").read(function(name) return env[name] end)
      end
      assert.is_nil(assert(read(folder .. "outbox.db")).guard.store)
      local policy, reason = read("./outbox.db")
      assert.is_nil(policy)
      assert.matches("guard.store must be the store of VERTEXSMS_OUTBOX (./outbox.db)", reason, 1, true)
    end)

    it("must be readable", function()
      for text, words in pairs({
        ["{"] = "is not JSON",
        ['{"max_parts":1,\n"max_parts":9}'] = 'has "max_parts" twice in one object, in lines 1 and 2',
        ["[]"] = "one JSON object", ['{"alow":["LT"]}'] = "alow",
        ['{"store":"x.db"}'] = "or be left out", ['{"allow":null}'] = "guard.allow must be",
        ['{"budget":{"parts":5,"price":null,"seconds":60}}'] = "price must be",
      }) do
        local code, _, errors = process.run({ process.lua(), "bin/vertexsms", "mcp" },
          { env = { VERTEXSMS_GUARD = guard_file(text) } })
        os.remove(guard_path)
        assert.equal(1, code)
        assert.truthy(errors:find(words, 1, true), errors)
      end
    end)
  end)

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
      local env = { VERTEXSMS_STATUS_BASE_URL = simulator.url }
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
      local client = shaken({ VERTEXSMS_STATUS_BASE_URL = simulator.url }, { url = endpoint.url })
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
      local client = shaken({ VERTEXSMS_STATUS_BASE_URL = simulator.url }, { url = url })
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
      local client = shaken({ VERTEXSMS_STATUS_BASE_URL = simulator.url }, { url = endpoint.url })
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

    it("and the same call at the same time is told that the first was not sent", function()
      local endpoint = web.endpoint()
      local client = shaken({ VERTEXSMS_STATUS_BASE_URL = simulator.url }, { url = endpoint.url })
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

    it("ends stdin before the answer: the audit says that the outcome is unknown", function()
      local endpoint = web.endpoint()
      local path = os.tmpname()
      local env = { VERTEXSMS_STATUS_BASE_URL = simulator.url, VERTEXSMS_MCP_AUDIT = path }
      local client = shaken(env, { url = endpoint.url })
      local _, connection = in_flight(client, endpoint)
      client:close()
      local line = require("vertexsms.json").decode(process.read_file(path))
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

  it("does without a store nothing that sends", function()
    local client = shaken({ VERTEXSMS_OUTBOX = "/nowhere/outbox.db" })
    local refused = client:call("send_sms", message())
    assert.equal("not_sent", refused.error.outcome)
    assert.truthy(refused.error.message:find("cannot be opened", 1, true))
    assert.equal(0, count())
  end)

  it("makes the default folder at the first call that needs it, for this user alone", function()
    local home = os.tmpname()
    os.remove(home)
    local client = shaken({ VERTEXSMS_OUTBOX = "", XDG_STATE_HOME = home .. "/state" })
    client:call("analyze_text", { message = "a" })
    assert.is_nil(io.open(home .. "/state"))
    client:call("list_recent_sends", {})
    local _, mode = process.run { "stat", "-c", "%a", home .. "/state/vertexsms" }
    assert.equal("700\n", mode)
    client:close()
    process.run { "rm", "-r", home }
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

  it("does not send when the audit's last line could not be written, and tells it on stderr", function()
    if not io.open("/dev/full") then return end
    local client = shaken({ VERTEXSMS_MCP_AUDIT = "/dev/full" })
    assert.is_true(client:call("analyze_text", { message = "a" }).ok)
    assert.truthy(client:log():find("VERTEXSMS_MCP_AUDIT cannot be written", 1, true))
    local refused = client:call("send_sms", message())
    assert.same({ "internal", "not_sent" }, { refused.error.kind, refused.error.outcome })
    assert.equal(0, count() + #client.questions)
  end)

  it("writes a line for each call before its answer, without numbers and texts", function()
    local client = shaken()
    client:call("send_sms", message())
    local line = client:audit()[1]
    assert.same({ "send_sms", "accepted", "370******45", 17, "spec", true },
      { line.tool, line.outcome, line.arguments.to, line.arguments.message.octets, line.client, line.ok })
    client:call("analyze_text", { message = "Your code is 4815" })
    assert.equal(line.arguments.message.hmac, client:audit()[2].arguments.message.hmac)
    assert.is_nil(client:log():find("4815", 1, true))
    assert.is_nil(client:log():find("37069912345", 1, true))
  end)

  it("audits neither numbers nor a person's words, wherever they are put", function()
    local client = shaken()
    client.on_question = function() return { action = "cancel" } end
    local NUMBER = "+370 69912345"
    for _, call in ipairs({
      { "send_sms", message { from = NUMBER } }, { "send_sms", message { to = { NUMBER } } },
      { "send_sms", message { to = 37069912345 } }, { "send_sms", message { message = { a = NUMBER } } },
      { "register_sender", { name = NUMBER, type = "MSISDN" } }, { "hlr_lookup", { msisdn = { a = NUMBER } } },
      { "register_sender", { name = "MyShop", type = "AlphaNumeric", categoryDescription = "of " .. NUMBER } },
      { "correct_phone_number", { number = NUMBER } }, { "confirm_sender", { id = "1", pin = { "69912" } } },
      { "get_sms_cost", message { from = "37069912345", [NUMBER] = 1 } },
    }) do
      client:call(call[1], call[2])
    end
    local audit = client:audit()
    assert.equal(10, #audit)
    assert.is_nil(client:log():find("69912", 1, true), client:log())
    assert.equal("370******45", audit[1].arguments.from)
    assert.same({ "a table", "a number", "a table" },
      { audit[2].arguments.to, audit[3].arguments.to, audit[4].arguments.message })
    assert.same({ "MyShop", "AlphaNumeric", 16 },
      { audit[7].arguments.name, audit[7].arguments.type, audit[7].arguments.categoryDescription.octets })
  end)
end)
