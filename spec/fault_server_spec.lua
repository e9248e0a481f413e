--- The fault server does what its scenarios' names say: the bytes, how the connection ends, and what is
-- counted. The client here is a bare cqueues socket, because it tells a FIN from an RST and speaks TLS on
-- every Lua.

local certificates = require("spec.support.certificates")
local errno = require("cqueues.errno")
local faults = require("spec.support.faults")
local luasocket = require("socket")
local ssl_context = require("openssl.ssl.context")
local socket = require("cqueues.socket")
local store = require("openssl.x509.store")
local x509 = require("openssl.x509")

-- It runs under LuaJIT only, whichever Lua runs the specs.
if require("spec.support.process").lua() ~= "luajit" then return end

local SECONDS = 10

local function post(message, path)
  local body = ('{"message":"%s"}'):format(message or "a")
  return ("POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s"):format(path or "/sms", #body, body)
end

describe("fault server", function()
  local server

  setup(function()
    server = faults.start({ tls = true, seed = 5 })
  end)

  teardown(function()
    server:stop()
  end)

  before_each(function()
    server:reset()
  end)

  local function connect(scenario, options)
    local client = socket.connect("127.0.0.1", server:port(scenario, options))
    client:setmode("bn", "bn")
    client:onerror(function(_, _, why)
      return why
    end)
    client:settimeout(SECONDS)
    if options and options.tls then
      local ok, why = client:starttls(ssl_context.new("TLS", false))
      return ok and client, why
    end
    return client
  end

  --- Reads until the connection ends: the bytes, and "fin", "rst" or "open" (nothing came for a while).
  local function drain(client, seconds)
    local pieces = {}
    while true do
      local bytes, why = client:xread(-65536, nil, seconds or SECONDS)
      if not bytes then
        client:close()
        local ending = why == nil and "fin" or why == errno.ECONNRESET and "rst" or "open"
        return table.concat(pieces), ending
      end
      pieces[#pieces + 1] = bytes
    end
  end

  --- One whole answer that has a Content-Length, off a connection that stays open.
  local function read_answer(client)
    local text = ""
    while true do
      local head, length = text:match("^(.-\r\n\r\n)"), text:match("Content%-Length: (%d+)")
      if head and #text >= #head + tonumber(length) then
        return text
      end
      text = text .. assert(client:xread(-4096, nil, SECONDS))
    end
  end

  local function exchange(scenario, options, path)
    local client = assert(connect(scenario, options))
    if not client:xwrite(post("a", path), "bn", SECONDS) then
      -- An RST that came before is told to the first call that meets it; a FIN lets a client write on.
      client:close()
      return "", "rst"
    end
    return drain(client, options and options.seconds)
  end

  --- The same with a FIN behind the request: a connection that would be kept alive ends after the answer.
  local function exchange_once(scenario, message)
    local client = assert(connect(scenario))
    client:xwrite(post(message), "bn", SECONDS)
    client:shutdown("w")
    return drain(client)
  end

  -- scenario, pattern of all that is answered, ending, requests, partial, path
  local ENDINGS = {
    { "close-before-reading", "^$", "fin", 0, 0 },
    { "reset-before-reading", "^$", "rst", 0, 0 },
    { "close-while-reading-body", "^$", "fin", 0, 1 },
    { "reset-while-reading-body", "^$", "rst", 0, 1 },
    { "early-400", "^HTTP/1.1 400 ", "fin", 0, 1 },
    { "early-503", "^HTTP/1.1 503 ", "fin", 0, 1 },
    { "close-after-request", "^$", "fin", 1, 0 },
    { "goodbye-after-request", "^$", "fin", 1, 0 },
    { "reset-after-request", "^$", "rst", 1, 0 },
    { "idle-close", '^HTTP/1.1 200 OK\r\n.*%["1281532560"%]$', "fin", 1, 0 },
    { "idle-goodbye", '^HTTP/1.1 200 OK\r\n.*%["1281532560"%]$', "fin", 1, 0 },
    { "cut-status-line", "^HTTP/1.1 2$", "fin", 1, 0 },
    { "cut-headers", "^HTTP/1.1 200 OK\r\n.*Content%-Len$", "fin", 1, 0 },
    { "cut-headers-400", "^HTTP/1.1 400 .*Content%-Len$", "fin", 1, 0 },
    { "cut-body", "^HTTP/1.1 200 .*Content%-Length: 100\r\n\r\n..........$", "fin", 1, 0 },
    { "cut-body-400", "^HTTP/1.1 400 .*Content%-Length: 100\r\n\r\n..........$", "fin", 1, 0 },
    { "cut-body-503", "^HTTP/1.1 503 .*Content%-Length: 100\r\n\r\n..........$", "fin", 1, 0 },
    { "reset-in-body", "^HTTP/1.1 200 .*\r\n\r\n..........$", "rst", 1, 0 },
    { "chunked-cut", 'chunked\r\n\r\ne\r\n%["12815$', "fin", 1, 0 },
    { "chunked-no-last", '"%]\r\n$', "fin", 1, 0 },
    { "content-length-short", 'Content%-Length: 5\r\n\r\n%["1281532560"%]$', "fin", 1, 0 },
    { "content-length-long", 'Content%-Length: 100\r\n\r\n%["1281532560"%]$', "fin", 1, 0, "/10/sms" },
    { "until-close", '/json\r\n\r\n%["1281532560"%]$', "fin", 1, 0 },
    { "hundred-then-close", "^HTTP/1.1 100 Continue\r\n\r\n$", "fin", 1, 0 },
    { "garbage-status-line", "^ICY 200 OK\r\n", "fin", 1, 0 },
    { "http09", '^%["1281532560"%]$', "fin", 1, 0 },
    { "answer-before-request", "^HTTP/1.1 200 OK\r\n", "fin", 1, 0 },
  }

  for _, transport in ipairs({ "plain", "tls" }) do
    local options = { tls = transport == "tls" }

    for _, case in ipairs(ENDINGS) do
      local scenario, pattern, ending = case[1], case[2], case[3]
      it(("%s (%s) ends with %s"):format(scenario, transport, ending), function()
        local answer, how = exchange(scenario, options, case[6])
        assert.truthy(answer:match(pattern), ("%q"):format(answer:sub(1, 300)))
        assert.equal(ending, how)
        local seen = server:seen(scenario, options)
        assert.same({ 1, case[4], case[5] }, { seen.connections, seen.requests, seen.partial })
      end)
    end

    it(("reused-* (%s) read the second request on the same connection"):format(transport), function()
      local cases = {
        ["reused-close"] = "fin", ["reused-goodbye"] = "fin", ["reused-reset"] = "rst",
        ["reused-cut-status-line"] = "fin",
      }
      for scenario, ending in pairs(cases) do
        local client = assert(connect(scenario, options))
        client:xwrite(post("first"), "bn")
        assert.truthy(read_answer(client):match("^HTTP/1.1 200"))
        client:xwrite(post("second"), "bn")
        local answer, how = drain(client)
        assert.equal(ending, how)
        assert.equal(scenario == "reused-cut-status-line" and "HTTP/1.1 2" or "", answer)
        local seen = server:seen(scenario, options)
        assert.same({ 1, 2, 0 }, { seen.connections, seen.requests, seen.partial })
        assert.same({ "first", "second" }, seen.messages)
      end
    end)

    it(("reused-*-unread (%s) end at the first byte"):format(transport), function()
      for scenario, ending in pairs({ ["reused-close-unread"] = "fin", ["reused-reset-unread"] = "rst" }) do
        local client = assert(connect(scenario, options))
        client:xwrite(post("first"), "bn")
        read_answer(client)
        client:xwrite("P", "bn")
        assert.equal(ending, select(2, drain(client)))
        local seen = server:seen(scenario, options)
        assert.same({ 1, 1, 1 }, { seen.connections, seen.requests, seen.partial })
      end
    end)

    it(("ok (%s) keeps the connection alive and counts before it answers"):format(transport), function()
      local client = assert(connect("ok", options))
      for turn = 1, 3 do
        client:xwrite((post("m" .. turn):gsub("Host: x", "X-VertexSMS-Token: t")), "bn")
        assert.truthy(read_answer(client):find("X-VertexSMS-Amount-Sent: 1", 1, true))
        local seen = server:seen("ok", options)
        assert.same({ 1, turn, turn }, { seen.connections, seen.requests, seen.token_seen })
      end
      client:close()
    end)
  end

  -- scenario, bytes answered at least, at most
  local LARGE = {
    { "huge-headers", 10 * 1048576, 11 * 1048576 },
    { "many-headers", 100000, 300000 },
    { "long-header", 1048576, 1049000 },
    { "huge-body", 5 * 1048576, 5243200 },
    { "huge-body-400", 5 * 1048576, 5243200 },
    { "huge-chunked", 5 * 1048576, 5300000 },
    { "flood-1xx", 100000 * 25, 100000 * 50 },
    { "gzip-bomb", 330000, 331000 },
    { "deep-json-200", 20000, 20300 },
  }

  for _, case in ipairs(LARGE) do
    it(case[1] .. " is as large as it says", function()
      local answer, how = exchange_once(case[1])
      assert.truthy(#answer >= case[2] and #answer <= case[3], tostring(#answer))
      assert.equal("fin", how)
      assert.equal(1, server:seen(case[1]).requests)
    end)
  end

  it("status answers what the path says", function()
    local client = connect("status")
    local function ask(path)
      client:xwrite(post("a", path), "bn")
      return read_answer(client)
    end
    for _, status in ipairs({ 400, 401, 403, 404, 405, 409, 418, 429, 500, 501, 502, 503, 504, 599 }) do
      local answer = ask(("/%d/sms"):format(status))
      assert.equal(status, tonumber(answer:match("^HTTP/1.1 (%d+) ")))
      assert.truthy(answer:find(("Scripted answer %d"):format(status), 1, true))
    end
    assert.truthy(ask("/503/html/retry-after=7/sms"):match("Retry%-After: 7\r\n.*<html>"))
    assert.truthy(ask("/503/retry-after=date+2/sms"):match("Retry%-After: %a+, %d+ %a+ %d+ [%d:]+ GMT\r\n"))
    assert.truthy(ask("/400/empty/sms"):match("Content%-Length: 0\r\n\r\n$"))
    for _, status in ipairs({ "503", "429", "200", "200" }) do
      assert.equal(status, ask("/then/503,429,200/sms"):match("^HTTP/1.1 (%d+)"))
    end
    client:close()
    assert.equal("rst", select(2, exchange("status", nil, "/then/reset,200/sms")))
  end)

  it("redirects lead to a target that counts", function()
    local client = connect("redirect")
    client:xwrite(post(), "bn")
    local port = read_answer(client):match("^HTTP/1.1 302 .*Location: http://127.0.0.1:(%d+)/")
    assert.equal(server:port("redirect-target"), tonumber(port))
    assert.equal(0, server:seen("redirect-target").connections)
    client:close()
  end)

  it("hang reads and stays silent, drip sends byte by byte, slow answers", function()
    assert.same({ "", "open" }, { exchange("hang", { seconds = 0.1 }) })
    assert.equal(1, server:seen("hang").requests)
    assert.truthy(exchange("drip", { seconds = 0.1 }, "/900/sms"):match("Content%-Length: 100\r\n\r\n$"))
    assert.truthy(exchange("drip", { seconds = 0.3 }, "/2/sms"):match('%["1281532560"%] +$'))
    assert.truthy(exchange("slow", { seconds = 0.3 }, "/20/sms"):match('%["1281532560"%]$'))
  end)

  it("refused refuses, connect-timeout leaves a SYN unanswered", function()
    local client = luasocket.tcp()
    assert.same({ nil, "connection refused" }, { client:connect("127.0.0.1", server:port("refused")) })
    client = luasocket.tcp()
    client:settimeout(0.2)
    assert.same({ nil, "timeout" }, { client:connect("127.0.0.1", server:port("connect-timeout")) })
    client:close()
    assert.equal(0, server:seen("connect-timeout").connections)
  end)

  describe("certificates", function()
    local function presented(scenario)
      local client = assert(connect(scenario, { tls = true }))
      local certificate = client:checktls():getPeerCertificate()
      client:close()
      return certificate
    end

    local function verified(certificate)
      local handle = assert(io.open(server.ca_file))
      local trusted = store.new():add(x509.new(handle:read("*a")))
      handle:close()
      return (trusted:verify(certificate))
    end

    it("are good, or bad in the one way that the name says", function()
      local _, good_until = presented("ok"):getLifetime()
      assert.truthy(good_until > os.time())
      assert.truthy(verified(presented("ok")))
      assert.truthy(verified(presented("wrong-host-certificate")))
      local _, expired = presented("expired-certificate"):getLifetime()
      assert.truthy(expired < os.time())
      assert.truthy(presented("not-yet-valid-certificate"):getLifetime() > os.time())
      local own = presented("self-signed-certificate")
      assert.equal(tostring(own:getSubject()), tostring(own:getIssuer()))
      for _, name in ipairs({ "expired", "not-yet-valid", "self-signed", "unknown-ca" }) do
        assert.falsy(verified(presented(name .. "-certificate")), name)
      end
    end)

    it("exist only where they were made, and go without a trace", function()
      local folder = os.tmpname()
      os.remove(folder)
      assert(os.execute("mkdir " .. folder))
      assert.equal(folder .. "/ca.pem", certificates.make(folder))
      assert.truthy(certificates.exist(folder))
      certificates.remove(folder)
      assert.falsy(os.rename(folder, folder))
    end)
  end)

  it("fails handshakes as the names say", function()
    for _, scenario in ipairs({ "garbage", "plain-http", "alert", "close", "reset" }) do
      local name = "handshake-" .. scenario
      assert.falsy(connect(name, { tls = true }), name)
      local seen = server:seen(name, { tls = true })
      assert.same({ 1, 0 }, { seen.connections, seen.requests })
    end
    local client = socket.connect("127.0.0.1", server:port("handshake-hang", { tls = true }))
    client:onerror(function(_, _, why)
      return why
    end)
    assert.falsy(client:starttls(ssl_context.new("TLS", false), 0.2))
    client:close()
  end)

  it("offers TLS 1.1 to clients that take it, and to no others", function()
    assert.falsy(connect("tls-1-1-only", { tls = true }))
    assert.equal(1, server:seen("tls-1-1-only", { tls = true }).handshake_failures)
    local old = ssl_context.new("TLSv1_1", false)
    old:setCipherList("ALL:@SECLEVEL=0")
    local client = socket.connect("127.0.0.1", server:port("tls-1-1-only", { tls = true }))
    assert.truthy(client:starttls(old, SECONDS))
    client:close()
  end)

  it("chaos books what it accepted, the same for the same seed", function()
    local function run()
      server:reset()
      for index = 1, 200 do
        exchange_once("chaos", "key " .. index)
      end
      return server:chaos(), server:seen("chaos").requests
    end
    local book, requests = run()
    local accepted, seen = 0, 0
    for key, count in pairs(book.processed) do
      accepted, seen = accepted + count, seen + book.seen[key]
    end
    assert.equal(requests, seen)
    assert.truthy(accepted > 50 and accepted < requests)
    assert.same(book, (run()))
  end)

  it("die-midway takes the process along and leaves its ledger", function()
    local mortal = faults.start()
    local client = socket.connect("127.0.0.1", mortal:port("die-midway"))
    client:onerror(function(_, _, why)
      return why
    end)
    client:xwrite(post("last words"), "bn")
    assert.same({ "last words" }, mortal:last_ledger().plain["die-midway"].messages)
    client:close()
    mortal:stop()
    mortal:stop()
  end)

  it("names a scenario that does not exist", function()
    assert.has_error(function()
      server:url("no-such-thing")
    end, "no scenario 'no-such-thing'")
  end)
end)
