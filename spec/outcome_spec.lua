-- Every way in which a request can fail, against a server process that fails so: what the client says became of the
-- request, and how often the server saw it. Plain and over TLS, on the caller's thread and on the I/O thread.

local hosts = require("vertexsms.host")
local fault_servers = require("spec.support.faults")
local vertexsms = require("vertexsms")

local TOKEN = "token-of-the-outcome-spec"

-- A host that goes through the I/O thread and waits for the ticket.
local threaded = {
  wait = function(_, ticket) ticket:wait(1) end,
}

-- scenario = { kind, outcome, retryable, requests seen, status =, likely =, temporary = }
local UNKNOWN = { "network", "unknown", false }
local function unknown(requests) return { UNKNOWN[1], UNKNOWN[2], UNKNOWN[3], requests } end
local function cut() return { "protocol", "unknown", false, 1, status = 200, likely = true } end
local function refused(kind, status, retryable) return { kind, "rejected", retryable or false, 1, status = status } end
local function accepted() return { "ok", "accepted", false, 1 } end
local function odd(likely) return { "protocol", "unknown", false, 1, likely = likely } end
local function large(status) return { "too_large", "unknown", false, 1, status = status, likely = status and true } end

local ROWS = {
  ["ok"] = accepted(),
  ["refused"] = { "connect", "not_sent", true, 0 },
  ["close-after-request"] = unknown(1),
  ["goodbye-after-request"] = unknown(1),
  ["reset-after-request"] = unknown(1),
  ["close-while-reading-body"] = unknown(0),
  ["reset-while-reading-body"] = unknown(0),
  ["early-400"] = { "invalid_request", "rejected", false, 0, status = 400 },
  ["early-503"] = { "unavailable", "rejected", true, 0, status = 503 },
  ["cut-status-line"] = unknown(1),
  ["cut-status-line-400"] = unknown(1),
  ["cut-headers"] = { "network", "unknown", false, 1, status = 200, likely = true },
  ["cut-headers-400"] = unknown(1),
  ["cut-headers-503"] = unknown(1),
  ["cut-body"] = cut(),
  ["cut-body-400"] = refused("invalid_request", 400),
  ["cut-body-500"] = { "server_error", "unknown", false, 1, status = 500 },
  ["cut-body-503"] = { "unavailable", "unknown", false, 1, status = 503 },
  ["reset-in-body"] = cut(),
  ["chunked-cut"] = cut(),
  ["chunked-no-last"] = cut(),
  ["chunked-garbage"] = cut(),
  ["chunked-ok"] = accepted(),
  ["content-length-short"] = cut(),
  ["content-length-garbage"] = odd(true),
  ["until-close"] = accepted(),
  ["huge-headers"] = large(200),
  ["many-headers"] = large(200),
  ["long-header"] = large(200),
  ["flood-1xx"] = large(),
  ["hundred-then-ok"] = accepted(),
  ["hundred-then-close"] = unknown(1),
  ["switching-protocols"] = unknown(1),
  ["garbage-status-line"] = odd(),
  ["binary-status-line"] = odd(),
  ["http09"] = odd(),
  ["nul-header"] = odd(true),
  ["header-without-colon"] = odd(true),
  ["parts-garbage"] = accepted(),
  ["extra-bytes"] = accepted(),
  ["created-201"] = accepted(),
  ["accepted-202"] = accepted(),
  ["number-ids-200"] = accepted(),
  ["big-number-ids-200"] = accepted(),
  ["bom-200"] = accepted(),
  ["duplicate-keys-200"] = cut(),
  ["deep-json-400"] = refused("invalid_request", 400),
  ["invalid-utf8-400"] = refused("invalid_request", 400),
  ["nul-400"] = refused("invalid_request", 400),
  ["control-bytes-400"] = refused("invalid_request", 400),
  ["huge-body"] = large(200),
  ["huge-body-400"] = { "too_large", "rejected", false, 1, status = 400 },
  ["huge-body-503"] = { "too_large", "unknown", false, 1, status = 503 },
  ["huge-chunked"] = large(200),
  ["gzip-bomb"] = cut(),
  ["redirect"] = refused("redirect", 302),
  ["redirect-other-host"] = refused("redirect", 302),
  ["redirect-to-plain"] = refused("redirect", 302),
  ["redirect-to-tls"] = refused("redirect", 302),
  ["redirect-to-file"] = refused("redirect", 302),
  ["redirect-no-location"] = refused("redirect", 302),
}

