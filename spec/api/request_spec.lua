local json = require("vertexsms.json")
local scripted = require("spec.support.scripted")

local server

setup(function() server = scripted.start() end)
teardown(function() server:stop() end)

local function asked(method, path, options, client_options)
  server:script({ body = "[]" })
  local answer, err = server:safe(client_options):request(method, path, options)
  assert.is_nil(err)
  assert.is_table(answer)
  return server:request()
end

describe("client:request", function()
  it("asks anything", function()
    local request = asked("GET", "/rates/", { query = { format = "json" } })
    assert.same({ "GET", "/rates/", "format=json", "" }, { request.method, request.path, request.query, request.body })
    request = asked("post", "/numbers", { json = { { number = "869912345", country = "LT" } } })
    assert.same({ "POST", "/numbers", '[{"country":"LT","number":"869912345"}]' },
      { request.method, request.path, request.body })
    assert.equal("application/json", request.headers["content-type"])
    request = asked("PUT", "/x", { body = '{"a": 1}', headers = { ["X-Trace"] = "5" } })
    assert.same({ '{"a": 1}', "5" }, { request.body, request.headers["x-trace"] })
    for _, method in ipairs({ "DELETE", "PATCH", "HEAD" }) do
      server:script("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
      assert.equal(204, server:safe():request(method, "/x").status)
      assert.equal(method, server:request().method)
    end
  end)

  it("says that an empty body is JSON too", function()
    for _, method in ipairs({ "POST", "PUT" }) do
      local request = asked(method, "/x")
      assert.same({ "application/json", "0" }, { request.headers["content-type"], request.headers["content-length"] })
    end
  end)

  it("goes to the other base URL when asked to", function()
    local options = { base_url = "http://127.0.0.1:1", status_base_url = server.url .. "/v2" }
    assert.equal("/v2/prefixes", asked("GET", "/prefixes", { alternate = true }, options).path)
  end)

  it("hands everything over", function()
    server:script({ status = 201, body = '{"id":12345678901234567890,"price":0.10,"none":null,"list":[]}',
      headers = { ["X-Extra"] = "1" } })
    local answer = server:safe():request("GET", "/x")
    assert.same({ 201, "1", 1 }, { answer.status, answer.headers["X-EXTRA"], answer.attempts })
    assert.is_true(answer.elapsed > 0)
    assert.same({ id = "12345678901234567890", price = "0.10", list = {} }, answer.json)
    assert.equal('{"id":12345678901234567890,"price":0.10,"none":null,"list":[]}', answer.body)
    for body, decoded in pairs({ ["123"] = "123", ["true"] = true, ['"x"'] = "x" }) do
      server:script({ body = body, headers = { ["Content-Type"] = "plain/text" } })
      assert.equal(decoded, server:safe():request("GET", "/x").json)
    end
    for _, body in ipairs({ "", "null", "a,b", "<html>", "{", ("["):rep(50), "\0" }) do
      server:script({ body = body })
      answer = server:safe():request("GET", "/x")
      assert.is_nil(answer.json)
      assert.equal(body, answer.body)
    end
  end)

  it("percent-encodes the query, in order", function()
    local request = asked("GET", "/x", { query = {
      b = "a b&c=d/é?#%", a = 5, c = true, d = { "1", 2 }, ["e f"] = "", g = {},
    } })
    assert.equal("a=5&b=a%20b%26c%3Dd%2F%C3%A9%3F%23%25&c=true&d=1&d=2&e%20f=", request.query)
    assert.equal("", asked("GET", "/x", { query = {} }).query)
  end)

  it("percent-encodes what must be in a path, once", function()
    assert.equal("/a%20b/%C3%A9/c%2Fd/e:f@g", asked("GET", "/a b/é/c%2Fd/e:f@g").path)
  end)

  it("checks before anything leaves", function()
    server:script({ body = "[]" })
    local client = server:safe()
    for _, path in ipairs({
      "", "x", "/..", "/a/../b", "/a..b", "/a?b=c", "/a#b", "/a\r\nX: y", "/a\0", "/%2e%2e/b", "/%2E./b", "/a%0d%0ab",
      "/%00", "/a%", "/a%4", "/a%zz", "/a\\b", "/" .. ("x"):rep(5000), "/" .. scripted.token,
    }) do
      local answer, err = client:request("GET", path)
      assert.is_nil(answer)
      assert.same({ "invalid_argument", "not_sent", "path" }, { err.kind, err.outcome, err.field })
    end
    for field, values in pairs({
      query = { "a=b", { 5 }, { a = print }, { a = 1.5 }, { a = { {} } }, { a = { b = "c" } }, { at = "x" },
        { x = scripted.token }, { x = { "y", scripted.token } }, { [scripted.token] = "x" },
        { x = ("y"):rep(20000) } },
      json = { print, { [2] = 1 }, { a = print } },
      body = { 5, {} },
      headers = { "x", { 5 }, { a = 5 }, { ["a\r\n"] = "b" }, { a = "b\r\nc: d" }, { ["X-VertexSMS-Token"] = "x" } },
      repeatable = { "yes" }, timeout = { 0, -1, 0 / 0, 1e6, "5" }, alternate = { 1 },
    }) do
      for _, value in ipairs(values) do
        local answer, err = client:request("POST", "/x", { [field] = value })
        assert.is_nil(answer)
        assert.same({ "invalid_argument", "not_sent", field }, { err.kind, err.outcome, err.field })
      end
    end
    local headers = {}
    for i = 1, 65 do headers["X-" .. i] = "x" end
    assert.equal("headers", select(2, client:request("GET", "/x", { headers = headers })).field)
    assert.equal("method", select(2, client:request("TRACE", "/x")).field)
    assert.equal("body", select(2, client:request("GET", "/x", { body = "x" })).field)
    assert.equal("body", select(2, client:request("POST", "/x", { body = "x", json = {} })).field)
    assert.matches('did you mean "query"?', select(2, client:request("GET", "/x", { qurey = {} })).message, 1, true)
    assert.has_error(function() client:request(5, "/x") end)
    assert.has_error(function() client:request("GET") end)
    assert.has_error(function() client:request("GET", "/x", "format=json") end)
    assert.same({}, server:requests())
  end)

  it("repeats reads, and what is said to be like them", function()
    local client = server:safe({ retry = { base = 0 } })
    for _, case in ipairs({
      { "GET", nil, 3 }, { "HEAD", nil, 3 }, { "POST", nil, 1 }, { "DELETE", nil, 1 }, { "POST", true, 3 },
      { "GET", false, 1 },
    }) do
      server:script("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n")
      local _, err = client:request(case[1], "/x", { repeatable = case[2] })
      assert.same({ "server_error", "unknown", case[3] }, { err.kind, err.outcome, err.attempts })
      assert.equal(case[3], #server:requests())
    end
  end)

  it("says when it may have been done twice", function()
    server:script({ status = 501 }, { body = "{}" })
    local client = server:safe({ retry = { base = 0, server_errors = true } })
    assert.is_true(client:request("POST", "/x").duplicate_possible)
    server:script({ status = 501 }, { body = "{}" })
    assert.is_nil(client:request("GET", "/x").duplicate_possible)
  end)

  it("takes its own time", function()
    server:script({ status = 503, headers = { ["Retry-After"] = "2" } })
    local _, err = server:safe({ retry = { attempts = 3 } }):request("GET", "/x", { timeout = 1 })
    assert.same({ "unavailable", 1 }, { err.kind, err.attempts })
  end)

  it("sends arrays that are empty, and null", function()
    assert.equal('{"a":[],"b":{},"c":null}',
      asked("POST", "/x", { json = { a = json.array({}), b = {}, c = json.null } }).body)
    assert.equal("[]", asked("POST", "/x", { json = json.array({}) }).body)
    assert.equal("false", asked("POST", "/x", { json = false }).body)
  end)
end)
