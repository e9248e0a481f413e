-- The operator's mode and limits: no prompt changes them.

local clients = require("spec.support.mcp")
local message = require("spec.support.message")
local outboxes = require("spec.support.outboxes")
local policies = require("vertexsms.mcp.policy")
local process = require("spec.support.process")
local sends = require("spec.support.mcp_sends")
local web = require("spec.support.web")

if not sends.are_wanted then return end

describe("vertexsms mcp", function()
  local shaken, count, acts, guard_file = sends.shaken, sends.count, sends.acts, sends.guard_file

  setup(sends.set_up)
  teardown(sends.tear_down)
  before_each(sends.before)
  after_each(sends.after)

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
      local _, kept = sends.simulator:call("GET", "/_simulator/messages/" .. sent.id)
      assert.equal("1", kept.fields.testMode)
    end)

    it("is not started with one that it does not know", function()
      local code, output, errors = process.run({ process.lua(), "bin/vertexsms", "mcp" },
        { env = { VERTEXSMS_MCP_MODE = "yes" } })
      assert.same({ 1, "" }, { code, output })
      assert.truthy(errors:find("VERTEXSMS_MCP_MODE must be preview, test or live", 1, true))
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
      assert.equal(1, #client.questions)
      assert.equal("budget", client:call("preview_sms", message { message = "3" }).refused_by)
      assert.equal(2, count())
    end)

    it("count what was billed, as many parts as the service says, and pause at a refused token", function()
      local endpoint = web.endpoint()
      local function answered(status, body, parts)
        return ("HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%sConnection: close\r\n\r\n%s")
          :format(status, #body, parts and "X-VertexSMS-Amount-Sent: " .. parts .. "\r\n" or "", body)
      end
      local env = { VERTEXSMS_STATUS_BASE_URL = sends.simulator.url }
      env.VERTEXSMS_GUARD = guard_file('{"budget":{"parts":4,"seconds":600},"breaker":true}')
      local client = shaken(env, { url = endpoint.url })
      local function send(text, answer)
        local call = client:request("tools/call", { name = "send_sms", arguments = message { message = text } })
        client:wait_for_question()
        assert.equal("POST /sms HTTP/1.1", (endpoint:take_raw(answer)))
        return clients.structured(client:wait(call))
      end
      for i = 1, 3 do assert.equal("rejected", send("no " .. i, answered("422 No", "{}")).error.outcome) end
      assert.equal(3, send("a", answered("200 OK", '["1"]', 3)).parts)
      assert.equal("unknown", send("b", "").error.outcome)
      local full = client:call("send_sms", message { message = "c" }).error
      assert.same({ "budget", "4", "4" }, { full.rule, full.limit, full.used })
      client = shaken(env, { url = endpoint.url })
      assert.equal("unauthorized", send("d", answered("401 No", "{}")).error.kind)
      assert.equal("breaker", client:call("send_sms", message { message = "e" }).error.rule)
      endpoint:close()
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
        return policies.read(function(name) return env[name] end)
      end
      assert.is_nil(assert(read(folder .. "outbox.db")).guard.store)
      local policy, reason = read("./outbox.db")
      assert.is_nil(policy)
      assert.matches("guard.store must be the store of VERTEXSMS_OUTBOX (./outbox.db)", reason, 1, true)
      policy, reason = read("postgresql://me:secret@db/shop")
      assert.is_nil(policy)
      assert.matches("guard.store must be the store of VERTEXSMS_OUTBOX (a URL)", reason, 1, true)
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

        assert.equal(1, code)
        assert.truthy(errors:find(words, 1, true), errors)
      end
    end)
  end)
end)
