local cjson = require("cjson")
local message = require("spec.support.message")
local mutations = require("spec.support.mutations")
local scripted = require("spec.support.scripted")
local vertexsms = require("vertexsms")

local function messages(count)
  local list = {}
  for i = 1, count do list[i] = message({ message = "message " .. i }) end
  return list
end

local function ids(from, to)
  local list = {}
  for id = from, to do list[#list + 1] = ('"%d"'):format(id) end
  return "[" .. table.concat(list, ",") .. "]"
end

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

  it("warns of the same number twice in a list, which it sends", function()
    local events = {}
    local client = server:safe({ on_warning = function(event) events[#events + 1] = event end })
    local function send(...)
      local list = {}
      for i, to in ipairs({ ... }) do list[i] = message({ to = to }) end
      server:script({ body = ids(1, #list) })
      return #client:send_many(list, { batch_size = 100 })
    end
    assert.equal(3, send("37069912345", "37069912346", "37069912347"))
    assert.same({}, events)
    assert.equal(5, send("37069912345", "37069912346", "+37069912345", "37069912346", "37069912345"))
    assert.same({ {
      code = "same_recipient", method = "POST", path = "/sms", messages = 5, repeated = 3, first = 1, index = 3,
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
    server:script({ status = 500 }, { body = "[1,2]" })
    local many = client:send_many(messages(2))
    assert.same({ true, true, 2 }, { many.duplicate_possible, many[2].duplicate_possible, many.attempts })
    assert.is_true(many.elapsed > 0)
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

  it("is applied to lists and prices too", function()
    local client = server:safe({ smart_encoding = true })
    server:script({ body = "[1,2]" })
    local sent = client:send_many({ message({ message = "a…" }), message({ message = "b" }) })
    assert.equal(1, #sent[1].simplified)
    assert.is_nil(sent[2].simplified)
    assert.equal("a...", cjson.decode(server:request().body)[1].message)
    server:script({ body = '[{"totalPrice":0.035}]' })
    client:cost(message({ message = "a…" }))
    assert.equal("a...", cjson.decode(server:request().body).message)
  end)
end)

describe("client:send_many", function()
  it("sends an array, in order", function()
    server:script({ body = '["11",12,"13"]', headers = { ["X-VertexSMS-Amount-Sent"] = "3" } })
    local list = messages(3)
    local sent = server:safe():send_many(list)
    assert.same({ "11", "12", "13" }, sent.ids)
    for i = 1, 3 do
      assert.same({ id = tostring(10 + i), ids = { tostring(10 + i) }, outcome = "accepted",
        estimate = { encoding = "GSM-7", parts = 1 } }, sent[i])
    end
    assert.same({ 3, 3, 1, 1 }, { #sent, sent.parts, sent.requests, sent.attempts })
    assert.is_nil(sent.ambiguous)
    local request = server:request()
    assert.equal("/sms", request.path)
    assert.equal("[", request.body:sub(1, 1))
    assert.same(list, cjson.decode(request.body))
  end)

  it("keeps to the batch size, of the client or of the call", function()
    local client = server:safe({ batch_size = 2 })
    server:script({ body = ids(1, 2) }, { body = ids(3, 4) }, { body = ids(5, 5) })
    local sent = client:send_many(messages(5))
    assert.same({ "1", "2", "3", "4", "5" }, sent.ids)
    assert.equal("5", sent[5].id)
    assert.equal(3, sent.requests)
    assert.is_nil(sent.parts)
    local sizes = {}
    for i, request in ipairs(server:requests()) do sizes[i] = #cjson.decode(request.body) end
    assert.same({ 2, 2, 1 }, sizes)
    server:script({ body = ids(1, 3) }, { body = ids(4, 5) })
    client:send_many(messages(5), { batch_size = 3 })
    assert.equal(2, #server:requests())
    server:script({ body = ids(1, 500) }, { body = ids(501, 501) })
    assert.equal("501", server:safe():send_many(messages(501))[501].id)
    assert.equal(2, #server:requests())
  end)

  it("takes as many different IDs for those of the messages, in whatever order they come", function()
    for _, list in ipairs({ { "9", "10", "11" }, { "11", "10", "9" }, { "b", "aa", "a" }, { "10", "9", "11" } }) do
      server:script({ body = cjson.encode(list) })
      local sent = server:safe():send_many(messages(3))
      assert.is_nil(sent.ambiguous)
      assert.same(list, { sent[1].id, sent[2].id, sent[3].id })
    end
    for _, list in ipairs({ { "3", "1", "3" }, { "1", "3", "3" }, { "3", "3", "1" }, { "ab", "a", "ab" } }) do
      server:script({ body = cjson.encode(list) })
      assert.is_true(server:safe():send_many(messages(3)).ambiguous)
    end
  end)

  it("says the parts of a message where a batch is one", function()
    server:script({ body = "[1]", headers = { ["X-VertexSMS-Amount-Sent"] = "2" } })
    local sent = server:safe():send_many({ message({ message = ("x"):rep(161) }) })
    assert.same({ 2, 2 }, { sent.parts, sent[1].parts })
    assert.equal("[", server:request().body:sub(1, 1))
  end)

  for what, body in pairs({ fewer = '["1"]', more = '["1","2","3"]', twice = '["1","1"]' }) do
    it("never guesses whose ID is whose: " .. what, function()
      server:script({ body = body }, { body = '["8","9"]' })
      local sent = server:safe({ batch_size = 2 }):send_many(messages(4))
      local all = cjson.decode(body)
      assert.is_true(sent.ambiguous)
      for i = 1, 2 do
        assert.same({ true, "accepted" }, { sent[i].ambiguous, sent[i].outcome })
        assert.is_nil(sent[i].id)
        assert.same(all, sent[i].ids)
      end
      assert.is_nil(sent[3].ambiguous)
      assert.same({ "8", "9" }, { sent[3].id, sent[4].id })
      assert.equal(#all + 2, #sent.ids)
    end)
  end

  it("does not take an answer without IDs for one", function()
    for _, body in ipairs({ "[]", "{}", "" }) do
      server:script({ body = body })
      local _, err = server:safe():send_many(messages(2))
      assert.same({ "protocol", "unknown", true, "unknown" },
        { err.kind, err.outcome, err.likely_accepted, err.results[2].outcome })
    end
  end)

  it("says of a failed batch what became of each message", function()
    local client = server:safe({ batch_size = 2 })
    server:script({ body = ids(1, 2) }, { status = 400, body = '{"message":"Invalid value for field \'to\'."}' })
    local sent, err = client:send_many(messages(6))
    assert.is_nil(sent)
    assert.same({ "invalid_request", "unknown", "to", 400 }, { err.kind, err.outcome, err.field, err.status })
    local outcomes = {}
    for i, one in ipairs(err.results) do outcomes[i] = one.outcome end
    assert.same({ "accepted", "accepted", "rejected", "rejected", "not_sent", "not_sent" }, outcomes)
    assert.same({ "1", "2" }, err.results.ids)
    assert.equal("2", err.results[2].id)
    assert.same({ 2, 2 }, { err.attempts, #server:requests() })
  end)

  it("is as certain of the whole as of its parts", function()
    local client = server:safe({ batch_size = 2 })
    for status, outcome in pairs({ [400] = "rejected", [503] = "rejected", [500] = "unknown" }) do
      server:script({ status = status, body = '{"message":"No"}' })
      local _, err = client:send_many(messages(3))
      assert.equal(outcome, err.outcome)
      assert.same({ outcome, outcome, "not_sent" },
        { err.results[1].outcome, err.results[2].outcome, err.results[3].outcome })
      assert.equal(1, #server:requests())
    end
    local _, err = vertexsms.safe.new({ token = "t", base_url = "http://127.0.0.1:1", retry = false })
      :send_many(messages(1))
    assert.same({ "not_sent", "not_sent" }, { err.outcome, err.results[1].outcome })
  end)

  it("raises the same error", function()
    server:script({ body = ids(1, 1) }, { status = 503 })
    local client = server:raising({ batch_size = 1 })
    local ok, err = pcall(client.send_many, client, messages(3))
    assert.is_false(ok)
    assert.same({ "unavailable", "unknown", 3 }, { err.kind, err.outcome, #err.results })
  end)

  it("is not retryable once one was accepted, but what was certainly not is", function()
    local client = server:safe({ batch_size = 1 })
    local function retryable(...)
      server:script(...)
      local _, err = client:send_many(messages(3))
      local each = { err.retryable, err.temporary }
      for _, result in ipairs(err.results) do each[#each + 1] = result.retryable or false end
      return each
    end
    local overloaded = { status = 503, body = '{"message":"Overloaded"}' }
    assert.same({ true, true, true, true, true }, retryable(overloaded))
    assert.same({ false, true, false, true, true }, retryable({ body = ids(1, 1) }, overloaded))
    assert.same({ false, true, false, false, true }, retryable({ body = ids(1, 1) }, { status = 502 }))
    assert.same({ false, false, false, false, false }, retryable({ body = ids(1, 1) }, { status = 400 }))
  end)

  it("checks all of them before the first leaves", function()
    server:script({ body = "[1]" })
    local list = messages(3)
    list[3].from = "invalid sender ID"
    local _, err = server:safe({ batch_size = 1 }):send_many(list)
    assert.same({ "invalid_argument", "not_sent", "from", 3, 0 },
      { err.kind, err.outcome, err.field, err.index, err.attempts })
    assert.matches("messages[3]: from must", err.message, 1, true)
    assert.same({}, server:requests())
  end)

  it("refuses what is not a list, and names the place", function()
    local client = server:safe()
    local function refused(list, options)
      local sent, err = client:send_many(list, options)
      assert.is_nil(sent)
      assert.same({ "invalid_argument", "not_sent" }, { err.kind, err.outcome })
      return err
    end
    assert.matches("must have at least one message", refused({}).message)
    assert.equal(2, refused({ message(), nil, message() }).index)
    assert.equal(1, refused({ [2] = message() }).index)
    assert.equal(1, refused({ [1e9] = message() }).index)
    assert.equal(2, refused({ message(), "text" }).index)
    assert.matches('has the key "to"', refused({ to = "1" }).message, 1, true)
    assert.matches('has the key "n"', refused({ message(), n = 1 }).message, 1, true)
    assert.equal("batch_size", refused(messages(1), { batch_size = 0 }).field)
    assert.matches('did you mean "batch_size"', refused(messages(1), { batchSize = 1 }).message, 1, true)
    assert.has_error(function() client:send_many("text") end)
    assert.has_error(function() client:send_many(messages(1), 5) end)
  end)

  it("makes a result or an error of whatever comes", function()
    local client, list = server:safe(), messages(2)
    mutations.feed(server, '["1281532560",1281532561]', function() return client:send_many(list) end, function(sent)
      assert(#sent == 2 and (sent.ambiguous or sent[1].id and sent[2].id ~= sent[1].id))
    end)
  end)

  it("warns once for a batch", function()
    local events = {}
    server:script({ body = "[1,2]", headers = { ["X-VertexSMS-Amount-Sent"] = "5" } })
    server:safe({ on_warning = function(event) events[#events + 1] = event end })
      :send_many({ message(), message({ to = "37069912346" }) })
    assert.same({
      { code = "parts_differ", method = "POST", path = "/sms", messages = 2, estimate = 2, parts = 5 },
    }, events)
  end)
end)

describe("client:cost", function()
  local EXAMPLE = '[{"from":"VertexSMS","to":"37069912345","parts":1,"countryISO":"LT","mccmnc":"24601",'
    .. '"pricePerPart":0.035,"totalPrice":0.035,"currency":"EUR"}]'

  it("asks what is documented, of the status base URL", function()
    server:script({ body = EXAMPLE })
    local cost = server:safe({ base_url = "http://127.0.0.1:1", status_base_url = server.url }):cost(message())
    local row = {
      from = "VertexSMS", to = "37069912345", parts = 1, countryISO = "LT", mccmnc = "24601", pricePerPart = "0.035",
      totalPrice = "0.035", currency = "EUR",
    }
    assert.same(row, cost[1])
    for name, value in pairs(row) do assert.equal(value, cost[name]) end
    assert.same({ "0.035", 1, 1 }, { cost.total, #cost, cost.attempts })
    local request = server:request()
    assert.same({ "POST", "/sms/cost" }, { request.method, request.path })
    assert.same(message(), cjson.decode(request.body))
  end)

  it("adds up without floats", function()
    local rows = {}
    for i, price in ipairs({ "0.1", "0.2", "12345678901234567890.035", '"0.070"', "3.5e-5" }) do
      rows[i] = ('{"totalPrice":%s,"pricePerPart":null,"parts":%d,"currency":"EUR"}'):format(price, i)
    end
    server:script({ body = "[" .. table.concat(rows, ",") .. "]" })
    local cost = server:safe():cost(messages(5))
    assert.equal("12345678901234567890.405035", cost.total)
    assert.same({ "EUR", 15, "3.5e-5", "0.070" }, { cost.currency, cost.parts, cost[5].totalPrice, cost[4].totalPrice })
    assert.is_nil(cost[1].pricePerPart)
    assert.equal("[", server:request().body:sub(1, 1))
  end)

  it("does not add up euros and dollars", function()
    server:script({ body = '[{"totalPrice":1,"currency":"EUR"},{"totalPrice":1,"currency":"USD"}]' })
    local cost = server:safe():cost(messages(2))
    assert.is_nil(cost.total)
    assert.is_nil(cost.currency)
    assert.equal("USD", cost[2].currency)
  end)

  it("asks in batches, and in order", function()
    server:script({ body = '[{"totalPrice":1},{"totalPrice":2}]' }, { body = '[{"totalPrice":3}]' })
    local cost = server:safe({ batch_size = 2 }):cost(messages(3))
    assert.same({ "6", "3", 2 }, { cost.total, cost[3].totalPrice, #server:requests() })
  end)

  it("is a read: repeated on whatever may pass", function()
    server:script({ status = 500 }, { body = EXAMPLE })
    local cost = server:safe({ retry = { base = 0 } }):cost(message())
    assert.same({ 2, "0.035" }, { cost.attempts, cost.total })
  end)

  it("says what stands in the way", function()
    server:script({ status = 400, body = '{"message":"No route"}' })
    local cost, err = server:safe():cost(message())
    assert.is_nil(cost)
    assert.same({ "invalid_request", "No route" }, { err.kind, err.message })
  end)

  it("refuses what is neither a message nor a list of them", function()
    local client = server:safe()
    for _, wrong in ipairs({ {}, { message(), "x" }, { to = "37069912345" }, { [3] = message() } }) do
      local cost, err = client:cost(wrong)
      assert.is_nil(cost)
      assert.equal("invalid_argument", err.kind)
    end
    assert.has_error(function() client:cost("text") end)
  end)

  it("makes a result or an error of whatever comes", function()
    local client = server:safe()
    mutations.feed(server, EXAMPLE, function() return client:cost(message()) end, function(cost)
      assert(#cost == 1 and type(cost[1].totalPrice) == "string")
      assert(cost.parts == nil or cost.parts % 1 == 0)
      assert(cost.total == nil or cost.total:find("^%-?%d+%.?%d*$"))
    end)
  end)
end)
