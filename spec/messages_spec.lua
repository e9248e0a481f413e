-- Error messages as a stranger reads them: each is provoked (spec/support/provoked.lua), and has its field by the name
-- that the caller used, what was given or expected, and plain words on one line.

local cli = require("spec.support.cli")
local fault_servers = require("spec.support.faults")
local provoked = require("spec.support.provoked")
local vertexsms = require("vertexsms")

local MESSAGE = { to = "37069912345", from = "MyShop", message = "hidden" }
local DIFFERENT_MIN = 150

local BANNED = { " is no ", " are no ", "whoever", "nobody", "somebody", "of one's own", "table: 0x", "function: 0x" }

local function assert_plain(text)
  for _, words in ipairs(BANNED) do assert.is_nil(text:lower():find(words, 1, true), text) end
  assert.is_nil(text:find("vertexsms: .*vertexsms: "), text)
  assert.is_nil(text:find("[%z\1-\31\127]"), text)
  assert.is_nil(text:find(provoked.TOKEN, 1, true), text)
  assert.is_nil(text:find("hidden", 1, true), text)
end

local function assert_words(text, words)
  for _, word in ipairs(words) do assert.is_truthy(text:find(word, 1, true), ("%s\nlacks %s"):format(text, word)) end
end

describe("a message about", function()
  local faults

  setup(function() faults = fault_servers.start({ tls = true }) end)
  teardown(function() faults:stop() end)

  it("what was refused here says what, and why", function()
    local different, count = {}, 0
    for _, case in ipairs(provoked.local_ones()) do
      assert_plain(case.text)
      assert_words(case.text, case.words)
      if not different[case.text] then different[case.text], count = true, count + 1 end
    end
    assert.is_true(count >= DIFFERENT_MIN, count)
  end)

  local function failure(options)
    options.token, options.retry, options.timeout = provoked.TOKEN, false, options.timeout or 5
    local client = assert(vertexsms.safe.new(options))
    local _, err = client:send(MESSAGE)
    client:close()
    return err
  end

  it("TLS says what to do, and does not call for another try where that cannot help", function()
    for scenario, words in pairs({
      ["handshake-plain-http"] = { "does not answer in TLS", "plain HTTP", "base_url" },
      ["handshake-garbage"] = { "does not answer in TLS", "base_url" },
      ["self-signed-certificate"] = { "is not trusted", "ca-certificates package", "ca_file" },
      ["unknown-ca-certificate"] = { "is not trusted", "ca-certificates package", "ca_file" },
      ["expired-certificate"] = { "expired", "clock" },
      ["wrong-host-certificate"] = { "is for another host", "base_url" },
    }) do
      local err = failure({ base_url = faults:url(scenario, nil, { tls = true }), ca_file = faults.ca_file })
      assert_plain(tostring(err))
      assert_words(tostring(err), words)
      assert.same({ "tls", "not_sent", false, false }, { err.kind, err.outcome, err.retryable, err.temporary })
    end
  end)

  it("a connection names the host", function()
    for words, options in pairs({
      ["could not resolve the host name nosuch.invalid"] = { base_url = "https://nosuch.invalid" },
      ["could not connect to 127.0.0.1:1: "] = { base_url = "http://127.0.0.1:1" },
      ["no complete answer from 127.0.0.1:"] = { base_url = faults:url("hang"), timeout = 0.3 },
      ["closed the connection without an answer"] = { base_url = faults:url("close-after-request") },
      ["answered with something that is not HTTP"] = { base_url = faults:url("garbage-status-line") },
      ["redirects are not followed"] = { base_url = faults:url("redirect") },
    }) do
      local text = tostring(failure(options))
      assert_plain(text)
      assert_words(text, { words })
    end
  end)

  local NOWHERE = "http://127.0.0.1:1"
  local SEND = { "send", "--to", "37069912345", "--from", "MyShop", "--message", "hidden" }

  local function send(...)
    local words = {}
    for i, word in ipairs(SEND) do words[i] = word end
    for _, word in ipairs({ ... }) do words[#words + 1] = word end
    return words
  end

  it("the command line speaks of its options and variables", function()
    for _, case in ipairs({
      { send("--to", "8-600"), "--to \"8-600\" must have 7 to 15 digits", '"8-600"' },
      { send("--from", "Kauno vaistinė"), "--from must be a phone number", "\\u{117}" },
      { send("--dlr-url", "x"), "--dlr-url must be an http or https URL", '"x"' },
      { send("--expire-in", "5"), "--expire-in must be from 360 to 432000 seconds", "not 5" },
      { send("--scheduled", "tomorrow"), "--scheduled must be a time", '"tomorrow"' },
      { send("--udh", "%05%00%03%CC%02%01"), "--udh needs --coding" },
      { send("--coding", "9"), "--coding must be 0, 1 or 2", "not 9" },
      { send("--ca-file", "/no/such.pem"), "--ca-file cannot be read", '"/no/such.pem"' },
      { send("--to", "@/no/such"), "cannot read /no/such" },
      { { "hlr", "abc" }, "a phone number is digits", 'NUMBER "abc"' },
      { { "hlr", "37069912345", "--callback-url", "x" }, "--callback-url must be an http or https URL" },
      { { "status", "a/b" }, "ID must not contain '/'", '"a/b"' },
      { { "rates", "--country", "lt" }, "--country must be two capital letters", '"lt"' },
      { { "mccmnc", "L/T" }, "COUNTRY must not contain '/'" },
      { { "sender", "confirm", "1", "12" }, "PIN must be the 5 digits" },
      { { "sender", "register", "ab" }, "NAME must be 3 to 11", '"ab"' },
      { { "request", "GET", "sms" }, "PATH must begin with '/'", '"sms"' },
      { { "count", "x", "--file", "y" }, "TEXT and --file cannot be used together" },
    }) do
      local code, _, errors = cli.run(NOWHERE, case[1])
      assert.equal(1, code, errors)
      assert_plain((errors:gsub("\n$", "")))
      assert_words(errors, { case[2], case[3] })
    end
    for url, words in pairs({ ["ftp://x"] = "https://", ["http://example.com"] = "localhost" }) do
      local _, _, errors = cli.run(url, SEND)
      assert_words(errors, { "not sent: VERTEXSMS_BASE_URL must begin", words })
    end
  end)
end)
