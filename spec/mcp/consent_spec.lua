-- Nothing is sent by a prompt alone: what the person has to say, in both eras, and what takes its place where a client
-- cannot ask.

local clients = require("spec.support.mcp")
local message = require("spec.support.message")
local sends = require("spec.support.mcp_sends")

if not sends.are_wanted then return end

describe("vertexsms mcp", function()
  local CAN_ASK, YES, yes = sends.CAN_ASK, sends.YES, sends.yes
  local start, shaken, let_time_pass = sends.start, sends.shaken, sends.let_time_pass
  local count, acts = sends.count, sends.acts

  setup(sends.set_up)
  teardown(sends.tear_down)
  before_each(sends.before)
  after_each(sends.after)

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
      ["decline with a confirm"] = { action = "decline", content = { confirm = true } },
      ["cancel with a confirm"] = { action = "cancel", content = { confirm = true } },
      ["an action that is not known"] = { action = "yes", content = { confirm = true } },
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
      local preview = client:call("preview_sms", message())
      assert.same({ false, "forbidden", refused.error.message, refused.next },
        { preview.allowed, preview.refused_by, preview.refusal, preview.next })
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
      local failed = clients.structured(client:wait(first)).error
      assert.same({ "forbidden", "the client answered the question to the person with an error" },
        { failed.kind, failed.message })
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
          assert.matches("sends it themselves with the command vertexsms", held.next, 1, true)
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

    it("takes a yes for ten minutes, and no token of the other kind", function()
      local client = start({ VERTEXSMS_MCP_CONSENT = "client" })
      local cannot_ask = {}
      local function kind(result) return result.structuredContent.error.kind end
      local state = call(client, message()).result.requestState
      local other = call(client, message()).result.requestState
      assert.equal("forbidden", kind(call(client, message { preview_token = state }, {}, cannot_ask).result))
      local params = clients.modern({ name = "preview_sms", arguments = message() }, cannot_ask)
      local token = client:ask("tools/call", params).result.structuredContent.preview_token
      assert.is_string(token)
      assert.equal("forbidden", kind(call(client, message(), answered(token)).result))
      let_time_pass(client, 601)
      assert.equal("forbidden", kind(call(client, message(), answered(other)).result))
      assert.equal("forbidden", kind(call(client, message { preview_token = token }, {}, cannot_ask).result))
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
        sends.simulator:call("DELETE", "/_simulator/messages")
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
end)
