local process = require("spec.support.process")
local vertexsms = require("vertexsms")

local TOKEN = "token-of-the-options-spec"

local function refusal(options)
  local client, err = vertexsms.safe.new(options)
  assert.is_nil(client)
  assert.is_true(vertexsms.is_error(err))
  assert.equal("invalid_argument", err.kind)
  assert.equal("not_sent", err.outcome)
  assert.equal(0, err.attempts)
  assert.not_matches(TOKEN, tostring(err), 1, true)
  return err
end

describe("vertexsms.new", function()
  local refused = {
    token = { "", "two words", TOKEN .. "\n", TOKEN .. "\r\nX-Evil: 1", TOKEN .. "\0", ("x"):rep(5000), 5 },
    base_url = {
      "", "api.vertexsms.com", "//api.vertexsms.com", "http://api.vertexsms.com", "http://10.0.0.1",
      "http://127.0.0.1.nip.io", "http://localhost.example.com", "ftp://127.0.0.1", "file:///etc/passwd",
      "https://user:secret@api.vertexsms.com", "https://api.vertexsms.com?at=1", "https://api.vertexsms.com/#a",
      "https://api.vertexsms.com/\r\nX-Evil: 1", "https://api.vertexsms.com\0", 5, "HTTP://example.com",
      "https://\197\190em\196\151.example", "FTP://127.0.0.1", "https://gateway.example.com/" .. TOKEN,
    },
    status_base_url = { "", "http://example.com", "Http://example.com", 5 },
    timeout = { 0, -1, 0 / 0, math.huge, 86401, "5" },
    connect_timeout = { 0, -1, {} },
    max_idle = { 0, -1 },
    max_response_bytes = { 0, -1, 1.5, 2 ^ 31 },
    concurrency = { 0, 10001, 0.5 },
    queue_limit = { 0, -5 },
    ca_file = { "", "/no/such/file", "/", "/etc/hostname\0", 5 },
    proxy = {
      "http://a b", "http://127.0.0.1:3128\n", "127.0.0.1:3128", "me:secret@127.0.0.1:3128", "http:///", "http://:3128",
      "htp://me:secret@127.0.0.1:3128", "socks://me:secret@127.0.0.1", "ftp://127.0.0.1", "file:///etc/passwd",
      "http://me:12/3@127.0.0.1:3128", "http://127.0.0.1:3128/path", "http://127.0.0.1:3128?a",
      "http://127.0.0.1:3128#a",
    },
    user_agent = { "", "a\r\nX-Evil: 1", ("x"):rep(300) },
    host = { "mainframe", "nginx", 5 },
    validate = { "yes" },
    retry = { 3, "never" },
    on_retry = { 5 },
    on_request = { "print" },
    on_response = { true },
  }
  for field, values in pairs(refused) do
    for i, value in ipairs(values) do
      it(("refuses %s, case %d, before any I/O"):format(field, i), function()
        local options = { token = TOKEN }
        options[field] = value
        local err = refusal(options)
        assert.equal(field, err.field)
        assert.not_matches("secret", tostring(err), 1, true)
      end)
    end
  end

  it("names the nearest known option", function()
    assert.matches('did you mean "base_url"?', refusal({ token = TOKEN, baseUrl = "x" }).message, 1, true)
    assert.matches('did you mean "timeout"?', refusal({ token = TOKEN, timout = 1 }).message, 1, true)
  end)

  it("raises the same errors", function()
    local ok, err = pcall(vertexsms.new, { token = TOKEN, timeout = -1 })
    assert.is_false(ok)
    assert.is_true(vertexsms.is_error(err))
    assert.equal("timeout", err.field)
  end)

  it("takes a table and nothing else", function()
    for _, new in ipairs({ vertexsms.new, vertexsms.safe.new }) do
      local ok, err = pcall(new, "token")
      assert.is_false(ok)
      assert.matches("table expected, .*got string", err)
    end
  end)

  it("takes loopback over plain http, https anywhere, and a path prefix", function()
    for _, url in ipairs({
      "http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1", "http://127.1.2.3", "https://api.vertexsms.com",
      "https://kube-api.vertexsms.com/", "https://gateway.example.com/vertexsms/v1",
    }) do
      local client = vertexsms.new({ token = TOKEN, base_url = url })
      assert.equal(("vertexsms client (%s)"):format(url:gsub("/$", "")), tostring(client))
      client:close()
    end
  end)

  it("takes every proxy that libcurl speaks with, in any case", function()
    for _, scheme in ipairs({ "http", "https", "socks4", "socks4a", "socks5", "socks5h", "SOCKS5H", "Http" }) do
      for _, rest in ipairs({ "://127.0.0.1:3128", "://me:secret@127.0.0.1:3128/" }) do
        local client = vertexsms.new({ token = TOKEN, proxy = scheme .. rest })
        assert.not_matches("secret", tostring(client), 1, true)
        client:close()
      end
    end
  end)

  -- A scheme has no case (RFC 3986 section 3.1).
  it("takes no proxy together with plain http, which it would read", function()
    for _, url in ipairs({ "http://127.0.0.1:9", "HTTP://127.0.0.1:9", "Http://LOCALHOST:9", "hTTP://[::1]:9" }) do
      vertexsms.new({ token = TOKEN, base_url = url }):close()
      for _, name in ipairs({ "base_url", "status_base_url" }) do
        for _, proxy in ipairs({ "http://127.0.0.1:3128", "socks5h://127.0.0.1:1080" }) do
          assert.equal("proxy", refusal({ token = TOKEN, [name] = url, proxy = proxy }).field)
        end
      end
    end
  end)

  it("takes what a metatable gives", function()
    local defaults = { token = TOKEN, base_url = "http://127.0.0.1:1", validate = false }
    local client = vertexsms.new(setmetatable({ timeout = 5 }, { __index = defaults }))
    assert.equal("vertexsms client (http://127.0.0.1:1)", tostring(client))
    assert.same({ 5, false }, { client.timeout, client.validate })
    client:close()
  end)

  it("does not keep the token where Lua can see it", function()
    local client = vertexsms.new({ token = TOKEN, base_url = "http://127.0.0.1:1" })
    local seen = {}
    local function search(value)
      if type(value) == "string" then assert.not_matches(TOKEN, value, 1, true) end
      if type(value) ~= "table" or seen[value] then return end
      seen[value] = true
      for key, inner in pairs(value) do search(key) search(inner) end
      search(getmetatable(value))
    end
    search(client)
    assert.not_matches(TOKEN, tostring(client) .. tostring(client.engine), 1, true)
    client:close()
  end)

  it("reads token and base URL from the environment", function()
    local script = [[
      local vertexsms = require "vertexsms"
      local client, err = vertexsms.safe.new()
      print(client or err)
    ]]
    local lua = process.lua()
    local _, output = process.run({ lua, "-e", script },
      { env = { VERTEXSMS_TOKEN = TOKEN, VERTEXSMS_BASE_URL = "http://127.0.0.1:9/x" } })
    assert.equal("vertexsms client (http://127.0.0.1:9/x)\n", output)
    _, output = process.run({ lua, "-e", script }, { env = { VERTEXSMS_TOKEN = TOKEN, VERTEXSMS_BASE_URL = "" } })
    assert.equal("vertexsms client (https://api.vertexsms.com)\n", output)
    _, output = process.run({ lua, "-e", script }, { env = { VERTEXSMS_TOKEN = "" } })
    assert.matches("token is missing", output)
  end)
end)
