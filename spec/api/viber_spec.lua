local cjson = require("cjson")
local json = require("vertexsms.json")
local message = require("spec.support.message")
local mutations = require("spec.support.mutations")
local scripted = require("spec.support.scripted")

describe("client:viber", function()
  local server

  setup(function() server = scripted.start() end)
  teardown(function() server:stop() end)

  local function sent_body(given, options)
    server:script({ body = '["1281532560"]' })
    local sent, err = server:safe(options):viber(given)
    assert.is_nil(err)
    assert.equal("1281532560", sent.id)
    local request = server:request()
    assert.same({ "POST", "/viber" }, { request.method, request.path })
    return request.body
  end

  it("asks what is documented", function()
    local all = message({
      dlrUrl = "https://example.com/dlr", priority = "low", scheduled = "2015-01-01T13:00:00+02:00", testMode = "2",
      correctBy = "LT", im = { action = { url = "https://example.com", title = "go to example.com" } },
    })
    assert.same(all, cjson.decode(sent_body(all)))
  end)

  it("passes im through as it is", function()
    local body = sent_body(message({
      im = { empty = {}, list = json.array({}), none = json.null, image = { 1, 2.5, true, "a\tb" }, id = 2 ^ 53 - 1 },
    }))
    local im = '"im":{"empty":{},"id":9007199254740991,"image":[1,2.5,true,"a\\tb"],"list":[],"none":null}'
    assert.matches(im, body, 1, true)
  end)

  it("refuses an im that is not JSON", function()
    local loop = {}
    loop.loop = loop
    for _, im in ipairs({ loop, { print }, { 0 / 0 }, { [1] = 1, a = 2 }, { "\255" }, { [2.5] = 1 }, { [3] = 1 } }) do
      local sent, err = server:safe():viber(message({ im = im }))
      assert.is_nil(sent)
      assert.same({ "invalid_argument", "im" }, { err.kind, err.field })
    end
    assert.equal("im", select(2, server:safe():viber(message({ im = "x" }))).field)
  end)

  it("has at most 1000 characters", function()
    sent_body(message({ message = ("é"):rep(1000) }))
    local _, err = server:safe():viber(message({ message = ("é"):rep(1001) }))
    assert.same({ "invalid_argument", "message" }, { err.kind, err.field })
    assert.matches("at most 1000 characters, but has 1001", err.message)
    sent_body(message({ message = ("é"):rep(1001) }), { validate = false })
  end)

  it("does not know better which senders are approved", function()
    assert.matches('"from":"Žalia parduotuvė"', sent_body(message({ from = "Žalia parduotuvė" })), 1, true)
  end)

  it("checks the rest before anything leaves", function()
    for field, value in pairs({
      to = "abc", from = "", message = "", dlrUrl = "x", priority = "x", scheduled = "x", testMode = 3, correctBy = "x",
      udh = "%00", coding = 1, expireIn = 400,
    }) do
      local sent, err = server:safe():viber(message({ [field] = value }))
      assert.is_nil(sent)
      assert.same({ "invalid_argument", "not_sent", field }, { err.kind, err.outcome, err.field })
    end
    assert.equal("message", select(2, server:safe({ validate = false }):viber(message({ message = "\255" }))).field)
    assert.has_error(function() server:safe():viber("text") end)
  end)

  it("is repeated only while it was certainly not accepted", function()
    server:script({ status = 503, body = '{"message":"Overloaded"}' }, { status = 500 })
    local _, err = server:safe({ retry = { base = 0 } }):viber(message())
    assert.same({ "server_error", "unknown", 2 }, { err.kind, err.outcome, err.attempts })
  end)

  it("says when it may have gone out twice", function()
    server:script({ status = 500 }, { body = "[1]" })
    local sent = server:safe({ retry = { base = 0, server_errors = true } }):viber(message())
    assert.same({ true, 2, 200, { "1" } }, { sent.duplicate_possible, sent.attempts, sent.status, sent.ids })
    assert.is_true(sent.elapsed > 0)
  end)

  it("makes a result or an error of whatever comes", function()
    local client = server:safe()
    mutations.feed(server, '["1281532560"]', function() return client:viber(message()) end, function(sent)
      assert(type(sent.id) == "string" and sent.ids[1] == sent.id)
    end)
  end)
end)
