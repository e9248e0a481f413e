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
  local rows = {
    { 400, "invalid_request", "rejected", false }, { 401, "unauthorized", "rejected", false },
    { 403, "forbidden", "rejected", false }, { 404, "not_found", "rejected", false },
    { 405, "method_not_allowed", "rejected", false }, { 409, "conflict", "rejected", false },
    { 418, "invalid_request", "rejected", false }, { 429, "rate_limited", "rejected", true },
    { 500, "server_error", "unknown", true }, { 501, "server_error", "unknown", true },
    { 502, "gateway", "unknown", true }, { 503, "unavailable", "rejected", true },
    { 504, "gateway", "unknown", true }, { 302, "redirect", "rejected", false },
    { 200, "ok", "accepted", false }, { 204, "ok", "accepted", false },
  }
  for _, row in ipairs(rows) do
    it("knows status " .. row[1], function()
      local kind, outcome, retryable =
        core.judge({ status = row[1], headers_complete = true, request_started = true })
      assert.same({ row[2], row[3], row[4] }, { kind, outcome, retryable })
    end)
  end
end)
