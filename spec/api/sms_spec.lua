local cjson = require("cjson")
local message = require("spec.support.message")
local mutations = require("spec.support.mutations")
local scripted = require("spec.support.scripted")

local server

setup(function() server = scripted.start() end)
teardown(function() server:stop() end)

describe("client:send", function()
  it("asks what is documented", function()
    server:script({ body = '["1281532560"]', headers = { ["X-VertexSMS-Amount-Sent"] = "1" } })
    local sent = server:safe():send({ to = "37069912345", from = "sender", message = "Test SMS 001" })
    assert.equal("1281532560", sent.id)
    assert.same({ "1281532560" }, sent.ids)
    assert.same({ 1, 200, 1 }, { sent.parts, sent.status, sent.attempts })
    local request = server:request()
    assert.same({ "POST", "/sms", "" }, { request.method, request.path, request.query })
    assert.equal("application/json", request.headers["content-type"])
    assert.equal("application/json", request.headers.accept)
    assert.equal(scripted.token, request.headers["x-vertexsms-token"])
    assert.equal('{"from":"sender","message":"Test SMS 001","to":"37069912345"}', request.body)
  end)

  it("sends every documented field as it is", function()
    server:script({ body = "[1281532560]" })
    local all = {
      to = "37069912345", from = "MyShop", message = 'quote " backslash \\ tab \t /é€😀',
      dlrUrl = "https://example.com/?a=1&b=2",
      priority = "high", scheduled = "2015-01-01T13:00:00+02:00", testMode = "1", expireIn = 360, correctBy = "LT",
    }
    assert.equal("1281532560", server:safe():send(all).id)
    assert.same(all, cjson.decode(server:request().body))
    all.scheduled, all.message, all.udh, all.coding = nil, "x", "%05%00%03%CC%02%01", 0
    server:script({ body = "[1281532560]" })
    server:safe():send(all)
    assert.same(all, cjson.decode(server:request().body))
  end)

  it("reads an answer with a byte order mark", function()
    server:script({ body = '\239\187\191["1281532560"]' })
    assert.equal("1281532560", server:safe():send(message()).id)
  end)

  it("says what came instead of JSON", function()
    local function reason(answer)
      server:script(answer)
      local _, err = server:safe():send(message())
      assert.same({ "protocol", "unknown", true, false, false },
        { err.kind, err.outcome, err.likely_accepted, err.retryable, err.temporary })
      return err.message
    end
    assert.equal('the response is not JSON (Content-Type text/html, begins with "<html><h1>Welcome</h1></html>")',
      reason({ body = "<html><h1>Welcome</h1></html>", headers = { ["Content-Type"] = "text/html" } }))
    assert.equal("the response is not JSON (Content-Type application/json, Content-Encoding gzip, which was not asked "
      .. "for)", reason({ body = "\31\139\8\0", headers = { ["Content-Encoding"] = "gzip" } }))
    assert.equal("the response is not JSON (Content-Type application/json, empty)", reason({ body = "" }))
    assert.matches('the response is not JSON (Content-Type application/json, begins with "["1"): Expected',
      reason({ body = '["1' }), 1, true)
    assert.equal("the response is not a list of IDs", reason({ body = '{"message":"Hello"}' }))
  end)

  -- What is shown of a body is cut, and half a token would be as good as none to hide.
  it("shows no part of the token of a body that is cut", function()
    server:script({ body = "<p>" .. ("x"):rep(20) .. scripted.token .. "</p>" })
    local _, err = server:safe():send(message())
    assert.not_matches(scripted.token:sub(1, 8), tostring(err), 1, true)
  end)

  it("makes a result or an error of whatever comes", function()
    local client = server:safe()
    mutations.feed(server, '["1281532560"]', function() return client:send(message()) end, function(sent)
      assert(type(sent.id) == "string" and sent.ids[1] == sent.id and #sent.ids == 1)
    end)
  end)

  it("estimates, and warns where the service counts otherwise", function()
    local events = {}
    local client = server:safe({ on_warning = function(event) events[#events + 1] = event end })
    local function send(changes, parts)
      server:script({ body = "[1]", headers = { ["X-VertexSMS-Amount-Sent"] = parts } })
      return client:send(message(changes)).estimate
    end
    assert.same({ encoding = "GSM-7", parts = 1 }, send({}, "1"))
    assert.same({ encoding = "GSM-7", parts = 2 }, send({ message = ("x"):rep(161) }, "2"))
    assert.same({ encoding = "UCS-2", parts = 2 }, send({ message = ("я"):rep(71) }, "2"))
    assert.same({ encoding = "UCS-2", parts = 1 }, send({ message = "x", coding = 2 }, "1"))
    assert.same({ encoding = "8-bit", parts = 1 }, send({ message = "x", coding = 1, udh = "%05%00%03%CC%02%01" }, "1"))
    send({}, nil)
    assert.same({}, events)
    send({ message = ("x"):rep(161) }, "3")
    assert.same({ {
      code = "parts_differ", method = "POST", path = "/sms", id = "1", messages = 1, estimate = 2, parts = 3,
    } }, events)
  end)

  it("estimates nothing where it cannot", function()
    server:script({ body = "[1]", headers = { ["X-VertexSMS-Amount-Sent"] = "1" } })
    local client = server:safe({ validate = false, on_warning = error })
    assert.is_nil(client:send(message({ message = ("x"):rep(40000) })).estimate)
    assert.is_nil(client:send(message({ coding = 7 })).estimate)
    assert.equal(1, client:send(message({ message = ("x"):rep(300), udh = "%00" })).estimate.parts)
  end)

  it("says when it may have gone out twice", function()
    local client = server:safe({ retry = { base = 0, server_errors = true } })
    server:script({ status = 500 }, { body = "[1]" })
    local sent = client:send(message())
    assert.same({ true, 2 }, { sent.duplicate_possible, sent.attempts })
    assert.is_true(sent.elapsed > 0)
  end)

  it("survives a hook that fails", function()
    server:script({ body = "[1]", headers = { ["X-VertexSMS-Amount-Sent"] = "9" } })
    local client = server:safe({ on_warning = function() error("oops") end })
    local reported
    client.host = setmetatable({ report = function(text) reported = text end }, { __index = client.host })
    assert.equal("1", client:send(message()).id)
    assert.matches("on_warning raised", reported)
  end)
end)

describe("smart_encoding", function()
  local function sent_text(changes, options)
    server:script({ body = "[1]" })
    local sent, err = server:safe(options or { smart_encoding = true }):send(message(changes))
    assert.is_nil(err)
    return cjson.decode(server:request().body).message, sent
  end

  it("sends what GSM-7 has, and says what it changed", function()
    local text, sent = sent_text({ message = "It’s “ready”…" })
    assert.equal('It\'s "ready"...', text)
    assert.equal(4, #sent.simplified)
    assert.same({ char = "’", codepoint = "U+2019", position = 3, byte = 3, replacement = "'" }, sent.simplified[1])
    assert.same({ encoding = "GSM-7", parts = 1 }, sent.estimate)
  end)

  it("changes nothing else, not even what a metatable gives", function()
    server:script({ body = "[1]" })
    local defaults = setmetatable({ message = "It’s" }, { __index = message({ testMode = 1 }) })
    assert.is_table((server:safe({ smart_encoding = true }):send(defaults)))
    assert.same(message({ message = "It's", testMode = "1" }), cjson.decode(server:request().body))
  end)

  it("is off unless asked for", function()
    local text, sent = sent_text({ message = "It’s" }, {})
    assert.equal("It’s", text)
    assert.is_nil(sent.simplified)
    assert.equal("UCS-2", sent.estimate.encoding)
  end)

  it("leaves alone what it cannot help, or has no say in", function()
    local given = message({ message = "“Жена”" })
    assert.equal("“Жена”", (sent_text(given)))
    assert.equal("“Жена”", given.message)
    assert.equal("\226\128\139", (sent_text({ message = "\226\128\139" }))) -- nothing would be left of it
    assert.equal("It’s", (sent_text({ message = "It’s", coding = 2 })))
    assert.is_nil(select(2, sent_text({ message = "plain" })).simplified)
  end)
end)
