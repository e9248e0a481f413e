local callback = require("vertexsms.callback")
local calls = require("spec.support.calls")
local core = require("vertexsms.core")

local DLR, VERTEXSMS, post = calls.DLR, calls.VERTEXSMS, calls.post

describe("who may call", function()
  local seen, events

  local function handler(options) return calls.handler(seen, events, options) end

  before_each(function() seen, events = {}, {} end)

  it("lets VertexSMS's addresses in and no others", function()
    local handle = handler()
    for _, address in ipairs({ "178.33.133.192", "178.33.133.207", "178.32.167.92", "::ffff:178.32.167.92" }) do
      assert.equal(200, (post(handle, DLR, address)))
    end
    for _, address in ipairs({ "178.33.133.191", "178.33.133.208", "178.32.167.93", "127.0.0.1", "::1", "unix:", "",
      "178.33.133.200.example.com", "::178.33.133.200" }) do
      local status, _, body = post(handle, DLR, address)
      assert.same({ 403, "Forbidden" }, { status, body })
    end
    assert.equal(403, (handle("POST", {}, DLR, nil, "/dlr")))
  end)

  it("believes X-Forwarded-For behind a trusted proxy alone, from the right", function()
    local handle = handler({ trusted_proxies = { "10.0.0.0/8" } })
    local function status(from, forwarded)
      return (post(handle, DLR, from, nil, { ["X-Forwarded-For"] = forwarded }))
    end
    assert.equal(200, status("10.0.0.1", VERTEXSMS))
    assert.equal(200, status("10.0.0.1", "203.0.113.9, " .. VERTEXSMS .. ", 10.0.0.2"))
    assert.equal(200, status("10.0.0.1", { "203.0.113.9", VERTEXSMS }))
    assert.equal(200, status(VERTEXSMS, "203.0.113.9"))
    assert.equal(403, status("10.0.0.1", VERTEXSMS .. ", 203.0.113.9"))
    assert.equal(403, status("10.0.0.1", { VERTEXSMS, "203.0.113.9" }))
    assert.equal(403, status("10.0.0.1", VERTEXSMS .. ", x"))
    assert.equal(403, status("10.0.0.1", nil))
    assert.equal(403, status("203.0.113.9", VERTEXSMS))
    assert.equal(403, (post(handler(), DLR, "10.0.0.1", nil, { ["X-Forwarded-For"] = VERTEXSMS })))
  end)

  it("takes a proxy at a unix socket for one when it is named", function()
    local function status(proxies, from, forwarded)
      return (post(handler({ trusted_proxies = proxies }), DLR, from, nil, { ["X-Forwarded-For"] = forwarded }))
    end
    assert.equal(200, status({ "unix:" }, "unix:", VERTEXSMS))
    assert.equal(200, status({ "10.0.0.0/8", "unix:" }, "unix:", VERTEXSMS .. ", 10.0.0.2"))
    assert.equal(403, status({ "unix:" }, "unix:", VERTEXSMS .. ", 203.0.113.9"))
    assert.equal(403, status({ "unix:" }, "unix:", "203.0.113.9"))
    assert.equal(403, status({ "unix:" }, "unix:", VERTEXSMS .. ", unix:"))
    assert.equal(403, status({ "unix:" }, "unix:", nil))
    assert.equal(403, status({ "unix:" }, "10.0.0.1", VERTEXSMS))
    assert.equal(403, status({ "10.0.0.0/8" }, "unix:", VERTEXSMS))
    local all = { "::/0", "0.0.0.0/0" }
    assert.equal(403, (post(handler({ trusted_proxies = { "unix:" }, sources = all }), DLR, "unix:")))
    assert.equal("sources", calls.refused(callback.handler, { on_report = print, sources = { "unix:" } }).field)
  end)

  -- A server that hands over names as they came gives two headers where the caller wrote one and the proxy another.
  it("believes no X-Forwarded-For that is there in two spellings", function()
    local handle = handler({ trusted_proxies = { "10.0.0.0/8" } })
    local function status(headers) return (post(handle, DLR, "10.0.0.1", nil, headers)) end
    for _, name in ipairs({ "x-forwarded-for", "X-FORWARDED-FOR", "X-forwarded-For" }) do
      assert.equal(403, status({ ["X-Forwarded-For"] = "203.0.113.9", [name] = VERTEXSMS }))
      assert.equal(403, status({ ["X-Forwarded-For"] = VERTEXSMS, [name] = { VERTEXSMS, "203.0.113.9" } }))
      assert.equal(200, status({ ["X-Forwarded-For"] = VERTEXSMS, [name] = { VERTEXSMS } }))
    end
  end)

  it("asks for a header by its name in lower case where the table does not show what it has", function()
    local handle = handler({ trusted_proxies = { "10.0.0.0/8" } })
    local hidden = setmetatable({}, { __index = { ["x-forwarded-for"] = VERTEXSMS } })
    assert.equal(200, (post(handle, DLR, "10.0.0.1", nil, hidden)))
  end)

  it("wants the secret in the URL, once, wherever it comes from", function()
    local handle = handler({ secret = "a /&=ä" })
    local function status(query)
      return (post(handle, DLR, "203.0.113.9", "/dlr" .. query))
    end
    assert.equal(200, status(callback.url("https://a", { secret = "a /&=ä" }):match("%?.*")))
    assert.equal(200, status("?x=1&secret=a%20%2f%26%3d%c3%a4&y"))
    assert.equal(200, status("?secret=a%20%2f%26%3d%c3%a4#y"))
    for _, query in ipairs({ "", "?", "?secret", "?secret=", "?secret=x", "?Secret=a%20%2F%26%3D%C3%A4", "#secret=x",
      "?secret=a%20%2F%26%3D%C3%A4&secret=a%20%2F%26%3D%C3%A4", "?xsecret=a%20%2F%26%3D%C3%A4",
      "?secret=a%20%2F%26%3D%C3%A4x", "/secret=a%20%2F%26%3D%C3%A4" }) do
      assert.equal(403, status(query), query)
    end
  end)

  it("lets an old secret live on beside a new one", function()
    local handle = handler({ secret = { "new", "old" } })
    assert.equal(200, (post(handle, DLR, "203.0.113.9", "/?secret=old")))
    assert.equal(200, (post(handle, DLR, "203.0.113.9", "/?secret=new")))
    assert.equal(403, (post(handle, DLR, "203.0.113.9", "/?secret=other")))
  end)

  it("wants the signature of the body", function()
    local handle = handler({ signature_secret = "key" })
    local function status(signature, body)
      return (post(handle, body or DLR, "203.0.113.9", nil, { ["x-vertexsms-signature"] = signature }))
    end
    local signature = core.hmac_sha256("key", DLR)
    assert.equal(200, status(signature))
    assert.equal(200, status(signature:upper()))
    assert.equal(403, status(signature, DLR .. " "))
    assert.equal(403, status(core.hmac_sha256("other", DLR)))
    assert.equal(403, status(signature:sub(1, 63)))
    assert.equal(403, status(signature .. "0"))
    assert.equal(403, status(""))
    assert.equal(403, status(nil))
  end)

  it("wants all that is configured", function()
    local handle = handler({ sources = { "192.0.2.0/24" }, secret = "s", signature_secret = "key" })
    local good = { from = "192.0.2.1", uri = "/?secret=s", signature = core.hmac_sha256("key", DLR) }
    local function status(changes)
      local function get(name) return changes[name] or good[name] end
      return (post(handle, DLR, get("from"), get("uri"), { ["X-VertexSMS-Signature"] = get("signature") }))
    end
    assert.equal(200, status({}))
    assert.equal(403, status({ from = VERTEXSMS }))
    assert.equal(403, status({ uri = "/?secret=x" }))
    assert.equal(403, status({ signature = "x" }))
  end)

  it("looks at the address beside a secret as soon as something is said about addresses", function()
    local good = "/?secret=s"
    local handle = handler({ secret = "s", allow_loopback = true })
    assert.equal(200, (post(handle, DLR, "127.0.0.1", good)))
    assert.equal(403, (post(handle, DLR, "127.0.0.1", "/")))
    assert.equal(403, (post(handle, DLR, "203.0.113.9", good)))
    handle = handler({ secret = "s", trusted_proxies = { "10.0.0.0/8" } })
    assert.equal(200, (post(handle, DLR, "10.0.0.1", good, { ["X-Forwarded-For"] = VERTEXSMS })))
    assert.equal(403, (post(handle, DLR, "10.0.0.1", good, { ["X-Forwarded-For"] = "203.0.113.9" })))
    assert.equal(403, (post(handle, DLR, "203.0.113.9", good)))
  end)

  it("takes the signature of any of its secrets, one being replaced by another", function()
    local handle = handler({ signature_secret = { "new", "old" } })
    for secret, status in pairs({ new = 200, old = 200, other = 403 }) do
      local headers = { ["X-VertexSMS-Signature"] = core.hmac_sha256(secret, DLR) }
      assert.equal(status, (post(handle, DLR, nil, nil, headers)))
    end
  end)

  it("wants no signature of a core that cannot check one", function()
    local hash = core.hmac_sha256
    core.hmac_sha256 = function() return nil, { kind = "invalid_argument", message = "needs libcrypto" } end
    local ok, err = pcall(calls.refused, handler, { signature_secret = "key" })
    core.hmac_sha256 = hash
    assert.is_true(ok, tostring(err))
    assert.equal("signature_secret", err.field)
  end)

  it("remembers 1000 addresses of its ranges at most", function()
    local handle = handler({ sources = { "10.0.0.0/8" } })
    for i = 0, 2500 do
      assert.equal(200, (post(handle, DLR, ("10.0.%d.%d"):format(math.floor(i / 250), i % 250))))
    end
    assert.is_true(handle.access.known_count <= 1000)
    assert.equal(403, (post(handle, DLR, "11.0.0.1")))
  end)

  it("tells strangers nothing, whatever they ask", function()
    local handle = handler()
    for _, method in ipairs({ "GET", "POST", "DELETE", "x" }) do
      for _, body in ipairs({ "", "garbage", ("x"):rep(70000), DLR }) do
        local status, headers, text = handle(method, {}, body, "203.0.113.9", "/")
        assert.same({ 403, "Forbidden", { ["Content-Type"] = "text/plain" } }, { status, text, headers })
      end
    end
    assert.equal("the call does not come from an address that may call", events[1].reason)
  end)

  it("tells the owner what is wrong with the secret", function()
    local handle = handler({ secret = { "one", "two" } })
    for uri, reason in pairs({
      ["/"] = "the URL does not carry the secret", ["/?other=one"] = "the URL does not carry the secret",
      ["/?secret=wrong"] = "the URL carries a wrong secret", ["/?secret="] = "the URL carries a wrong secret",
      ["/?secret=one&secret=one"] = "the URL carries more than one secret",
    }) do
      local before = #events
      assert.equal(403, (handle("POST", {}, DLR, VERTEXSMS, uri)))
      assert.equal(reason, events[before + 1].reason)
    end
  end)

  it("lets this machine in when told so", function()
    local handle = handler({ allow_loopback = true })
    assert.equal(200, (post(handle, DLR, "127.0.0.1")))
    assert.equal(200, (post(handle, DLR, "::1")))
    assert.equal(200, (post(handle, DLR, VERTEXSMS)))
    assert.equal(403, (post(handle, DLR, "192.0.2.1")))
  end)
end)
