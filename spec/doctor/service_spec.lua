-- How far a request comes, told step by step: real servers, real TLS, a real name that does not exist. Never a send.

local core = require("vertexsms.core")
local doctor = require("vertexsms.doctor")
local fault_servers = require("spec.support.faults")
local process = require("spec.support.process")
local scripted = require("spec.support.scripted")
local simulators = require("spec.support.simulator")

local TOKEN = "token-of-the-spec"
local HOUR = 3600

-- As RFC 9110 section 5.6.7 has it, in any locale.
local DAYS = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" }
local MONTHS = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" }

local function http_date(seconds)
  local at = os.date("!*t", seconds)
  return ("%s, %02d %s %d %02d:%02d:%02d GMT"):format(DAYS[at.wday], at.day, MONTHS[at.month], at.year, at.hour, at.min,
    at.sec)
end

-- The findings, by name.
local function examine(options)
  local complete, found = { token = TOKEN, host = "blocking", timeout = 5 }, {}
  for name, value in pairs(options) do complete[name] = value end
  for _, finding in ipairs(doctor.run(complete)) do
    assert.is_nil((finding.message .. (finding.advice or "")):find(TOKEN, 1, true), finding.message)
    assert.equal(finding.status ~= "ok", finding.advice ~= nil, finding.message)
    assert.is_nil(found[finding.name], finding.name)
    found[finding.name] = finding
  end
  return found
end

local function assert_status(expected, finding, pattern)
  assert.equal(expected, finding.status, finding.message)
  if pattern then assert.matches(pattern, finding.message) end
end

