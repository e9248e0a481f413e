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

  it("says the parts of all messages where each batch has said its own, else none", function()
    local known, unknown = { body = "[1]", headers = { ["X-VertexSMS-Amount-Sent"] = "2" } }, { body = "[2]" }
    for _, answers in ipairs({ { known, unknown }, { unknown, known } }) do
      server:script(answers[1], answers[2])
      local sent = server:safe({ batch_size = 1 }):send_many(messages(2))
      assert.same({ 2 }, { #sent.ids, sent.parts })
    end
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

  it("simplifies each text, with smart_encoding", function()
    server:script({ body = "[1,2]" })
    local client = server:safe({ smart_encoding = true })
    local sent = client:send_many({ message({ message = "a…" }), message({ message = "b" }) })
    assert.equal(1, #sent[1].simplified)
    assert.is_nil(sent[2].simplified)
    assert.equal("a...", cjson.decode(server:request().body)[1].message)
  end)

  it("says when they may have gone out twice", function()
    local client = server:safe({ retry = { base = 0, server_errors = true } })
    server:script({ status = 500 }, { body = "[1,2]" })
    local many = client:send_many(messages(2))
    assert.same({ true, true, 2 }, { many.duplicate_possible, many[2].duplicate_possible, many.attempts })
    assert.is_true(many.elapsed > 0)
    server:script({ status = 500 }, { body = "[1]" }, { status = 400, body = '{"message":"No"}' })
    local _, err = client:send_many(messages(2), { batch_size = 1 })
    assert.same({ true, true }, { err.duplicate_possible, err.results[1].duplicate_possible })
    assert.is_nil(err.results[2].duplicate_possible)
  end)
end)