for _, body in ipairs({
  "null", "true", "string", "object", "empty-array", "wrong-types", "null-ids", "empty-id", "float-ids", "many-ids",
  "error", "deep-json", "invalid-utf8", "nul", "trailing", "truncated-json", "empty", "html", "plain-text",
}) do
  ROWS[body .. "-200"] = cut()
end
ROWS["no-content-204"] = { "protocol", "unknown", false, 1, status = 204, likely = true }

-- These end in the client's own time.
local TIMED = {
  ["connect-timeout"] = { "timeout", "not_sent", true, 0 },
  ["hang"] = { "timeout", "unknown", false, 1 },
  ["hang-unread"] = { "timeout", "unknown", false, 0 },
  ["drip"] = { "timeout", "unknown", false, 1, status = 200, likely = true },
  ["drip-400"] = { "invalid_request", "rejected", false, 1, status = 400 },
  ["drip-headers"] = { "timeout", "unknown", false, 1 },
}

local STATUSES = {
  [300] = { "redirect", "rejected", false }, [304] = { "redirect", "rejected", false },
  [400] = { "invalid_request", "rejected", false }, [401] = { "unauthorized", "rejected", false },
  [402] = { "invalid_request", "rejected", false }, [403] = { "forbidden", "rejected", false },
  [404] = { "not_found", "rejected", false }, [405] = { "method_not_allowed", "rejected", false },
  [407] = { "connect", "not_sent", false, temporary = false },
  [408] = { "invalid_request", "unknown", false, temporary = true }, [409] = { "conflict", "rejected", false },
  [413] = { "invalid_request", "rejected", false }, [414] = { "invalid_request", "rejected", false },
  [417] = { "invalid_request", "rejected", false }, [421] = { "invalid_request", "rejected", false },
  [425] = { "invalid_request", "rejected", false }, [429] = { "rate_limited", "rejected", true },
  [431] = { "invalid_request", "rejected", false },
  [499] = { "invalid_request", "unknown", false, temporary = true },
  [500] = { "server_error", "unknown", false }, [501] = { "server_error", "unknown", false },
  [502] = { "gateway", "unknown", false }, [503] = { "unavailable", "unknown", false },
  [504] = { "gateway", "unknown", false }, [505] = { "server_error", "unknown", false },
  [599] = { "server_error", "unknown", false },
}
-- Of these bodies only they are errors in VertexSMS's own words.
local OWN_503 = { json = true, escaped = true }

-- The kinds whose cause may pass, unless a row says otherwise; a TLS problem when it is not the certificate's.
local TEMPORARY = {
  rate_limited = true, server_error = true, unavailable = true, gateway = true, dns = true, connect = true,
  timeout = true, network = true,
}

local TLS_ROWS = {
  ["expired-certificate"] = false, ["not-yet-valid-certificate"] = false, ["wrong-host-certificate"] = false,
  ["self-signed-certificate"] = false, ["unknown-ca-certificate"] = false, ["tls-1-1-only"] = true,
  ["handshake-garbage"] = false, ["handshake-plain-http"] = false, ["handshake-alert"] = true,
  ["handshake-close"] = true, ["handshake-reset"] = true,
}

local function assert_row(row, result, err)
  if row[1] == "ok" then
    assert.is_nil(err)
    assert.is_table(result)
    return
  end
  assert.is_nil(result)
  assert.same({ row[1], row[2], row[3] }, { err.kind, err.outcome, err.retryable }, err.message)
  local temporary = row.temporary
  if temporary == nil then temporary = TEMPORARY[row[1]] or row[1] == "tls" and row[3] end
  assert.equal(temporary or false, err.temporary)
  assert.equal(row.likely, err.likely_accepted)
  if row.status then assert.equal(row.status, err.status) end
  assert.equal(1, err.attempts)
  assert.not_matches(TOKEN, tostring(err), 1, true)
  assert.not_matches("[\r\n]", tostring(err))