describe("the doctor's request", function()
  local faults, server
  setup(function()
    faults, server = fault_servers.start({ tls = true }), scripted.start()
  end)
  teardown(function()
    faults:stop()
    server:stop()
    process.stop_all()
  end)

  it("finds nothing wrong with a service that takes the token, and asks it only once, with a GET", function()
    local simulator = simulators.start({}, { VERTEXSMS_SIMULATOR_TOKEN = TOKEN })
    local found = examine({ base_url = simulator.url })
    for _, name in ipairs({ "dns", "connection", "tls", "token", "clock" }) do assert_status("ok", found[name]) end
    simulator:stop()
    local lines = simulator:output()
    assert.equal(1, select(2, lines:gsub("\n[^\n]*%u+ /", "")), lines)
    assert.matches("GET /mccmnc/LT 200", lines)
  end)

  it("tells a token that is refused", function()
    local simulator = simulators.start({}, { VERTEXSMS_SIMULATOR_TOKEN = "another-token" })
    assert_status("error", examine({ base_url = simulator.url }).token, "refuses the token: .*HTTP 401")
    simulator:stop()
  end)

  it("says which step failed, and that what comes after it was not looked at", function()
    local found = examine({ base_url = "https://sms.example.invalid" })
    assert_status("error", found.dns, "sms%.example%.invalid")
    assert.is_nil(found.connection)
    assert_status("warning", found.token, "could not be asked")
    assert_status("warning", found.clock, "not checked")

    found = examine({ base_url = faults:url("refused") })
    assert_status("ok", found.dns)
    assert_status("error", found.connection, "refused")
    assert.is_nil(found.tls)
  end)

  it("warns of a base URL that is this machine", function()
    for _, url in ipairs({ faults:url("refused"), "https://localhost:1", "http://[::1]:1", "http://127.1.2.3:1" }) do
      local finding = examine({ base_url = url }).base_url
      assert_status("warning", finding)
      assert.equal(("base URL: %s is this machine, so nothing that is sent reaches a telephone"):format(url),
        finding.message)
      assert.equal("unset VERTEXSMS_BASE_URL (or base_url) for VertexSMS itself", finding.advice)
    end
    assert_status("ok", examine({ base_url = "https://localhost.example.invalid" }).base_url)
    assert_status("ok", examine({ base_url = "https://127.0.0.1.example.invalid" }).base_url)
  end)

  it("says what to do about a port of this machine where nothing listens, or no TLS is spoken", function()
    local port = faults:url("refused"):match(":([0-9]+)")
    assert.equal(("nothing listens there: start it (vertexsms simulate --port %s), or correct VERTEXSMS_BASE_URL")
      :format(port), examine({ base_url = faults:url("refused") }).connection.advice)
    local hang = examine({ base_url = faults:url("handshake-hang", nil, { tls = true, host = "localhost" }),
      ca_file = faults.ca_file, timeout = 0.3 })
    assert.not_matches("nothing listens", hang.connection.advice, 1, true)
    local simulator = simulators.start()
    local found = examine({ base_url = (simulator.url:gsub("^http:", "https:")) })
    simulator:stop()
    assert_status("error", found.tls)
    assert.equal("use http:// for the simulator, or correct the port", found.tls.advice)
  end)

  it("says what to do about a line break at the end of a token", function()
    for _, line_end in ipairs({ "\n", "\r\n" }) do
      local found = examine({ base_url = server.url, token = TOKEN .. line_end })
      assert_status("error", found.token)
      assert.equal("remove the line break at its end", found.token.advice)
    end
  end)

  it("tells certificates that are wrong, and one that is right", function()
    local options = { tls = true, host = "localhost" }
    for name, words in pairs({ ["expired-certificate"] = "expired", ["wrong-host-certificate"] = "another host",
      ["unknown-ca-certificate"] = "", ["self-signed-certificate"] = "" }) do
      local found = examine({ base_url = faults:url(name, nil, options), ca_file = faults.ca_file })
      assert_status("ok", found.connection)
      assert_status("error", found.tls, words)
    end
    local found = examine({ base_url = faults:url("ok", nil, options), ca_file = faults.ca_file })
    assert_status("ok", found.tls, "the certificate of localhost")
    assert_status("ok", found.certificates)
    found = examine({ base_url = faults:url("ok", nil, options), ca_file = "/no/such/file" })
    assert_status("error", found.certificates)
  end)

  it("has a limit of time, wherever an answer stays away", function()
    for _, case in ipairs({ { "hang", false, "token" }, { "handshake-hang", true, "connection" } }) do
      local started = core.now()
      local url = faults:url(case[1], nil, { tls = case[2], host = "localhost" })
      local found = examine({ base_url = url, ca_file = faults.ca_file, timeout = 0.3 })
      assert_status("error", found[case[3]])
      assert.is_true(core.now() - started < 4)
    end
  end)

  it("compares the clock with the answer's Date", function()
    local function clock(date, age)
      server:script({ body = "[]", headers = { Date = date, Age = age } })
      return examine({ base_url = server.url }).clock
    end
    local now = core.time()
    assert_status("ok", clock(http_date(now)))
    local most = { [HOUR] = "clock is 3[56]%d%d seconds behind", [-HOUR] = "clock is 3[56]%d%d seconds ahead of",
      [40 * HOUR] = "at least 43200 seconds behind", [-40 * HOUR] = "at least 43200 seconds ahead of" }
    for seconds, words in pairs(most) do assert_status("warning", clock(http_date(now + seconds)), words) end
    assert_status("warning", clock(nil), "not checked")
    assert_status("warning", clock("yesterday"), "not checked")
    assert_status("warning", clock("17"), "not checked")
    assert_status("warning", clock(http_date(now), "60"), "not checked") -- a cache's answer
  end)

  it("knows an answer that is not VertexSMS's, a limited token and a busy service", function()
    local function token(answer)
      server:script(answer)
      return examine({ base_url = server.url }).token
    end
    local HTML, STRANGE = { ["Content-Type"] = "text/html" }, "not VertexSMS's answer"
    assert_status("error", token({ body = "<html>Log in</html>", headers = HTML }), STRANGE .. " .*text/html")
    assert_status("error", token({ status = 404, body = "<", headers = HTML }), STRANGE)
    assert_status("error", token({ status = 302, headers = { Location = "/x" } }), STRANGE)
    assert_status("warning", token({ status = 403, body = '{"message":"no"}' }), "does not let this token")
    assert_status("warning", token({ status = 404, body = '{"message":"no"}' }), "was not refused")
    for _, status in ipairs({ 429, 500, 502, 503 }) do
      assert_status("warning", token({ status = status, body = "{}" }), "but not now")
    end
    assert_status("error", token({ status = 401, body = ('{"message":"no %s"}'):format(TOKEN) }), "refuses the token")
  end)

  it("comes as far as it can without a token", function()
    server:script({ status = 401, body = "{}" })
    local found = examine({ base_url = server.url, token_problem = "token is missing" })
    assert_status("ok", found.connection)
    assert_status("warning", found.base_url)
    assert_status("error", found.token, "token is missing")
    assert.equal("none", server:request().headers["x-vertexsms-token"])
    assert_status("error", examine({ base_url = faults:url("refused"), token_problem = "token is missing" }).token)
  end)

  it("goes through a proxy, and tells one that does not answer", function()
    local url = "https://sms.example.invalid"
    local found = examine({ base_url = url, proxy = faults:url("refused") })
    assert_status("ok", found.dns, "the proxy looks up sms%.example%.invalid")
    assert_status("error", found.connection)
    server:script({ status = 407, body = "" })
    assert_status("error", examine({ base_url = url, proxy = server.url }).connection)
    assert.matches("^CONNECT sms", server:requests()[1].raw)
  end)

  it("tells a base URL, a token and a proxy that cannot be used, in the names that the user has for them", function()
    local names = { base_url = "VERTEXSMS_BASE_URL", token = "--token-file", proxy = "--proxy" }
    assert_status("error", examine({ base_url = "http://example.com", names = names }).base_url, "^VERTEXSMS_BASE_URL ")
    assert_status("error", examine({ base_url = server.url, token = "a\1b", names = names }).token, "^%-%-token%-file ")
    assert_status("error", examine({ base_url = server.url, proxy = "\1", names = names }).proxy, "^%-%-proxy ")
  end)

  it("looks whether the other host can be reached, where there is one", function()
    server:script({ body = "[]" })
    assert_status("ok", examine({ base_url = server.url, status_base_url = server.url }).status_host)
    local found = examine({ base_url = server.url, status_base_url = faults:url("refused") })
    assert_status("error", found.status_host, "cannot be reached: ")
    assert_status("ok", found.connection)
  end)
end)
