-- The token is looked for in everything that anybody could print.

local fault_servers = require("spec.support.faults")
local process = require("spec.support.process")
local scripted = require("spec.support.scripted")
local socket = require("socket")
local vertexsms = require("vertexsms")

local TOKEN = "S3cr3t-T0ken-that-nobody-may-see"
local MESSAGE = { to = "37069912345", from = "MyShop", message = "x" }

-- A spec's own functions know the token, of course.
local function is_of_the_library(value)
  return debug.getinfo(value, "S").source:find("vertexsms/", 1, true) ~= nil
end

-- Every string that can be reached from a value: keys, values, metatables, upvalues, tostring.
local function texts_of(value, texts, seen)
  texts, seen = texts or {}, seen or { [_G] = true }
  texts[#texts + 1] = tostring(value)
  if type(value) == "string" or seen[value] or value == nil then return texts end
  seen[value] = true
  if type(value) == "table" then
    for key, inner in pairs(value) do
      texts_of(key, texts, seen)
      texts_of(inner, texts, seen)
    end
  elseif type(value) == "function" and is_of_the_library(value) then
    for index = 1, 60 do
      local name, inner = debug.getupvalue(value, index)
      if not name then break end
      texts_of(inner, texts, seen)
    end
  end
  local metatable = debug.getmetatable(value)
  if type(value) ~= "string" and metatable then texts_of(metatable, texts, seen) end
  local table_of = rawget(debug, "getuservalue") or rawget(debug, "getfenv")
  if type(value) == "userdata" and table_of(value) then texts_of(table_of(value), texts, seen) end
  return texts
end

-- What a reader can make of a text: the same, and with the escapes of JSON, URLs and HTML resolved, twice.
local function readings(text)
  local function octet(digits) return string.char(tonumber(digits, 16)) end
  local function decimal(digits) return string.char(tonumber(digits) % 256) end
  local list = { text:lower() }
  for _ = 1, 2 do
    text = text:gsub("\\u00(%x%x)", octet):gsub("%%(%x%x)", octet):gsub("&#(%d+);", decimal):gsub("\\(.)", "%1")
    list[#list + 1] = text:lower()
  end
  return list
end

local PIECES = {}
for i = 1, #TOKEN - 7 do PIECES[i] = TOKEN:sub(i, i + 7):lower() end

-- Not a piece of eight octets of it.
local function assert_hidden(value)
  for _, text in ipairs(texts_of(value)) do
    for _, reading in ipairs(readings(text)) do
      for _, piece in ipairs(PIECES) do
        if reading:find(piece, 1, true) then error(("%q shows %q"):format(text, piece), 2) end
      end
    end
  end
end

local function spelled(format)
  return (TOKEN:gsub(".", function(octet) return format:format(octet:byte()) end))
end

describe("the token", function()
  local faults

  setup(function() faults = fault_servers.start({ tls = true }) end)
  teardown(function() faults:stop() end)

  it("would be found by this spec", function()
    for _, value in ipairs({ TOKEN, { a = { [TOKEN] = 1 } }, setmetatable({}, { __index = { TOKEN } }) }) do
      assert.is_false((pcall(assert_hidden, value)))
    end
  end)

  it("is in no client, result, error or event", function()
    local everything = {}
    local function record(event) everything[#everything + 1] = event end
    for _, case in ipairs({
      { "ok" }, { "status", "/400" }, { "status", "/401/html" }, { "status", "/503/text" }, { "refused" },
      { "redirect" }, { "reused-close" }, { "html-200" }, { "garbage-status-line" }, { "http09" }, { "huge-headers" },
      { "ok", tls = true }, { "self-signed-certificate", tls = true }, { "handshake-garbage", tls = true },
    }) do
      local client = vertexsms.safe.new({
        token = TOKEN, base_url = faults:url(case[1], case[2], case), ca_file = faults.ca_file, retry = { base = 0 },
        on_request = record, on_response = record, on_retry = record,
      })
      everything[#everything + 1] = client
      for _ = 1, 2 do
        local sent, err = client:send(MESSAGE)
        everything[#everything + 1] = sent or err
      end
      everything[#everything + 1] = client.engine:submit({ method = "GET", path = "/" })
      client:close()
    end
    assert.is_true(#everything > 100)
    for _, value in ipairs(everything) do assert_hidden(value) end
  end)

  it("is in no error of a bad configuration", function()
    for _, options in ipairs({
      { token = TOKEN .. "\n" }, { token = TOKEN, timeout = -1 }, { token = TOKEN, base_url = "http://example.com" },
      { token = TOKEN, base_url = "https://x/?at=" .. TOKEN }, { token = TOKEN, proxy = "http://u:" .. TOKEN .. "@ x" },
      { token = TOKEN, ca_file = "/no" }, { token = { TOKEN } },
    }) do
      local _, err = vertexsms.safe.new(options)
      assert_hidden(err)
    end
  end)

  it("is taken out of an answer that repeats the request", function()
    local server = assert(socket.bind("127.0.0.1", 0))
    server:settimeout(5)
    local _, port = server:getsockname()
    for _, status in ipairs({ "400 Bad Request", "200 OK" }) do
      local url = ("http://127.0.0.1:%d"):format(port)
      local client = vertexsms.safe.new({ token = TOKEN, base_url = url, retry = false })
      client.host = {
        wait = function(_, ticket)
          local connection = assert(server:accept())
          local head = {}
          repeat head[#head + 1] = assert(connection:receive("*l")) until head[#head] == ""
          local body = ('{"message":"what you sent: %s"}'):format(table.concat(head, "\\n"))
          connection:send(("HTTP/1.1 %s\r\nX-Echo: %s\r\nContent-Length: %d\r\n\r\n%s"):format(
            status, table.concat(head, "; "), #body, body))
          ticket:wait(5)
          connection:close()
        end,
      }
      local _, err = client:send(MESSAGE)
      assert.matches("what you sent: POST /sms", err.body, 1, true)
      assert_hidden(err)
      client:close()
    end
    server:close()
  end)

  it("is taken out of an answer however it is spelled or cut", function()
    local server = scripted.start()
    for _, spelling in ipairs({
      TOKEN, TOKEN:lower(), TOKEN:upper(), spelled("\\u%04x"), spelled("\\u%04X"), spelled("%%%02x"),
      spelled("%%25%02X"), spelled("\\\\u%04x"), spelled("&#%d;"), (TOKEN:gsub("-", "\\u002d")),
      (TOKEN:gsub("-", "%%%%2D")), TOKEN:sub(1, -2), TOKEN:sub(2), TOKEN:sub(5, 20), TOKEN:sub(1, 10) .. "...",
    }) do
      for _, body in ipairs({
        ('{"message":"the token %s is wrong"}'):format(spelling), ('{"message":"%s"}'):format(spelling), spelling,
        ("<p>%s</p>"):format(spelling), ('["%s"]'):format(spelling),
      }) do
        for _, status in ipairs({ 400, 200, 503 }) do
          local name = "X-" .. spelling:gsub("[^%w]", "-")
          server:script({ status = status, body = body, headers = { ["X-Echo"] = spelling, [name] = "x" } })
          local client = server:safe({ token = TOKEN })
          local _, err = client:send({ to = MESSAGE.to, from = MESSAGE.from, message = MESSAGE.message })
          assert_hidden(err)
          client:close()
        end
      end
    end
    server:stop()
  end)

  it("is taken out of an answer that ends inside it", function()
    local server = scripted.start()
    for length = 1, #TOKEN do
      local client = server:safe({ token = TOKEN, max_response_bytes = 10 + length })
      server:script({ status = 400, body = '{"message"' .. TOKEN .. TOKEN })
      local _, err = client:send(MESSAGE)
      assert_hidden(err)
      for i = 4, length do assert.not_matches(TOKEN:sub(1, i), err.body, 1, true) end
      client:close()
    end
    server:stop()
  end)

  it("does not go into a URL, and not into the error that says so", function()
    local server, events = scripted.start(), {}
    local function record(event) events[#events + 1] = event end
    local client = server:safe({ token = TOKEN, on_request = record, on_response = record, on_warning = record })
    server:script({ body = "{}" })
    local url = "https://shop.example.com/dlr?at=" .. TOKEN
    local function message(changes)
      for key, value in pairs(MESSAGE) do changes[key] = changes[key] or value end
      return changes
    end
    for _, spelling in ipairs({ TOKEN, TOKEN:lower(), "x" .. TOKEN, spelled("%%%02x") }) do
      for i, call in ipairs({
        { "status", spelling }, { "wait_delivered", spelling }, { "operator", spelling }, { "mccmnc", spelling },
        { "confirm_sender", spelling, "12345" }, { "request", "GET", "/x/" .. spelling }, { "request", spelling, "/x" },
        { "request", "GET", "/x", { query = { at = spelling } } },
        { "request", "GET", "/x", { query = { x = spelling } } },
        { "request", "GET", "/x", { query = { [spelling] = { {} } } } },
        { "request", "GET", "/x", { headers = { [spelling] = "a\r\nb" } } },
        { "rates", { country = spelling } }, { "rate_for", spelling }, { "rate_for", "246", spelling },
        { "send", message({ dlrUrl = url }) }, { "cost", message({ dlrUrl = url }) },
        { "viber", message({ dlrUrl = url }) },
        { "hlr", MESSAGE.to, { callBackUrl = url } }, { "send_many", { message({ dlrUrl = url }) } },
        { "register_sender", { name = "Shop", type = "AlphaNumeric", notificationUrl = url } },
      }) do
        local result, err = client[call[1]](client, call[2], call[3], call[4])
        assert.is_nil(result, i)
        assert.same({ "invalid_argument", "not_sent", 0 }, { err.kind, err.outcome, err.attempts })
        assert_hidden(err)
      end
    end
    assert.same({}, events)
    assert.same({}, server:requests())
    for _, track in ipairs({ { url = url }, { url = "https://shop.example.com", secret = TOKEN } }) do
      track.on_resolved = record
      local made, err = vertexsms.safe.new({ token = TOKEN, base_url = server.url, track = track })
      assert.is_nil(made)
      assert_hidden(err)
    end
    server:stop()
  end)

  it("is in no result and no warning, should a server repeat it", function()
    local server, events = scripted.start(), {}
    local client = server:safe({ token = TOKEN, on_warning = function(event) events[#events + 1] = event end })
    server:script({ body = ('{"id":"%s","status":"sent"}'):format(TOKEN) })
    client:status("1200000001")
    server:script({ body = ('{"echo":"%s"}'):format(spelled("\\u%04x")), headers = { ["X-Echo"] = TOKEN } })
    local answer = client:request("GET", "/x")
    assert.equal(200, answer.status)
    assert.equal("id_differs", events[1].code)
    assert_hidden({ events, answer })
    server:stop()
  end)

  it("is in nothing that the command line prints", function()
    for _, case in ipairs({
      { "ok" }, { "status", "/401" }, { "status", "/503/html" }, { "refused" }, { "close-after-request" },
    }) do
      for _, json in ipairs({ false, true }) do
        local words = { process.lua(), "bin/vertexsms", "send", "--to", MESSAGE.to, "--from", "A", "--message", "x" }
        if json then words[#words + 1] = "--json" end
        local _, output, errors = process.run(words,
          { env = { VERTEXSMS_TOKEN = TOKEN, VERTEXSMS_BASE_URL = faults:url(case[1], case[2]) } })
        assert.is_true(#output + #errors > 0)
        assert_hidden(output .. errors)
      end
    end
  end)

  it("is not printed as an ID, nor as a price, should a server say that it is one", function()
    local server = scripted.start()
    server:script({ body = ('["%s"]'):format(TOKEN) })
    for _, words in ipairs({
      { "send", "--to", MESSAGE.to, "--from", "A", "--message", "x" }, { "rates", "--csv" }, { "hlr", MESSAGE.to },
      { "send", "--to", MESSAGE.to, "--from", "A", "--message", "x", "--json" }, { "request", "GET", "/x" },
    }) do
      local command = { process.lua(), "bin/vertexsms" }
      for _, word in ipairs(words) do command[#command + 1] = word end
      local env = { VERTEXSMS_TOKEN = TOKEN, VERTEXSMS_BASE_URL = server.url }
      local _, output, errors = process.run(command, { env = env })
      assert.is_true(#output + #errors > 0)
      assert_hidden(output .. errors)
    end
    server:stop()
  end)

  it("is not printed by a command that was given it by mistake", function()
    local server = scripted.start()
    server:script({ status = 404, body = ('{"message":"no %s"}'):format(TOKEN), headers = { [TOKEN] = TOKEN } })
    for _, words in ipairs({
      { "status", TOKEN }, { "operator", TOKEN }, { "mccmnc", TOKEN }, { "sender", "confirm", TOKEN, "12345" },
      { "request", "GET", "/" .. TOKEN }, { "request", "GET", "/x" },
      { "request", "GET", "/x", "--query", "a=" .. TOKEN }, { TOKEN }, { "status", "--" .. TOKEN }, { "hlr", TOKEN },
      { "request", TOKEN, "/x" }, { "rates", "--country", TOKEN }, { "status", "1", TOKEN },
      { "count", "--file", TOKEN }, { "send", "--to", TOKEN, "--from", "A", "--message", "x" },
    }) do
      local command = { process.lua(), "bin/vertexsms" }
      for _, word in ipairs(words) do command[#command + 1] = word end
      local env = { VERTEXSMS_TOKEN = TOKEN, VERTEXSMS_BASE_URL = server.url }
      local code, output, errors = process.run(command, { env = env })
      assert.not_equal(0, code)
      assert_hidden(output .. errors)
    end
    server:stop()
  end)

  it("is in no traceback of an error that was not caught", function()
    local script = ([[
      local vertexsms = require "vertexsms"
      local client = vertexsms.new { base_url = %q }
      client:send { to = "37069912345", from = "MyShop", message = "x" }
    ]]):format(faults:url("status", "/401"))
    local code, output, errors = process.run({ process.lua(), "-e", script }, { env = { VERTEXSMS_TOKEN = TOKEN } })
    assert.equal(1, code)
    -- 5.1's interpreter shows no error that is a table
    assert.matches(process.lua() == "lua5.1" and "not a string" or "unauthorized", errors)
    assert_hidden(output .. errors)
  end)

  it("is in no line of the simulator", function()
    local simulator = require("spec.support.simulator").start()
    local client = vertexsms.safe.new({ token = TOKEN, base_url = simulator.url, validate = false })
    client:send(MESSAGE)
    client:send({ to = "1", from = "invalid sender ID", message = "x" })
    client:close()
    simulator:expect("POST /sms 400")
    simulator:stop()
    assert_hidden(simulator:output())
  end)
end)

describe("the password of a store's URL", function()
  local PASSWORD = "Qx7-Passw0rd"
  local URLS = {
    "postgresql://me:%s@127.0.0.1:1/shop?connect_timeout=2", "postgresql://me:%s/x@127.0.0.1:1/shop",
    "postgresql://me:x/%s@127.0.0.1:1/shop", "postgresql://me:x@%s@127.0.0.1:1/shop",
    "PostgreSQL://me:%s@127.0.0.1:1/shop", "mysql://me:%s@127.0.0.1/shop", "postgresql:/me:%s@127.0.0.1/shop",
    "host=127.0.0.1 user=me password=%s", "host=db user=me password = %s", "jdbc:postgresql://db/shop?password=%s",
  }

  local function assert_no_password(value)
    for _, text in ipairs(texts_of(value)) do
      assert.is_nil(text:find(PASSWORD, 1, true), text)
    end
  end

  it("is in no error of a client, a guard, a tracking or an outbox", function()
    local outboxes, tracking = require("vertexsms.outbox"), require("vertexsms.tracking")
    for _, format in ipairs(URLS) do
      local store = format:format(PASSWORD)
      local function print_nothing() end
      for i, try in ipairs({
        function() return outboxes.safe.open({ store = store }) end,
        function() return outboxes.open({ store = store }) end,
        function() return tracking.new({ store = store, on_resolved = print_nothing }) end,
        function()
          local track = { store = store, url = "https://example.com/dlr", on_resolved = print_nothing }
          return vertexsms.safe.new({ token = TOKEN, track = track })
        end,
        function()
          local client, err = vertexsms.safe.new({ token = TOKEN, guard = { duplicate = 60, store = store } })
          if not client then return nil, err end
          assert_no_password(tostring(client.guard.counters))
          return client:send(MESSAGE)
        end,
        function()
          local guard = { duplicate = 60, store = store }
          return outboxes.safe.open({ store = os.tmpname(), client = vertexsms.new({ token = TOKEN }), guard = guard })
        end,
      }) do
        local ok, result, err = pcall(try)
        assert.is_true(not ok or result == nil, i)
        local failure = not ok and result or err
        assert_no_password({ failure.message, failure.field, tostring(failure) })
      end
    end
  end)

  it("is in nothing that a command prints, and in no name of a file", function()
    local path = os.tmpname()
    for _, format in ipairs(URLS) do
      local store = format:format(PASSWORD)
      local file = assert(io.open(path, "w"))
      file:write(('{"duplicate":60,"store":"%s"}'):format(store))
      file:close()
      local env = { VERTEXSMS_TOKEN = TOKEN, VERTEXSMS_BASE_URL = "http://127.0.0.1:1" }
      for _, words in ipairs({
        { "outbox", "status", "--store", store }, { "outbox", "status", "--json", "--store", store },
        { "guard", "status", "--guard", path }, { "doctor", "--store", store, "--json" },
        { "send", "--to", MESSAGE.to, "--from", "A", "--message", "x", "--guard", path },
      }) do
        local command = { process.lua(), "bin/vertexsms" }
        for _, word in ipairs(words) do command[#command + 1] = word end
        local code, output, errors = process.run(command, { env = env })
        assert.not_equal(0, code)
        assert_no_password({ output, errors })
      end
      assert.is_nil(io.open(store))
    end
    os.remove(path)
  end)
end)
