-- Drives the real listener process, under LuaJIT because lua-http is packaged for it, from any Lua.

local cjson = require("cjson")
local core = require("vertexsms.core")
local process = require("spec.support.process")
local web = require("spec.support.web")

local function start(options, ...)
  local words = { "luajit", "bin/vertexsms", "listen", "--port", "0", ... }
  local listener = process.start(words, options)
  return listener, listener:expect("^listening on (http://127%.0%.0%.1:%d+)/")
end

-- The next line, without the time in front of it.
local function said_by(listener)
  local line = listener:line()
  return assert(line:match("^2%d%d%d%-%d%d%-%d%d %d%d:%d%d:%d%d (.*)$"), line)
end

describe("listener", function()
  local listener, url

  setup(function() listener, url = start() end)
  teardown(process.stop_all)

  local function post(body, path, to, headers)
    local all = { ["Content-Type"] = "application/json" }
    for name, value in pairs(headers or {}) do all[name] = value end
    return web.request("POST", (to or url) .. (path or "/"), all, body)
  end

  local function shows(body, line)
    local status, answer = post(body)
    assert.equal(200, status)
    assert.equal("OK", answer)
    assert.equal(line, said_by(listener))
  end

  it("answers OK and prints the report", function()
    shows('{"id":"1281532560","status":"1","error":0,"mcc":"246","mnc":"021"}',
      "report 1281532560 delivered (status 1), network 246/021")
    shows('{"id":"1281532561","status":"2","error":43,"mcc":"246","mnc":"021"}',
      "report 1281532561 undelivered (status 2), subscriber absent (error 43), network 246/021")
  end)

  it("takes numbers for text and text for numbers", function()
    shows('{"id":1281532562,"status":16,"error":"2"}',
      "report 1281532562 expired (status 16), validity period expired (error 2)")
  end)

  it("prints HLR results and sender notifications", function()
    shows('{"id":"11","error":"0","imsi":"2460210051600001","country":"LT","mcc":"246","mnc":"021",'
      .. '"ported":[{"operator":"BITE"}]}',
      "hlr 11 LT, IMSI 2460210051600001, network 246/021, ported from BITE")
    shows('{"id":"12"}', "sender 12")
  end)

  it("prints the number where the report or its URL has it", function()
    shows('{"id":"13","status":"1","to":"37069912345"}', "report 13 delivered (status 1), to 37069912345")
    for _, query in ipairs({ "?to=37069912345", "?secret=hidden&to=%2B37069912345" }) do
      assert.equal(200, (post('{"id":"14","status":"1","error":"' .. #query .. '"}', "/dlr" .. query)))
      assert.matches("^report 14 delivered %(status 1%), to 37069912345, ", said_by(listener))
    end
    assert.equal(200, (post('{"id":"15","status":"1"}', "/dlr?to=Alice")))
    assert.equal("report 15 delivered (status 1)", said_by(listener))
  end)

  it("shows what it does not know", function()
    shows('{"id":"5","status":"3","error":"77"}', "report 5 seen (status 3), unknown code 77")
    shows('{"id":"6","status":"9"}', "report 6 unknown (status 9)")
    shows('{"id":"7","status":{},"error":null}', "sender 7")
  end)

  it("marks a report that came before, and only that", function()
    local body = '{"id":"8","status":"1","error":0}'
    shows(body, "report 8 delivered (status 1)")
    shows(body, "report 8 delivered (status 1), repeated")
    shows('{"id":"8","status":"2","error":0}', "report 8 undelivered (status 2), late: a newer report came before")
  end)

  it("keeps what came from the network off the terminal's controls", function()
    shows('{"id":"\\u001b[31m\\nreport 9","status":"1"}', "report ?[31m?report 9 delivered (status 1)")
  end)

  it("takes any path, without showing its query", function()
    assert.equal(200, (post('{"id":"10"}', "/dlr?secret=hidden")))
    assert.equal("sender 10", said_by(listener))
    assert.equal(400, (post("{", "/dlr?secret=hidden")))
    assert.matches("^POST /dlr 400 ", said_by(listener))
  end)

  it("refuses what is not a report", function()
    for _, body in ipairs { "", "{", "[]", "1", "null", '"x"', "{}", '{"id":null}', '{"id":""}', '{"id":{}}',
      ("["):rep(100) } do
      local status, answer = post(body, "/dlr?secret=hidden")
      assert.equal(400, status)
      assert.equal("Bad Request", answer)
      assert.matches("^POST /dlr 400 body ", said_by(listener))
    end
  end)

  it("refuses other methods", function()
    local status, _, head = web.request("GET", url)
    assert.equal(405, status)
    assert.equal("POST", head.allow)
    assert.equal("GET / 405 its method is not POST", said_by(listener))
  end)

  it("refuses more than 64 KiB, announced or not", function()
    assert.equal(413, (post(('{"id":"1","x":"%s"}'):format(("a"):rep(65536)))))
    assert.equal("POST / 413 the body is longer than 65536 octets", said_by(listener))
    local connection = web.connect(url)
    connection:send("POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\n")
    assert.matches("^HTTP/1.1 413", (web.read_message(connection)))
    connection:close()
    assert.equal("POST / 413 Content Too Large", said_by(listener))
  end)

  it("turns strangers away before it reads their body, and goes on with others", function()
    local other, other_url = start({}, "--allow", "192.0.2.0/24", "--path", "/dlr")
    local connection = web.connect(other_url)
    connection:send("POST /dlr HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000000\r\n\r\n")
    local first, _, body = web.read_message(connection)
    assert.same({ "HTTP/1.1 403 Forbidden", "Forbidden" }, { first, body })
    connection:close()
    assert.equal("POST /dlr 403 the call does not come from an address that may call", said_by(other))
    for _, path in ipairs { "/dlr", "/" } do
      local status, answer = post('{"id":"1"}', path, other_url, { ["X-Forwarded-For"] = "192.0.2.1" })
      assert.same({ 403, "Forbidden" }, { status, answer })
    end
    other:stop()
  end)

  it("is not held up by a stranger who announces more than an integer holds", function()
    local other, other_url = start({}, "--allow", "192.0.2.0/24")
    local connection = web.connect(other_url)
    connection:send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 18446744073709551618\r\n\r\n{}")
    assert.equal("HTTP/1.1 403 Forbidden", (web.read_message(connection)))
    assert.equal(403, (post('{"id":"1"}', "/", other_url)))
    connection:close()
    other:stop()
  end)

  it("keeps a stranger's connection when the body came whole", function()
    local other, other_url = start({}, "--allow", "192.0.2.0/24")
    local connection = web.connect(other_url)
    for _ = 1, 2 do
      connection:send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n0123456789")
      assert.equal("HTTP/1.1 403 Forbidden", (web.read_message(connection)))
    end
    connection:close()
    other:stop()
  end)

  it("wants the secret and the signature that the environment has", function()
    local other, other_url = start { env = {
      VERTEXSMS_CALLBACK_SECRET = "in the URL", VERTEXSMS_CALLBACK_SIGNATURE_SECRET = "key",
    } }
    local body = '{"id":"1","status":1}'
    local signed = { ["X-VertexSMS-Signature"] = core.hmac_sha256("key", body) }
    assert.equal(200, (post(body, "/?secret=in%20the%20URL", other_url, signed)))
    assert.equal(403, (post(body, "/?secret=x", other_url, signed)))
    assert.equal(403, (post(body, "/", other_url, signed)))
    assert.equal(403, (post(body, "/?secret=in%20the%20URL", other_url)))
    other:stop()
  end)

  it("says which option cannot be", function()
    local code, _, errors = process.run { "luajit", "bin/vertexsms", "listen", "--port", "0", "--allow", "1.2.3.4/33" }
    assert.equal(1, code)
    assert.matches('^vertexsms: invalid_argument: sources%[1%] "1%.2%.3%.4/33" must have a prefix length from 0 to 32',
      errors)
  end)

  it("takes one path only when told so", function()
    local other = process.start { "luajit", "bin/vertexsms", "listen", "--port", "0", "--path", "/dlr" }
    local other_url = other:expect("^listening on (http://127%.0%.0%.1:%d+)/dlr$")
    assert.equal(404, (post('{"id":"1"}', "/", other_url)))
    assert.equal(404, (post('{"id":"1"}', "/dlr/", other_url)))
    assert.equal(200, (post('{"id":"1"}', "/dlr?x=1", other_url)))
    assert.equal(0, other:stop())
  end)

  it("writes JSON lines, and nothing else to stdout", function()
    local path = os.tmpname()
    local other, other_url = start({ stdout = path }, "--json")
    post('{"id":1281532560,"status":"2","error":"43","mcc":"246","mnc":"021"}', "/", other_url)
    post("{", "/", other_url)
    post('{"id":1281532560,"status":"2","error":"43"}', "/", other_url)
    assert.equal(0, other:stop())
    local reports = {}
    for line in process.read_file(path):gmatch("[^\n]+") do reports[#reports + 1] = cjson.decode(line) end
    os.remove(path)
    local report = {
      kind = "dlr", id = "1281532560", state = "undelivered", final = true, error = 43,
      reason = "subscriber absent", class = "temporary", mcc = "246", mnc = "021",
      raw = { id = "1281532560", status = "2", error = "43", mcc = "246", mnc = "021" },
    }
    for _, each in ipairs(reports) do
      assert.matches("^2%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%dZ$", each.time)
      each.time = nil
    end
    assert.same(report, reports[1])
    report.mcc, report.mnc, report.raw.mcc, report.raw.mnc, report.duplicate = nil, nil, nil, nil, true
    assert.same(report, reports[2])
    assert.equal(2, #reports)
  end)

  it("does not say OK to a report that it could not write", function()
    local other, other_url = start({ stdout = "/dev/full" }, "--json")
    assert.equal(500, (post('{"id":"1","status":1}', "/", other_url)))
    assert.equal("POST / 500 the report could not be handled: cannot write to stdout: No space left on device",
      said_by(other))
    other:stop()
  end)

  it("stops cleanly", function()
    for _, signal in ipairs { "INT", "TERM" } do
      local other = start()
      other:signal(signal)
      assert.equal("stopped", other:line())
      assert.equal(0, other:wait())
    end
  end)
end)
