-- A gateway said 503 of a request that it had handed on, and the send was repeated: two SMS, told as one. A 503 is a
-- refusal only in VertexSMS's own words; the bodies here are what gateways write, headers and all.

local scripted = require("spec.support.scripted")

local HTML, TEXT, JSON = "text/html", "text/plain", "application/json"

local GATEWAYS = {
  envoy = { TEXT, "upstream connect error or disconnect/reset before headers. reset reason: connection termination" },
  varnish = { HTML, "<!DOCTYPE html>\n<html><head><title>503 Backend fetch failed</title></head></html>" },
  haproxy = { HTML, "<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this request.\n"
    .. "</body></html>" },
  nginx = { HTML, "<html>\r\n<head><title>503 Service Temporarily Unavailable</title></head>\r\n</html>" },
  kong = { JSON, '{\n  "message":"Service unavailable",\n  "request_id":"5f1a"\n}' },
  ["kong without a peer"] = { JSON, '{"message":"failure to get a peer from the ring-balancer"}' },
  aws = { JSON, '{"message":"Service Unavailable"}' },
  google = { JSON, '{"error":{"code":503,"message":"The service is currently unavailable.","status":"UNAVAILABLE"}}' },
  spring = { JSON, '{"timestamp":"2026-01-01","status":503,"error":"Service Unavailable","message":"","path":"/sms"}' },
  nobody = { JSON, "" },
  ["compressed"] = { JSON, "\31\139\8\0\0\0\0\0\0\3" },
}

local OWN = {
  ["a message"] = '{"message":"We are in maintenance, please try again"}',
  ["an error with a code"] = '{"error":{"code":"OVERLOADED","message":"Service Unavailable","retryable":false}}',
  ["a byte order mark"] = '\239\187\191{"message":"Overloaded"}',
}

describe("a 503", function()
  local server

  setup(function() server = scripted.start() end)
  teardown(function() server:stop() end)

  local function send(content_type, body)
    server:script({ status = 503, body = body, headers = { ["Content-Type"] = content_type } },
      { body = '["1281532560"]' })
    return server:safe({ retry = { base = 0 } }):send({ to = "37069912345", from = "MyShop", message = "x" })
  end

  for name, answer in pairs(GATEWAYS) do
    it("of a gateway is not repeated: " .. name, function()
      local sent, err = send(answer[1], answer[2])
      assert.is_nil(sent)
      assert.same({ "unavailable", "unknown", false, true, 503 },
        { err.kind, err.outcome, err.retryable, err.temporary, err.status })
      assert.equal(1, #server:requests())
    end)
  end

  for name, body in pairs(OWN) do
    it("of VertexSMS's is repeated: " .. name, function()
      local sent = assert(send(JSON, body))
      assert.same({ 2 }, { sent.attempts, sent.duplicate_possible })
      assert.equal(2, #server:requests())
    end)
  end

  it("whose body was cut is not known to be VertexSMS's", function()
    server:script('HTTP/1.1 503 No\r\nContent-Length: 100\r\nConnection: close\r\n\r\n{"message":"Overloaded"}')
    local _, err = server:safe({ retry = { base = 0 } }):send({ to = "37069912345", from = "MyShop", message = "x" })
    assert.same({ "unavailable", "unknown", 1 }, { err.kind, err.outcome, #server:requests() })
  end)
end)
