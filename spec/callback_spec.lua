local callback = require("vertexsms.callback")
local cjson = require("cjson")
local core = require("vertexsms.core")
local vertexsms = require("vertexsms")

local VERTEXSMS = "178.33.133.200"
local DLR = '{"id":"1281532560","status":"1","error":0,"mcc":"246","mnc":"021"}'

local function refused(fn, ...)
  local ok, err = pcall(fn, ...)
  assert.is_false(ok)
  assert.is_true(vertexsms.is_error(err), tostring(err))
  assert.equal("invalid_argument", err.kind)
  return err
end

describe("callback.parse", function()
  local function parse(body)
    local report = callback.parse(body)
    assert.equal(body, report.body)
    report.body = nil
    rawset(report, "raw", nil)
    return report
  end

  it("reads a delivery report", function()
    assert.same({
      kind = "dlr", id = "1281532560", state = "delivered", final = true, error = 0, reason = "no error", class = "ok",
      mcc = "246", mnc = "021",
    }, parse(DLR))
  end)

  it("takes numbers for text and text for numbers, and loses no digit", function()
    assert.same(parse('{"id":"12815325601281532567","status":"16","error":"2","mcc":"246","mnc":"1"}'),
      parse('{"id":12815325601281532567,"status":16,"error":2,"mcc":246,"mnc":1}'))
    assert.equal("12815325601281532567", callback.parse('{"id":12815325601281532567,"status":1}').id)
    assert.equal(0, callback.parse('{"id":"1","status":"1","error":"0"}').error)
  end)

  it("knows every state", function()
    local states = {}
    for _, status in ipairs({ "1", "2", "3", "16", '"1"', '"16"', "9", "0", "-1", '"delivered"', '"undelivered"' }) do
      local report = callback.parse(('{"id":"1","status":%s}'):format(status))
      assert.equal("dlr", report.kind)
      states[#states + 1] = report.state .. (report.final and "!" or "")
    end
    assert.same({ "delivered!", "undelivered!", "seen!", "expired!", "delivered!", "expired!", "unknown", "unknown",
      "unknown", "delivered!", "undelivered!" }, states)
  end)

  it("knows every code, and does not fail on others", function()
    local classes = {
      [0] = "ok", [1] = "permanent", [2] = "temporary", [20] = "account", [21] = "permanent", [22] = "duplicate",
      [23] = "throttle", [24] = "account", [40] = "temporary", [41] = "permanent", [43] = "temporary",
      [51] = "unknown", [53] = "permanent", [999] = "unknown",
    }
    for code, class in pairs(classes) do
      local report = callback.parse(('{"id":"1","status":2,"error":%d}'):format(code))
      assert.equal(class, report.class)
      assert.is_nil(report.reason:find("unknown code", 1, true))
    end
    local report = callback.parse('{"id":"1","status":2,"error":"77"}')
    assert.same({ 77, "unknown code 77", "unknown" }, { report.error, report.reason, report.class })
    for _, strange in ipairs({ "null", "{}", "[]", "true", '""', '"x"', "1.5", "99999999999999999999" }) do
      report = callback.parse(('{"id":"1","status":1,"error":%s}'):format(strange))
      assert.same({ nil, nil, "unknown" }, { report.error, report.reason, report.class })
    end
  end)

  it("reads an HLR result", function()
    assert.same({
      kind = "hlr", id = "1203877133", state = "unknown", final = true, error = 0, reason = "no error", class = "ok",
      imsi = "2460210051600001", country = "LT", mcc = "246", mnc = "021", operatorId = "7",
      ported = { operatorId = "8", operator = "BITE", country = "LT" },
    }, parse('{"id":"1203877133","error":"0","imsi":2460210051600001,"country":"LT","mcc":"246","mnc":"021",'
      .. '"operatorId":7,"ported":{"operatorId":8,"operator":"BITE","country":"LT"}}'))
    assert.equal("hlr", callback.parse('{"id":1,"error":"40"}').kind)
    assert.same({ operator = "BITE" }, callback.parse('{"id":1,"imsi":"1","ported":[{"operator":"BITE"}]}').ported)
    for _, nothing in ipairs({ "[]", "{}", "null", "false" }) do
      assert.is_nil(callback.parse(('{"id":1,"imsi":"1","ported":%s}'):format(nothing)).ported)
    end
  end)

  it("hands a sender notification over as it is", function()
    local report = callback.parse('{"id":123,"status":"approved","x":[1,{"y":null}]}')
    assert.same({ "sender", "123", "unknown", false }, { report.kind, report.id, report.state, report.final })
    assert.same({ id = "123", status = "approved", x = { "1", { y = cjson.null } } }, report.raw)
    assert.equal("sender", callback.parse('{"id":"1"}').kind)
    assert.equal("hlr", callback.parse('{"id":"1"}', "hlr").kind)
  end)

  it("refuses what is no report", function()
    for _, body in ipairs({ "", " ", "{", "[]", "1", "null", '"x"', "{}", '{"id":null}', '{"id":""}', '{"id":{}}',
      '{"id":true}', '[{"id":"1"}]', '{"id":"1"} x', "<html>", ('{"id":"%s"}'):format(("1"):rep(129)) }) do
      assert.equal("body", refused(callback.parse, body).field)
      local report, err = callback.safe.parse(body)
      assert.is_nil(report)
      assert.equal("invalid_argument", err.kind)
    end
    assert.has_error(function() callback.parse(nil) end)
  end)

  it("refuses what is too long or too deep", function()
    local function of_size(size)
      return ('{"id":"1","x":"%s"}'):format(("a"):rep(size - #'{"id":"1","x":""}'))
    end
    local function of_depth(depth)
      return ('{"id":"1","x":%s%s}'):format(("["):rep(depth - 1), ("]"):rep(depth - 1))
    end
    assert.equal("1", callback.parse(of_size(65536)).id)
    assert.matches("longer", refused(callback.parse, of_size(65537)).message)
    assert.equal("1", callback.parse(of_depth(16)).id)
    assert.matches("JSON", refused(callback.parse, of_depth(17)).message)
    refused(callback.parse, ("["):rep(60000))
  end)
end)

-- The core reads what the decoder behind `raw` reads too: two parsers of one text must not see two things.
describe("callback.parse on broken bodies", function()
  local SEEDS = {
    '{"id":"1281532560","status":"1","error":0,"mcc":"246","mnc":"021"}',
    '{"id":120387,"error":"0","imsi":"24602\\u00e4\\ud83d\\ude00","ported":{"operator":"B\\"ITE"},"x":[1.5,true,null]}',
  }
  local OCTETS = '{}[]":,\\\\u0019dDeE+-. tfn\0\31\195\255'

  local function mutate(random, text)
    for _ = 1, random(4) do
      local at, kind = random(#text), random(4)
      local octet = random(#OCTETS)
      octet = OCTETS:sub(octet, octet)
      if kind == 1 then text = text:sub(1, at - 1) .. text:sub(at + 1) end
      if kind == 2 then text = text:sub(1, at) .. octet .. text:sub(at + 1) end
      if kind == 3 then text = text:sub(1, at - 1) .. octet .. text:sub(at + 1) end
      if kind == 4 then text = text:sub(1, at) .. text:sub(random(#text)) end
      if text == "" then return "{" end
    end
    return text
  end

  it("never sees another report than the decoder, and never fails otherwise", function()
    local state, taken = 4711, 0
    local function random(most) -- Park and Miller
      state = state * 16807 % 2147483647
      return state % most + 1
    end
    for round = 1, 30000 do
      local body = mutate(random, SEEDS[round % #SEEDS + 1])
      local report, err = callback.safe.parse(body)
      if report then
        taken = taken + 1
        assert.is_table(report.raw, body)
        for _, name in ipairs({ "id", "mcc", "mnc", "imsi" }) do
          local raw = report.raw[name]
          assert.equal(type(raw) == "string" and raw ~= "" and raw or nil, report[name], body)
        end
      else
        assert.equal("invalid_argument", err.kind)
      end
    end
    assert.is_true(taken > 1000 and taken < 29000, tostring(taken))
  end)
end)

describe("callback.url", function()
  it("adds the secret to what is there", function()
    assert.equal("https://example.com/dlr", callback.url("https://example.com/dlr"))
    assert.equal("https://example.com/dlr?secret=a%20%2F%26%3D%C3%A4",
      callback.url("https://example.com/dlr", { secret = "a /&=ä" }))
    assert.equal("https://example.com/dlr?a=1&secret=x", callback.url("https://example.com/dlr?a=1", { secret = "x" }))
    assert.equal("https://example.com/dlr?secret=x", callback.url("https://example.com/dlr?", { secret = "x" }))
  end)

  it("refuses what is no URL, and secrets that are none", function()
    for _, base in ipairs({ "", "example.com", "ftp://example.com", "https://", "https://a b", "https://a/#b",
      "https://a/" .. ("x"):rep(2048) }) do
      refused(callback.url, base, { secret = "x" })
    end
    refused(callback.url, "https://a/", { secret = "" })
    assert.matches("secret", refused(callback.url, "https://a/", { secrt = "x" }).message)
  end)
end)

describe("callback.handler", function()
  local seen, events

  local function handler(options)
    options = options or {}
    options.on_report = options.on_report or function(report) seen[#seen + 1] = report end
    options.on_event = options.on_event or function(event) events[#events + 1] = event end
    return callback.handler(options)
  end

  local function post(handle, body, from, uri, headers)
    return handle("POST", headers, body or DLR, from or VERTEXSMS, uri or "/dlr")
  end

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

  it("lets VertexSMS's addresses in and nobody else", function()
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

  it("wants the secret in the URL, once, wherever it comes from", function()
    local handle = handler({ secret = "a /&=ä" })
    local function status(query)
      return (post(handle, DLR, "203.0.113.9", "/dlr" .. query))
    end
    assert.equal(200, status(callback.url("https://a", { secret = "a /&=ä" }):match("%?.*")))
    assert.equal(200, status("?x=1&secret=a%20%2f%26%3d%c3%a4&y"))
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

  it("tells strangers nothing, whatever they ask", function()
    local handle = handler()
    for _, method in ipairs({ "GET", "POST", "DELETE", "x" }) do
      for _, body in ipairs({ "", "garbage", ("x"):rep(70000), DLR }) do
        local status, headers, text = handle(method, {}, body, "203.0.113.9", "/")
        assert.same({ 403, "Forbidden", { ["Content-Type"] = "text/plain" } }, { status, text, headers })
      end
    end
    assert.equal("not an address of VertexSMS", events[1].reason)
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

  it("hands over the same report once, another state again", function()
    local handle = handler()
    local function report(status, code)
      return (post(handle, ('{"id":"5","status":%s,"error":%s}'):format(status, code)))
    end
    for _ = 1, 3 do
      assert.equal(200, report("2", "43"))
      assert.equal(200, report('"2"', '"43"'))
    end
    assert.equal(200, report("2", "1"))
    assert.equal(200, report("1", "0"))
    assert.equal(200, report("2", "43"))
    assert.equal(3, #seen)
    assert.equal("it was handled before", events[1].reason)
  end)

  it("keeps kinds apart, and takes another text of a sender's for another notification", function()
    local handle = handler()
    post(handle, '{"id":"5","status":"1"}')
    post(handle, '{"id":"5","error":"0","imsi":"1"}')
    for _ = 1, 2 do
      post(handle, '{"id":"5","status":"pending"}')
      post(handle, '{"id":"5","status":"approved"}')
    end
    assert.equal(4, #seen)
  end)

  it("says when a later state was handed over before", function()
    local handle = handler()
    for _, status in ipairs({ "9", "16", "1", "2", "3", "1", "8" }) do
      post(handle, ('{"id":"5","status":%s}'):format(status))
    end
    local got = {}
    for _, report in ipairs(seen) do got[#got + 1] = report.state .. (report.superseded and " superseded" or "") end
    assert.same({ "unknown", "expired", "delivered", "undelivered superseded", "seen" }, got)
    handle = handler()
    seen = {}
    for _, status in ipairs({ "3", "1", "9" }) do post(handle, ('{"id":"6","status":%s}'):format(status)) end
    assert.same({ nil, true, true }, { seen[1].superseded, seen[2].superseded, seen[3].superseded })
  end)

  it("forgets the order when the later one was not handled", function()
    local fails = true
    local handle = handler({ on_report = function(report)
      if report.state == "delivered" and fails then error("no") end
      seen[#seen + 1] = report
    end })
    assert.equal(500, (post(handle, '{"id":"5","status":1}')))
    assert.equal(200, (post(handle, '{"id":"5","status":9}')))
    assert.is_nil(seen[1].superseded)
  end)

  it("handles one report of a message at a time", function()
    local thread, inner
    local handle = handler({ on_report = function(report)
      seen[#seen + 1] = report
      if #seen > 1 then return end
      inner = { (post(thread, DLR)), (post(thread, '{"id":"1281532560","status":9}')), (post(thread, '{"id":"2"}')) }
    end })
    thread = handle
    assert.equal(200, (post(handle)))
    assert.same({ 503, 503, 200 }, inner)
    assert.equal("a report of the same message is being handled", events[1].reason)
    assert.equal(200, (post(handle)))
    assert.equal(2, #seen)
  end)

  it("takes over from a handler that never came back", function()
    local handle
    handle = handler({ lease = 0.001, on_report = function(report)
      seen[#seen + 1] = report
      if #seen > 1 then return end
      local started = core.now()
      repeat until core.now() - started > 0.002
      assert.equal(200, (post(handle)))
    end })
    assert.equal(200, (post(handle)))
    assert.equal(2, #seen)
  end)

  it("keeps to its bound", function()
    local handle = handler({ store = callback.memory(10) })
    for id = 1, 1000 do post(handle, ('{"id":%d,"status":1}'):format(id)) end
    assert.equal(1000, #seen)
    for id = 991, 1000 do post(handle, ('{"id":%d,"status":1}'):format(id)) end
    assert.equal(1000, #seen)
    post(handle, '{"id":1,"status":1}')
    assert.equal(1001, #seen)
  end)

  describe("with a store of one's own", function()
    local failing

    local function store()
      local inner = callback.memory()
      local function method(name)
        return function(_, ...)
          if failing == name then error("store away") end
          return inner[name](inner, ...)
        end
      end
      return { get = method("get"), set = method("set"), lock = method("lock"), unlock = method("unlock") }
    end

    before_each(function() failing = nil end)

    it("uses it", function()
      local handle = handler({ store = store() })
      assert.equal(200, (post(handle)))
      assert.equal(200, (post(handle)))
      assert.equal(1, #seen)
    end)

    it("has VertexSMS repeat what it could not look up", function()
      local handle = handler({ store = store() })
      for _, name in ipairs({ "lock", "get" }) do
        failing = name
        assert.equal(503, (post(handle, ('{"id":"%s"}'):format(name))))
        assert.matches("store away", events[#events].reason)
      end
      assert.equal(0, #seen)
    end)

    it("does not have VertexSMS repeat what was handled", function()
      local handle = handler({ store = store() })
      local stderr = io.stderr
      io.stderr = { write = function() end } -- luacheck: ignore 122
      failing = "set"
      local status = post(handle)
      io.stderr = stderr -- luacheck: ignore 122
      assert.equal(200, status)
      assert.equal(1, #seen)
    end)
  end)

  it("survives an on_event that raises", function()
    local stderr = io.stderr
    io.stderr = { write = function() end } -- luacheck: ignore 122
    local status = handler({ on_event = function() error("no") end })("GET", {}, "", "203.0.113.9", "/")
    io.stderr = stderr -- luacheck: ignore 122
    assert.equal(403, status)
  end)

  it("shows no query, where secrets are, in its events", function()
    post(handler(), DLR, "203.0.113.9", "/dlr?secret=hidden")
    assert.equal("/dlr", events[1].uri)
  end)

  it("lets this machine in when told so", function()
    local handle = handler({ allow_loopback = true })
    assert.equal(200, (post(handle, DLR, "127.0.0.1")))
    assert.equal(200, (post(handle, DLR, "::1")))
    assert.equal(200, (post(handle, DLR, VERTEXSMS)))
    assert.equal(403, (post(handle, DLR, "192.0.2.1")))
  end)

  it("names what is wrong with its options", function()
    local function field(options)
      options.on_report = options.on_report or function() end
      return refused(callback.handler, options).field
    end
    assert.equal("on_report", refused(callback.handler, {}).field)
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
    assert.equal("kind", field({ kind = "mms" }))
    assert.equal("secrets", field({ secrets = "x" }))
    local made, err = callback.safe.handler({})
    assert.is_nil(made)
    assert.equal("on_report", err.field)
  end)
end)
