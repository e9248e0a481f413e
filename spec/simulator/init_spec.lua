-- Drives the real simulator process, under LuaJIT because lua-http is packaged for it, from any Lua.

local cjson = require("cjson")
local message = require("spec.support.message")
local process = require("spec.support.process")
local simulators = require("spec.support.simulator")
local web = require("spec.support.web")

local TOKEN = "token-of-the-spec"
local TEXT = "Your code is 4815"

-- The text of VertexSMS's introduction page, to the letter.
local BAD_SENDER = "Invalid value for field 'from'. Sender ID must either be a valid MSISDN or an "
  .. "alpha-numeric string (max. length: 11 characters), which may consist only of upper+lower-case "
  .. "latin letters, digits, spaces and dots."

local function start(env, ...)
  local simulator = simulators.start({ ... }, env)
  return simulator, simulator.url
end

local HEADERS = { ["X-VertexSMS-Token"] = TOKEN, ["Content-Type"] = "application/json" }

describe("simulator", function()
  local simulator, url

  local function post(body, headers)
    if type(body) == "table" then body = cjson.encode(body) end
    local status, answer, head = web.request("POST", url .. "/sms", headers or HEADERS, body)
    return status, cjson.decode(answer), head
  end

  local function refused(body, text)
    local status, answer, head = post(body)
    assert.equal(400, status)
    assert.equal("application/json", head["content-type"])
    assert.same({ message = text or answer.message }, answer)
    return answer.message
  end

  setup(function() simulator, url = start() end)
  teardown(process.stop_all)

  describe("POST /sms", function()
    it("answers with growing IDs and the number of parts", function()
      local status, first, head = post(message())
      assert.equal(200, status)
      assert.equal("application/json", head["content-type"])
      assert.equal("1", head["x-vertexsms-amount-sent"])
      assert.equal(1, #first)
      assert.equal("string", type(first[1]))
      local _, second = post(message())
      assert.equal(tonumber(first[1]) + 1, tonumber(second[1]))
    end)

    it("takes an array and sums its parts", function()
      local status, ids, head = post { message(), message { message = ("a"):rep(161) } }
      assert.equal(200, status)
      assert.equal("3", head["x-vertexsms-amount-sent"])
      assert.equal(tonumber(ids[1]) + 1, tonumber(ids[2]))
    end)

    it("counts one part when coding switches splitting off", function()
      local _, _, head = post(message { message = ("a"):rep(161), coding = 0, udh = "%05%00%03%CC%02%01" })
      assert.equal("1", head["x-vertexsms-amount-sent"])
    end)

    it("wants a udh for a text over one part where coding switches splitting off", function()
      local ucs2, gsm = ("š"):rep(70), ("a"):rep(158) .. "€"
      for text, coding in pairs { [ucs2] = 2, [gsm] = 0 } do
        assert.equal(200, (post(message { message = text, coding = coding })))
        assert.truthy(refused(message { message = text .. "a", coding = coding }):find("needs 'udh'", 1, true))
        assert.equal(200, (post(message { message = text .. "a", coding = coding, udh = "%05%00%03%CC%02%01" })))
      end
    end)

    it("takes fields in any case, numbers as digits and null as nothing", function()
      assert.equal(200, (post('{"TO":37069912345,"From":"MyShop","message":"a","DLRURL":null}')))
    end)

    it("takes every field that is documented", function()
      assert.equal(200, (post(message {
        priority = "high", scheduled = "2015-01-01T13:00:00+02:00", coding = 1, udh = "%05%00%03%cc%02%01",
        testMode = 1, expireIn = 360, correctBy = "LT", to = "069912345",
      })))
      assert.equal(200, (post(message {
        priority = "low", scheduled = "2015-12-31T23:59:59Z", coding = "2", testMode = "2", expireIn = 432000,
      })))
    end)

    it("skips a byte order mark", function()
      assert.equal(200, (post("\239\187\191" .. cjson.encode(message()))))
      assert.equal(200, (post("\239\187\191 [" .. cjson.encode(message()) .. "]")))
    end)

    it("takes a Content-Type with a charset", function()
      local headers = { ["X-VertexSMS-Token"] = "t", ["Content-Type"] = "application/json; charset=utf-8" }
      assert.equal(200, (post(message(), headers)))
    end)

    it("takes numbers with a plus, as some clients send them", function()
      assert.equal(200, (post(message { to = "+37069912345", from = "+37069955555" })))
      assert.truthy(simulator:expect("^POST /sms 200 %d+ to 37069912345 from 37069955555"))
    end)

    it("refuses a bad sender in VertexSMS's words", function()
      refused({ to = "37069912345", from = "invalid sender ID", message = "Test SMS 001" }, BAD_SENDER)
      refused(message { from = "MyShöp" }, BAD_SENDER)
      refused(message { from = true }, BAD_SENDER)
    end)

    it("names the field that is missing", function()
      for _, field in ipairs { "to", "from", "message" } do
        for _, value in ipairs { cjson.null, "" } do
          refused(message { [field] = value }, ("Missing value for field '%s'."):format(field))
        end
      end
      refused("{}", "Missing value for field 'to'.")
      refused(message { udh = "%05%00%03%CC%02%01" }, "Missing value for field 'coding'.")
    end)

    local INVALID = {
      to = { "++37069912345", "+", "069912345", "1234567890123456", "abc", true, {}, 1.5 },
      message = { "\255", 1e300, {} },
      priority = { "urgent", "HIGH", 1 },
      scheduled = { "tomorrow", "2015-01-01 13:00:00", "2015-01-01T13:00:00", "2015-13-01T13:00:00Z",
        "2015-01-01T24:00:00Z", "2015-01-01T13:00:00+02:00x" },
      udh = { "050003CC0201", "%0", "%0g", 5 },
      coding = { 3, -1, "x", true },
      testMode = { 0, 3, "on", true },
      expireIn = { 359, 432001, 360.5, "1h" },
      correctBy = { "LTU", "L", "12" },
      dlrUrl = { "example.com", "ftp://example.com/", "http://", "http://exa mple.com", 1 },
    }
    for field, values in pairs(INVALID) do
      it("refuses an invalid " .. field, function()
        for _, value in ipairs(values) do
          local with_coding = field == "udh" and { coding = 0 } or {}
          with_coding[field] = value
          local text = refused(message(with_coding))
          assert.equal(("Invalid value for field '%s'. "):format(field), text:match("^.-'%. "))
        end
      end)
    end

    it("refuses the whole array for one bad message", function()
      local _, before = post(message())
      refused({ message(), message { from = "invalid sender ID" } }, BAD_SENDER)
      local _, after = post(message())
      assert.equal(tonumber(before[1]) + 1, tonumber(after[1]))
    end)

    it("refuses what is not a message or an array of them", function()
      for _, body in ipairs { "", "{", "[", "null", "1", '"x"', "[]", "[1]", "[null]", "[[]]", "nul",
        ("["):rep(100), "\0" } do
        assert.is_true(#refused(body) > 0)
      end
    end)

    it("refuses another Content-Type", function()
      for _, content_type in ipairs { "text/plain", "application/jsonx", "" } do
        local headers = { ["X-VertexSMS-Token"] = "t", ["Content-Type"] = content_type }
        assert.equal(400, (post(message(), headers)))
      end
    end)

    it("refuses more than 1 MiB", function()
      local status, answer = post(message { message = ("a"):rep(1024 * 1024) })
      assert.equal(413, status)
      assert.is_string(answer.message)
    end)
  end)

  describe("addresses, methods and tokens", function()
    it("answers 404 for an unknown path", function()
      for _, path in ipairs { "/sms/", "/SMS", "/smsx", "/index.html" } do
        local status, body = web.request("GET", url .. path, HEADERS)
        assert.equal(404, status)
        assert.is_string(cjson.decode(body).message)
      end
    end)

    it("answers 405 with the methods there are", function()
      for _, method in ipairs { "GET", "PUT", "DELETE", "OPTIONS" } do
        local status, body, head = web.request(method, url .. "/sms", HEADERS)
        assert.equal(405, status)
        assert.equal("POST", head.allow)
        assert.is_string(cjson.decode(body).message)
      end
    end)

    it("sends no body in answer to HEAD", function()
      local status, body = web.request("HEAD", url .. "/sms", HEADERS)
      assert.equal(405, status)
      assert.equal("", body)
    end)

    it("answers 401 without a token", function()
      for _, token in ipairs { false, "" } do
        local headers = { ["Content-Type"] = "application/json", ["X-VertexSMS-Token"] = token or nil }
        local status, answer = post(message(), headers)
        assert.equal(401, status)
        assert.is_string(answer.message)
      end
    end)

    it("takes the token from the query, too", function()
      local headers = { ["Content-Type"] = "application/json" }
      assert.equal(200, (web.request("POST", url .. "/sms?at=" .. TOKEN, headers, cjson.encode(message()))))
      assert.equal(401, (web.request("POST", url .. "/sms?at=", headers, cjson.encode(message()))))
    end)

    it("takes only the token it was told of", function()
      local strict, strict_url = start { VERTEXSMS_SIMULATOR_TOKEN = "only-this-one" }
      local headers = { ["Content-Type"] = "application/json", ["X-VertexSMS-Token"] = "any-other" }
      assert.equal(401, (web.request("POST", strict_url .. "/sms", headers, cjson.encode(message()))))
      headers["X-VertexSMS-Token"] = "only-this-one"
      assert.equal(200, (web.request("POST", strict_url .. "/sms", headers, cjson.encode(message()))))
      strict:stop()
      local output = strict:output()
      assert.is_nil(output:find("only-this-one", 1, true) or output:find("any-other", 1, true))
    end)
  end)

  describe("delivery report", function()
    local endpoint

    before_each(function() endpoint = web.endpoint() end)
    after_each(function() endpoint:close() end)

    local function report_for(fields)
      fields.dlrUrl = fields.dlrUrl or endpoint.url .. "/dlr?secret=hidden"
      local _, ids = post(message(fields))
      return ids[1]
    end

    it("is POSTed to dlrUrl", function()
      local id = report_for {}
      local first, head, body = endpoint:take("200 OK", "OK")
      assert.equal("POST /dlr?secret=hidden HTTP/1.1", first)
      assert.equal("application/json", head["content-type"])
      assert.same({ id = id, status = "1", error = 0, mcc = "246", mnc = "021" }, cjson.decode(body))
      simulator:expect("^report " .. id .. " delivered %-> http://127.0.0.1:%d+/dlr 200 OK$")
    end)

    it("follows testMode: 1 delivered, 2 failed with an error code", function()
      report_for { testMode = "1" }
      local _, _, delivered = endpoint:take("200 OK", "OK")
      assert.equal("1", cjson.decode(delivered).status)
      report_for { testMode = 2 }
      local _, _, failed = endpoint:take("200 OK", "OK")
      assert.equal("2", cjson.decode(failed).status)
      assert.equal(43, cjson.decode(failed).error)
    end)

    it("is repeated until it is answered 200 with exactly OK", function()
      local hasty, hasty_url = start({}, "--dlr-retry", "0.01")
      local body = cjson.encode(message { dlrUrl = endpoint.url })
      web.request("POST", hasty_url .. "/sms", HEADERS, body)
      local bodies = {}
      for i, answer in ipairs { { "500 Oops", "OK" }, { "200 OK", "OK\n" }, { "200 OK", "" },
        { "302 Found", "OK" }, { "200 OK", "OK" } } do
        local _, _, report = endpoint:take(answer[1], answer[2])
        bodies[i] = cjson.decode(report)
        assert.same(bodies[1], bodies[i])
      end
      hasty:expect("answered 500; again in 0.01 s$")
      hasty:expect("answered 200, but the body is not exactly OK; again in 0.01 s$")
      hasty:expect("200 OK$")
      hasty:stop()
    end)

    it("may be answered with anything", function()
      for _, answer in ipairs { "", "garbage\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nOK",
        "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nOK", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nOK",
        "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551618\r\n\r\nOK",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffff0\r\nOK",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: ,\r\n\r\nOK", "HTTP/1.1 204 No Content\r\n\r\n" } do
        local id = report_for {}
        endpoint:take_raw(answer)
        assert.truthy(simulator:expect("^report " .. id .. " delivered %-> [^ ]+ (.+); again in 5 s$"))
      end
      assert.equal(200, (post(message())))
    end)

    it("that cannot be delivered is logged, and the simulator lives on", function()
      local refusing, socket = web.refusing()
      local id = report_for { dlrUrl = refusing .. "/dlr?secret=hidden" }
      simulator:expect("^report " .. id .. " delivered %-> " .. refusing:gsub("%p", "%%%0")
        .. "/dlr failed: connection refused; again in 5 s$")
      local port = refusing:match("%d+$")
      report_for { dlrUrl = ("http://user:hidden@localhost:%s/"):format(port) }
      simulator:expect(("%%-> http://localhost:%s/ failed: "):format(port))
      socket:close()
      assert.equal(200, (post(message())))
    end)
  end)

  describe("process", function()
    for _, name in ipairs { "INT", "TERM" } do
      it("stops cleanly on SIG" .. name .. ", whatever is connected", function()
        local other, other_url = start()
        local idle = web.connect(other_url)
        idle:send("GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert.truthy(web.read_message(idle))
        local silent = web.connect(other_url)
        other:signal(name)
        assert.equal("GET /nothing 404 Nothing matches this address.", other:line())
        assert.equal("stopped", other:line())
        assert.equal(0, other:wait())
        idle:close()
        silent:close()
      end)
    end

    it("listens on loopback only, unless told otherwise", function()
      local code, _, errors = process.run { "luajit", "bin/vertexsms", "simulate", "--host", "0.0.0.0",
        "--port", "0" }
      assert.equal(1, code)
      assert.truthy(errors:find("--public", 1, true))
      local open = process.start { "luajit", "bin/vertexsms", "simulate", "--host", "0.0.0.0", "--port", "0",
        "--public" }
      assert.truthy(open:expect("^listening on http://0%.0%.0%.0:(%d+)$"))
      assert.equal(0, open:stop())
    end)

    it("says why it cannot listen", function()
      local port = url:match("%d+$")
      local code, _, errors = process.run { "luajit", "bin/vertexsms", "simulate", "--port", port }
      assert.equal(1, code)
      assert.truthy(errors:find("cannot listen on 127.0.0.1:" .. port, 1, true))
    end)
  end)

  it("says which file it cannot read", function()
    for _, path in ipairs { "/nonexistent", "/tmp" } do
      local code, _, errors = process.run { "luajit", "bin/vertexsms", "simulate", "--port", "0", "--tls-cert", path,
        "--tls-key", path }
      assert.equal(1, code)
      assert.truthy(errors:find("^vertexsms: cannot read " .. path .. ": %u[%l ]+\n$"))
    end
  end)

  it("never prints a token, a text or a query", function()
    web.request("GET", url .. "/sms?at=" .. TOKEN, HEADERS)
    simulator:stop()
    local output = simulator:output()
    assert.truthy(output:find("POST /sms 200 %d+ to 37069912345 from MyShop, 1 part"))
    assert.truthy(output:find("POST /sms 400 " .. BAD_SENDER, 1, true))
    for _, secret in ipairs { TOKEN, TEXT, "hidden" } do
      assert.is_nil(output:find(secret, 1, true))
    end
  end)
end)
