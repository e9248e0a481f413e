local core = require("vertexsms.core")
local errors = require("vertexsms.error")

local function same(text) return text end

local function from(response)
  response.kind = response.kind or "invalid_request"
  response.outcome = response.outcome or "rejected"
  response.message = response.message or "HTTP status 400"
  response.headers = response.headers or {}
  response.retryable = false
  return errors.from_response(response, { method = "POST", path = "/sms" }, same)
end

describe("an error", function()
  it("is told apart from other values", function()
    assert.is_true(errors.is_error(errors.invalid_argument("to", "to is odd")))
    for _, value in ipairs({ "text", 5, {}, setmetatable({}, {}), print, true }) do
      assert.is_false(errors.is_error(value))
    end
    assert.is_false(errors.is_error(nil))
  end)

  it("is one line as text, whatever the server wrote", function()
    local err = from({ status = 400, body = '{"message":"two\\nlines\\r\\n\\u0000and a tab\\t"}' })
    assert.equal("vertexsms: invalid_request: two lines and a tab  (HTTP 400, rejected)", tostring(err))
    err = from({ status = 400, body = '{"message":"' .. ("x"):rep(5000) .. '"}' })
    assert.is_true(#tostring(err) < 700)
    assert.equal(5000, #err.message)
    err.message = "x" .. ("\195\169"):rep(1000)
    assert.matches("x" .. ("\195\169"):rep(249) .. "... (", tostring(err), 1, true)
  end)

  it("takes message and field from the body", function()
    local err = from({ status = 400, body = [[{"message":"Invalid value for field 'from'. Sender ID must"}]] })
    assert.equal("Invalid value for field 'from'. Sender ID must", err.message)
    assert.equal("from", err.field)
  end)

  for _, body in ipairs({
    "", "<html><h1>502</h1></html>", "null", "[]", "{}", "5", '"text"', '{"message":5}', '{"message":null}',
    '{"message":""}', '{"message":{"a":1}}', '{"mess', ("["):rep(10000), '{"error":"x"}', "\255\254",
  }) do
    it(("survives the body %q"):format(body:sub(1, 20)), function()
      local err = from({ status = 400, body = body })
      assert.equal("HTTP status 400", err.message)
      assert.is_nil(err.field)
      assert.equal(body, err.body)
      assert.equal(400, err.status)
    end)
  end

  it("is UTF-8 without U+0000, so that what became of a message can be written down with it", function()
    local err = from({ status = 422, body = '{"message":"Ung\252ltig: \228"}' })
    assert.equal("Ung?ltig: ?", err.message)
    err = from({ status = 422,
      body = '{"error":{"code":"A\228","message":"a\\u0000\195\164","vertex_error_code":"\255"}}' })
    assert.same({ "a\t\195\164", "A?", "?" }, { err.message, err.code, err.vertex_error_code })
    err = from({ status = 0, body = "", message = "could not connect: Verbindung verweigert \228" })
    assert.equal("could not connect: Verbindung verweigert ?", err.message)
  end)

  it("reads the other shape, with its codes", function()
    local err = from({ status = 401, body = [[{"error":{"code":"AUTH_INVALID","message":"No such token",
      "retryable":true,"vertex_error_code":17}}]] })
    assert.same({ "No such token", "AUTH_INVALID", "17", false },
      { err.message, err.code, err.vertex_error_code, err.retryable })
    err = from({ status = 400, body = '{"error":{"code":"X","message":5},"message":"outside"}' })
    assert.same({ "outside", "X" }, { err.message, err.code })
    err = from({ status = 400, body = '{"error":{"code":null,"vertex_error_code":1.5}}' })
    assert.same({ "HTTP status 400" }, { err.message, err.code, err.vertex_error_code })
  end)

  it("calls an option what the user called it, but not in what the service says", function()
    local function said(message, body)
      local response = { kind = "tls", outcome = "not_sent", message = message, body = body or "", headers = {} }
      local names = { base_url = "VERTEXSMS_BASE_URL", ca_file = "--ca-file", token = "VERTEXSMS_TOKEN" }
      return errors.from_response(response, { method = "POST", path = "/sms" }, same, names).message
    end
    assert.equal("check VERTEXSMS_BASE_URL, or give a PEM file as --ca-file",
      said("check base_url, or give a PEM file as ca_file"))
    assert.equal("check status_base_url: the token is wrong", said("check status_base_url: the token is wrong"))
    assert.equal("base_url", said("base_url", '{"message":"base_url"}'))
  end)

  it("says it was redacted instead of saying the token", function()
    local err = errors.from_response({
      kind = "unauthorized", outcome = "rejected", retryable = false, message = "", status = 401,
      body = '{"message":"bad token SECRET in field \'SECRET\'"}', headers = { ["x-echo"] = "SECRET" },
    }, { method = "POST", path = "/sms" }, function(text) return (text:gsub("SECRET", "******")) end)
    assert.equal("bad token ****** in field '******'", err.message)
    assert.is_nil(err.field)
    assert.equal('{"message":"bad token ****** in field \'******\'"}', err.body)
    assert.equal("******", err.headers["x-echo"])
  end)
end)

describe("the table of errors", function()
  -- status, kind, outcome, retryable for a send, temporary
  local rows = {
    { 400, "invalid_request", "rejected", false, false }, { 401, "unauthorized", "rejected", false, false },
    { 403, "forbidden", "rejected", false, false }, { 404, "not_found", "rejected", false, false },
    { 405, "method_not_allowed", "rejected", false, false }, { 407, "connect", "not_sent", false, false },
    { 408, "invalid_request", "unknown", false, true }, { 409, "conflict", "rejected", false, false },
    { 413, "invalid_request", "rejected", false, false }, { 414, "invalid_request", "rejected", false, false },
    { 418, "invalid_request", "rejected", false, false }, { 421, "invalid_request", "rejected", false, false },
    { 425, "invalid_request", "rejected", false, false }, { 429, "rate_limited", "rejected", true, true },
    { 431, "invalid_request", "rejected", false, false }, { 499, "invalid_request", "unknown", false, true },
    { 500, "server_error", "unknown", false, true }, { 501, "server_error", "unknown", false, true },
    { 502, "gateway", "unknown", false, true }, { 503, "unavailable", "unknown", false, true },
    { 504, "gateway", "unknown", false, true }, { 302, "redirect", "rejected", false, false },
    { 200, "ok", "accepted", false, false }, { 204, "ok", "accepted", false, false },
  }
  local function judge(status, more)
    local facts = { status = status, headers_complete = true, request_started = true }
    for name, value in pairs(more or {}) do facts[name] = value end
    local kind, outcome, retryable, _, temporary = core.judge(facts)
    return { kind, outcome, retryable, temporary }
  end

  for _, row in ipairs(rows) do
    it("knows status " .. row[1], function()
      assert.same({ row[2], row[3], row[4], row[5] }, judge(row[1]))
      assert.same({ row[2], row[3], row[5], row[5] }, judge(row[1], { repeatable = true }))
    end)
  end

  it("takes a 503 for a refusal when VertexSMS itself said it", function()
    assert.same({ "unavailable", "rejected", true, true }, judge(503, { service_error = true }))
    for _, status in ipairs({ 500, 502, 504 }) do
      assert.equal("unknown", judge(status, { service_error = true })[2])
    end
  end)

  it("does not go on trying where the other side does not speak TLS", function()
    for not_tls, temporary in pairs({ [true] = false, [false] = true }) do
      local kind, outcome, retryable, _, may_pass = core.judge({ curl = 35, not_tls = not_tls })
      assert.same({ "tls", "not_sent", temporary, temporary }, { kind, outcome, retryable, may_pass })
    end
  end)

  it("does not go on asking a proxy that refuses", function()
    for refused, temporary in pairs({ [true] = false, [false] = true }) do
      local kind, outcome, retryable, _, may_pass = core.judge({ curl = 56, proxy_refused = refused })
      assert.same({ "connect", "not_sent", temporary, temporary }, { kind, outcome, retryable, may_pass })
    end
  end)
end)
