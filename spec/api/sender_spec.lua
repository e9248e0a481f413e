local cjson = require("cjson")
local scripted = require("spec.support.scripted")
local vertexsms = require("vertexsms")

local function sender(changes)
  local made = {
    name = "TestSender", type = "AlphaNumeric", category = "Other", categoryDescription = "Tests",
    notificationUrl = "https://example.com/sender",
  }
  for key, value in pairs(changes or {}) do made[key] = value end
  return made
end

local function plain(body, status)
  return { status = status, body = body, headers = { ["Content-Type"] = "plain/text" } }
end

local server

setup(function() server = scripted.start() end)
teardown(function() server:stop() end)

describe("client:register_sender", function()
  it("asks what is documented", function()
    server:script(plain("123"))
    local registered = server:safe():register_sender(sender())
    assert.same({ "123", 200, 1 }, { registered.id, registered.status, registered.attempts })
    assert.is_true(registered.elapsed > 0)
    local request = server:request()
    assert.same({ "POST", "/senderId" }, { request.method, request.path })
    assert.same(sender(), cjson.decode(request.body))
    server:script(plain("124\n"))
    assert.equal("124", server:safe():register_sender({ name = "+37069555555", type = "MSISDN" }).id)
    assert.equal('{"name":"37069555555","type":"MSISDN"}', server:request().body)
  end)

  it("takes the names that are documented", function()
    for _, name in ipairs({ "abc", "a-b_c&d#e!f", "12345678901", "A1!" }) do
      server:script(plain("1"))
      assert.equal("1", server:safe():register_sender(sender({ name = name })).id)
    end
    for _, category in ipairs({ "Company", "Product", "Brand", "Shortcode", "Landline", "Other" }) do
      server:script(plain("1"))
      assert.equal("1", server:safe():register_sender(sender({ category = category })).id)
    end
  end)

  it("checks before anything leaves", function()
    server:script(plain("1"))
    for field, values in pairs({
      name = { "", "ab", "123456789012", "a b", "a.b", "abc\n", "žalia", 123 }, type = { "", "alphanumeric", 1 },
      category = { "other", "" }, notificationUrl = { "example.com" }, categoryDescription = { "\255", 5 },
    }) do
      for _, value in ipairs(values) do
        local registered, err = server:safe():register_sender(sender({ [field] = value }))
        assert.is_nil(registered)
        assert.same({ "invalid_argument", "not_sent", field }, { err.kind, err.outcome, err.field })
      end
    end
    assert.equal("name", select(2, server:safe():register_sender({ name = "Shop", type = "MSISDN" })).field)
    assert.equal("type", select(2, server:safe():register_sender({ name = "Shop" })).field)
    assert.matches('did you mean "category"?',
      select(2, server:safe():register_sender(sender({ Categry = "x" }))).message, 1, true)
    assert.has_error(function() server:safe():register_sender("Shop") end)
    assert.same({}, server:requests())
  end)

  it("leaves to the service what only it can judge", function()
    server:script(plain("1"))
    assert.equal("1", server:safe({ validate = false }):register_sender({ name = "a b", type = "New" }).id)
    assert.equal('{"name":"a b","type":"New"}', server:request().body)
  end)

  it("makes a result or an error of whatever comes", function()
    local client = server:safe()
    for _, body in ipairs({ "123", " 123 \r\n", "0", "99999999999999999999" }) do
      server:script(plain(body))
      assert.equal(body:match("%d+"), client:register_sender(sender()).id)
    end
    for _, body in ipairs({
      "", "abc", "12 3", "-1", "1.5", "[123]", '"123', "null", "<html>123</html>", "123\0", "\255", ("9"):rep(21),
      '{"message":"x"}', ("1"):rep(100000),
    }) do
      server:script(plain(body))
      local registered, err = client:register_sender(sender())
      assert.is_nil(registered)
      assert.is_true(vertexsms.is_error(err))
      assert.same({ "protocol", "unknown", true, body }, { err.kind, err.outcome, err.likely_accepted, err.body })
    end
  end)

  it("is repeated only while it was certainly not accepted", function()
    server:script({ status = 500 }, plain("123"))
    local registered = server:safe({ retry = { base = 0, server_errors = true } }):register_sender(sender())
    assert.is_true(registered.duplicate_possible)
    server:script({ status = 503, body = '{"message":"Overloaded"}' }, { status = 500 })
    local _, err = server:safe({ retry = { base = 0 } }):register_sender(sender())
    assert.same({ "server_error", "unknown", 2 }, { err.kind, err.outcome, err.attempts })
  end)
end)

describe("client:confirm_sender", function()
  it("asks what is documented", function()
    server:script(plain("123"))
    local confirmed = server:safe():confirm_sender("123", "01234")
    assert.same({ "123", 200 }, { confirmed.id, confirmed.status })
    local request = server:request()
    assert.same({ "POST", "/senderId/confirm/123", '{"code":"01234"}' }, { request.method, request.path, request.body })
  end)

  it("checks before anything leaves", function()
    local client = server:safe()
    server:script(plain("1"))
    for _, pin in ipairs({ "", "1234", "123456", "12a45", "12345\n", "１２３４５" }) do
      assert.equal("pin", select(2, client:confirm_sender("123", pin)).field)
    end
    for _, id in ipairs({ "", "..", "1/2", "1?", "1\r" }) do
      assert.equal("id", select(2, client:confirm_sender(id, "12345")).field)
    end
    assert.has_error(function() client:confirm_sender("1", 12345) end)
    assert.has_error(function() client:confirm_sender(1, "12345") end)
    assert.same({}, server:requests())
  end)

  it("takes any answer but a page for people", function()
    local client = server:safe()
    for _, body in ipairs({ "", "123", "OK", '{"id":123}', '"123"', "null" }) do
      server:script(plain(body))
      assert.equal("123", client:confirm_sender("123", "12345").id)
    end
    for _, body in ipairs({ "<html>", "Welcome to our gateway", "\0", "{" }) do
      server:script(plain(body))
      local _, err = client:confirm_sender("123", "12345")
      assert.same({ "protocol", "unknown" }, { err.kind, err.outcome })
    end
  end)

  it("says that the PIN is wrong", function()
    server:script({ status = 400, body = '{"message":"Invalid code"}' })
    local _, err = server:safe():confirm_sender("123", "12345")
    assert.same({ "invalid_request", "rejected", "Invalid code" }, { err.kind, err.outcome, err.message })
  end)
end)
