local callback = require("vertexsms.callback")
local calls = require("spec.support.calls")

local DLR, VERTEXSMS, post = calls.DLR, calls.VERTEXSMS, calls.post

describe("callback.handler", function()
  local seen, events

  local function handler(options) return calls.handler(seen, events, options) end

  before_each(function() seen, events = {}, {} end)

  it("answers exactly OK after on_report returned", function()
    local status, headers, body = post(handler())
    assert.same({ 200, "OK", "text/plain" }, { status, body, headers["Content-Type"] })
    assert.equal("1281532560", seen[1].id)
    assert.same({}, events)
  end)

  it("tells on_report how the report came", function()
    local context
    post(handler({ on_report = function(_, given) context = given end }), DLR, VERTEXSMS, "/dlr?order=5")
    assert.same({ "/dlr?order=5", VERTEXSMS }, { context.uri, context.remote_addr })
  end)

  it("answers 500 when on_report raises, and hands the report over again", function()
    local fails = true
    local handle = handler({ on_report = function(report)
      if fails then error("database away") end
      seen[#seen + 1] = report
    end })
    local status, _, body = post(handle)
    assert.same({ 500, "Internal Server Error" }, { status, body })
    assert.matches("database away", events[1].reason)
    assert.equal("1281532560", events[1].report.id)
    fails = false
    assert.equal(200, (post(handle)))
    assert.equal(200, (post(handle)))
    assert.equal(1, #seen)
  end)

  it("refuses other methods, large bodies and no reports", function()
    local handle = handler()
    local status, headers, body = handle("GET", {}, "", VERTEXSMS, "/")
    assert.same({ 405, "POST", "Method Not Allowed" }, { status, headers.Allow, body })
    assert.equal(413, (post(handle, ("x"):rep(65537))))
    for _, text in ipairs({ "", "{", "[]", '{"id":{}}', ("["):rep(1000) }) do
      local code, _, answer = post(handle, text)
      assert.same({ 400, "Bad Request" }, { code, answer })
    end
    assert.same({}, seen)
  end)

  it("does not read a body that it will not take", function()
    local handle = handler()
    local function unread() error("read") end
    assert.equal(403, (handle("POST", {}, unread, "203.0.113.9", "/")))
    assert.equal(405, (handle("PUT", {}, unread, VERTEXSMS, "/")))
    assert.equal(413, (handle("POST", { ["Content-Length"] = "65537" }, unread, VERTEXSMS, "/")))
    assert.equal(200, (handle("POST", { ["Content-Length"] = #DLR }, function(max)
      assert.equal(65536, max)
      return DLR
    end, VERTEXSMS, "/")))
    assert.equal(408, (handle("POST", {}, function() return nil, 408 end, VERTEXSMS, "/")))
  end)

  it("survives an on_event that raises, and says so", function()
    local handle, status = handler({ on_event = function() error("pager away") end }), nil
    local said = calls.stderr_of(function() status = handle("GET", {}, "", "203.0.113.9", "/") end)
    assert.equal(403, status)
    assert.matches("on_event raised an error: .*pager away\n$", said)
  end)

  it("says by itself what failed, each time", function()
    local handle = callback.handler({ on_report = function() error("database away") end })
    local said = calls.stderr_of(function()
      for _ = 1, 2 do assert.equal(500, (post(handle))) end
    end)
    local line = "vertexsms: callback answered 500: the report could not be handled: [^\n]*database away\n"
    assert.matches("^" .. line .. line .. "$", said)
  end)

  it("says by itself what it refused, once in a while", function()
    local handle = callback.handler({ on_report = function() end, secret = "hidden", sources = callback.SOURCES })
    local uri = "/dlr?secret=hidden"
    local said = calls.stderr_of(function()
      for _ = 1, 100 do
        assert.equal(403, (post(handle, DLR, "203.0.113.9", uri)))
        assert.equal(403, (post(handle, DLR, VERTEXSMS, "/dlr?secret=guessed")))
        assert.equal(400, (post(handle, '{"to":"37069912345","text":"code 4815"', "178.33.133.201", uri)))
        assert.equal(403, (handle("GET", {}, "", "not an address\n", uri)))
      end
      assert.equal(200, (post(handle, DLR, VERTEXSMS, uri)))
    end)
    assert.equal("vertexsms: callback answered 403 to 203.0.113.9: "
      .. "the call does not come from an address that may call\n"
      .. "vertexsms: callback answered 400 to 178.33.133.201: body is not a valid JSON object of at most 16 levels: "
      .. "the error is at octet 39\n", said)
  end)

  it("is told what comes to its URL", function()
    post(handler({ kind = "hlr" }), '{"id":"1"}')
    post(handler({ kind = "sender" }))
    assert.same({ "hlr", "sender" }, { seen[1].kind, seen[2].kind })
  end)

  it("shows no query, where secrets are, in its events", function()
    post(handler(), DLR, "203.0.113.9", "/dlr?secret=hidden")
    assert.equal("/dlr", events[1].uri)
  end)

  it("names what is wrong with its options", function()
    local function field(options)
      options.on_report = options.on_report or function() end
      return calls.refused(callback.handler, options).field
    end
    assert.equal("on_report", calls.refused(callback.handler, {}).field)
    assert.equal("sources", field({ sources = { "1.2.3.4/33" } }))
    assert.equal("sources", field({ sources = { 5 } }))
    assert.equal("trusted_proxies", field({ trusted_proxies = { "example.com" } }))
    assert.equal("secret", field({ secret = "" }))
    assert.equal("secret", field({ secret = {} }))
    assert.equal("secret", field({ secret = 5 }))
    assert.equal("signature_secret", field({ signature_secret = "" }))
    assert.equal("store", field({ store = {} }))
    assert.equal("store", field({ store = "nowhere" }))
    assert.equal("lease", field({ lease = 0 }))
    assert.equal("lease", field({ lease = 86401 }))
    assert.equal("kind", field({ kind = "mms" }))
    assert.equal("secrets", field({ secrets = "x" }))
    local made, err = callback.safe.handler({})
    assert.is_nil(made)
    assert.equal("on_report", err.field)
    for _, misused in ipairs({ callback.handler, callback.parse, callback.safe.handler, callback.safe.parse }) do
      assert.matches("vertexsms: bad argument", select(2, pcall(misused)))
    end
    assert.matches("vertexsms: bad argument", select(2, pcall(callback.url, "https://a/", "secret")))
  end)
end)