end

for _, way in ipairs({ "caller's thread", "I/O thread" }) do
  for _, tls in ipairs({ false, true }) do
    describe(("over %s, on the %s,"):format(tls and "TLS" or "plain TCP", way), function()
      local faults
      local options = { tls = tls }

      setup(function() faults = fault_servers.start({ tls = true }) end)
      teardown(function() faults:stop() end)

      local function client_for(scenario, prefix, more)
        local settings = {
          token = TOKEN, base_url = faults:url(scenario, prefix, options), ca_file = faults.ca_file, retry = false,
        }
        for key, value in pairs(more or {}) do settings[key] = value end
        local client = assert(vertexsms.safe.new(settings))
        if way == "I/O thread" then client.host = threaded end
        return client
      end

      local count = 0
      local function send(client)
        count = count + 1
        return client:send({ to = "37069912345", from = "MyShop", message = "message " .. count })
      end

      local function once(scenario, row, prefix, more)
        faults:reset()
        local client = client_for(scenario, prefix, more)
        local result, err = send(client)
        local seen = faults:seen(scenario, options)
        client:close()
        assert_row(row, result, err)
        assert.equal(row[4], seen.requests or 0)
        return result, err
      end

      for scenario, row in pairs(ROWS) do
        it(scenario, function() once(scenario, row) end)
      end

      for scenario, row in pairs(TIMED) do
        it(scenario, function() once(scenario, row, nil, { timeout = 0.3 }) end)
      end

      for status, row in pairs(STATUSES) do
        for _, body in ipairs({ "json", "empty", "html", "text", "truncated", "array", "escaped" }) do
          it(("status %d with body %s"):format(status, body), function()
            local expected = { row[1], row[2], row[3], 1, status = status, temporary = row.temporary }
            if status == 503 and OWN_503[body] then expected[2], expected[3] = "rejected", true end
            local _, err = once("status", expected, ("/%d/%s"):format(status, body))
            assert.is_true(#err.message > 0)
            if body == "json" and status ~= 304 then assert.equal("from", err.field) end
          end)
        end
      end

      it("content-length-long", function() once("content-length-long", cut(), "/50") end)

      it("close-before-reading", function()
        local _, err = send(client_for("close-before-reading"))
        assert.is_true(err.outcome == "unknown" or err.outcome == "not_sent")
        assert.equal(0, faults:seen("close-before-reading", options).requests)
        _, err = send(client_for("reset-before-reading"))
        assert.is_true(err.outcome == "unknown" or err.outcome == "not_sent")
        assert.equal(0, faults:seen("reset-before-reading", options).requests)
      end)

      -- libcurl repeats a POST by itself when a kept connection dies before the first octet of an answer.
      for _, scenario in ipairs({
        "reused-close", "reused-goodbye", "reused-reset", "reused-cut-status-line",
        "reused-close-unread", "reused-reset-unread",
      }) do
        it(scenario .. " is never repeated", function()
          faults:reset()
          local client = client_for(scenario)
          assert.is_table((send(client)))
          local result, err = send(client)
          assert_row(UNKNOWN, result, err)
          assert.equal("network", err.kind)
          local seen = faults:seen(scenario, options)
          local whole = scenario:find("unread") and 1 or 2
          assert.equal(whole, seen.requests)
          assert.equal(2 - whole, seen.partial or 0)
          assert.is_table((send(client)))
          client:close()
        end)
      end

      it("reused-close is repeated for a read", function()
        faults:reset()
        local client = client_for("reused-close")
        assert.is_table((send(client)))
        local request = { method = "GET", path = "/sms/status/1", repeatable = true, timeout = 5 }
        assert.equal("ok", hosts.perform(client.host, client.engine, request).kind)
        assert.equal(3, faults:seen("reused-close", options).requests)
        client:close()
      end)

      for _, scenario in ipairs({ "idle-close", "idle-goodbye", "idle-reset" }) do
        it(scenario .. " costs nothing once it is noticed", function()
          faults:reset()
          local client = client_for(scenario)
          local accepted_count = 0
          for _ = 1, 3 do
            local result, err = send(client)
            if result then accepted_count = accepted_count + 1 else assert.equal("unknown", err.outcome) end
          end
          local seen = faults:seen(scenario, options)
          assert.is_true(seen.requests >= accepted_count and seen.requests <= 3)
          client:close()
        end)
      end

      it("an unasked-for answer is not taken for the next one's", function()
        local client = client_for("extra-answer")
        for _ = 1, 3 do
          local result = send(client)
          if result then assert.not_equal("666", result.id) end
        end
        client:close()
      end)

      it("a redirect is not followed, and the token stays", function()
        faults:reset()
        for _, scenario in ipairs({ "redirect", "redirect-other-host", "redirect-to-plain", "redirect-to-tls" }) do
          for _, status in ipairs({ 301, 302, 303, 307, 308 }) do
            local client = client_for(scenario, "/" .. status)
            local _, err = send(client)
            assert_row(refused("redirect", status), nil, err)
            client:close()
          end
        end
        local ledger = faults:ledger()
        assert.equal(0, (ledger.plain["redirect-target"] or { requests = 0 }).requests)
        assert.equal(0, (ledger.tls["redirect-target"] or { requests = 0 }).requests)
      end)

      it("big IDs stay exact", function()
        local client = client_for("big-number-ids-200")
        assert.matches("^%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d+$", send(client).id)
        client:close()
      end)

      it("a body just within the bound is read", function()
        local client = client_for("ok", nil, { max_response_bytes = 14 })
        assert.is_table((send(client)))
        client:close()
        client = client_for("ok", nil, { max_response_bytes = 13 })
        assert.equal("too_large", select(2, send(client)).kind)
        client:close()
      end)

      if tls then
        for scenario, retryable in pairs(TLS_ROWS) do
          it(scenario, function() once(scenario, { "tls", "not_sent", retryable, 0 }) end)
        end

        it("handshake-hang", function()
          once("handshake-hang", { "timeout", "not_sent", true, 0 }, nil, { timeout = 0.3 })
        end)

        it("tls-1-2-only", function() once("tls-1-2-only", accepted()) end)

        it("a good certificate of an unknown authority", function()
          local client = client_for("ok", nil, { ca_file = "/etc/ssl/certs/ca-certificates.crt" })
          local _, err = send(client)
          assert.same({ "tls", "not_sent", false }, { err.kind, err.outcome, err.retryable })
          client:close()
        end)

        it("the host name counts as well", function()
          local client = assert(vertexsms.safe.new({
            token = TOKEN, base_url = faults:url("ok", nil, { tls = true, host = "localhost" }),
            ca_file = faults.ca_file, retry = false,
          }))
          assert.is_table((send(client)))
          client:close()
        end)
      end
    end)
  end
end

describe("a server that dies", function()
  it("with the request read leaves the outcome unknown", function()
    local faults = fault_servers.start()
    local client = vertexsms.safe.new({ token = TOKEN, base_url = faults:url("die-midway"), retry = false })
    local _, err = client:send({ to = "37069912345", from = "MyShop", message = "last words" })
    assert.same({ "network", "unknown", false }, { err.kind, err.outcome, err.retryable })
    assert.equal(1, faults:last_ledger().plain["die-midway"].requests)
    faults:stop() -- only now is it certainly gone
    _, err = client:send({ to = "37069912345", from = "MyShop", message = "too late" })
    assert.same({ "connect", "not_sent", true }, { err.kind, err.outcome, err.retryable })
    client:close()
  end)
end)

describe("a name that does not resolve", function()
  it("is not sent", function()
    local client = vertexsms.safe.new({ token = TOKEN, base_url = "https://no-such-host.invalid", retry = false })
    local _, err = client:send({ to = "37069912345", from = "MyShop", message = "x" })
    assert.same({ "dns", "not_sent", true, 1 }, { err.kind, err.outcome, err.retryable, err.attempts })
    client:close()
  end)
end)
