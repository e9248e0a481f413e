local message = require("spec.support.message")
local simulators = require("spec.support.simulator")
local socket = require("socket")
local vertexsms = require("vertexsms")

local TOKEN = "token-of-the-client-spec"

describe("client:send", function()
  local simulator, client

  setup(function()
    simulator = simulators.start()
    client = vertexsms.new({ token = TOKEN, base_url = simulator.url, validate = false })
  end)

  teardown(function()
    client:close()
    simulator:stop()
  end)

  it("returns what was accepted", function()
    local sent = client:send(message())
    assert.matches("^%d+$", sent.id)
    assert.same({ sent.id }, sent.ids)
    assert.equal(1, sent.parts)
    assert.equal(200, sent.status)
    assert.equal(1, sent.attempts)
    assert.is_true(sent.elapsed > 0 and sent.elapsed < 30)
  end)

  it("says how many parts a long text became", function()
    assert.equal(2, client:send(message({ message = ("x"):rep(161) })).parts)
  end)

  it("raises the service's own words, to the letter", function()
    local ok, err = pcall(client.send, client, message({ from = "invalid sender ID" }))
    assert.is_false(ok)
    assert.is_true(vertexsms.is_error(err))
    assert.equal("Invalid value for field 'from'. Sender ID must either be a valid MSISDN or an alpha-numeric string "
      .. "(max. length: 11 characters), which may consist only of upper+lower-case latin letters, digits, spaces and "
      .. "dots.", err.message)
    assert.equal("invalid_request", err.kind)
    assert.equal("rejected", err.outcome)
    assert.equal("from", err.field)
    assert.equal(400, err.status)
    assert.equal("POST", err.method)
    assert.equal("/sms", err.path)
    assert.equal(1, err.attempts)
    assert.is_false(err.retryable)
    assert.equal("application/json", err.headers["content-type"])
  end)

  it("checks before any I/O", function()
    local strict = vertexsms.new({ token = TOKEN, base_url = "http://127.0.0.1:1" })
    local ok, err = pcall(strict.send, strict, message({ from = "invalid sender ID" }))
    assert.is_false(ok)
    assert.equal("invalid_argument", err.kind)
    assert.equal("not_sent", err.outcome)
    assert.equal(0, err.attempts)
    strict:close()
  end)

  it("raises for an argument of the wrong type, in both forms", function()
    local safe = vertexsms.safe.new({ token = TOKEN, base_url = simulator.url })
    for _, one in ipairs({ client, safe }) do
      for _, wrong in ipairs({ "text", 5, true }) do
        local ok, err = pcall(one.send, one, wrong)
        assert.is_false(ok)
        assert.matches("table expected", err)
      end
    end
    safe:close()
  end)

  it("says which character is missing, and in whose line", function()
    local safe = vertexsms.safe.new({ token = TOKEN, base_url = simulator.url })
    for _, one in ipairs({ client, safe }) do
      for name in pairs({ send = true, status = true, close = true, submit = true, update = true }) do
        local ok, err = pcall(function() one[name](message()) end)
        assert.is_false(ok)
        assert.matches(("spec/client_spec%%.lua:%%d+: vertexsms: call it with a colon: client:%s"):format(name), err)
      end
      local ok, err = pcall(function() one:send() end)
      assert.is_false(ok)
      assert.matches("spec/client_spec%.lua:%d+: vertexsms: bad argument message", err)
    end
    safe:close()
    for _, module in ipairs({ vertexsms, vertexsms.safe }) do
      local ok, err = pcall(module.new, module, { token = TOKEN })
      assert.is_false(ok)
      assert.matches("call it with a dot", err)
    end
  end)

  it("names the method for lists", function()
    local ok, err = pcall(client.send, client, { message(), message() })
    assert.is_false(ok)
    assert.equal("message", err.field)
    assert.matches("send_many", err.message)
  end)

  it("returns nil and the error from a safe client", function()
    local safe = vertexsms.safe.new({ token = TOKEN, base_url = simulator.url })
    local sent, err = safe:send(message())
    assert.is_nil(err)
    assert.matches("^%d+$", sent.id)
    sent, err = safe:send(message({ form = "x" }))
    assert.is_nil(sent)
    assert.equal("form", err.field)
    safe:close()
  end)

  it("tells the hooks what happens, and no secret", function()
    local events = {}
    local function record(event) events[#events + 1] = event end
    local hooked = vertexsms.new({ token = TOKEN, base_url = simulator.url, on_request = record, on_response = record })
    hooked:send(message())
    assert.same({ method = "POST", path = "/sms" }, events[1])
    assert.is_true(events[2].elapsed > 0)
    events[2].elapsed = nil
    assert.same({ method = "POST", path = "/sms", status = 200, kind = "ok", outcome = "accepted" }, events[2])
    assert.equal(2, #events)
    hooked:close()
  end)

  it("keeps the connection", function()
    local request = { method = "POST", path = "/sms", body = '{"to":"37069912345","from":"MyShop","message":"x"}' }
    local engine = vertexsms.new({ token = TOKEN, base_url = simulator.url }).engine
    assert.is_false(engine:perform(request).reused)
    assert.is_true(engine:perform(request).reused)
    local first = engine:submit(request)
    assert.is_true(first:wait(10))
    local second = engine:submit(request)
    assert.is_true(second:wait(10))
    assert.is_true(second:response().reused)
    engine:close()
  end)

  it("is refused without a connection", function()
    local ok, err = pcall(function()
      vertexsms.new({ token = TOKEN, base_url = "http://127.0.0.1:1" }):send(message())
    end)
    assert.is_false(ok)
    assert.equal("connect", err.kind)
    assert.equal("not_sent", err.outcome)
    assert.is_true(err.retryable)
  end)
end)

describe("a client", function()
  it("closes, and closes again", function()
    local client = vertexsms.safe.new({ token = TOKEN, base_url = "http://127.0.0.1:1" })
    assert.is_true(client:close())
    assert.is_true(client:close())
    local sent, err = client:send(message())
    assert.is_nil(sent)
    assert.equal("closed", err.kind)
    assert.equal("not_sent", err.outcome)
    assert.matches("closed", tostring(client))
  end)

  it("closes at the end of its scope", function()
    local metatable = getmetatable(vertexsms.new({ token = TOKEN }))
    local client = vertexsms.new({ token = TOKEN })
    metatable.__close(client)
    assert.is_true(client.engine:is_closed())
    if _VERSION ~= "Lua 5.4" then return end
    local seen = assert(load([[
      local vertexsms = ...
      local seen
      do
        local client <close> = vertexsms.new({ token = "t" })
        seen = client
      end
      return seen
    ]]))(vertexsms)
    assert.is_true(seen.engine:is_closed())
  end)

  it("is closed when nothing refers to it any more", function()
    local gone = setmetatable({}, { __mode = "v" })
    gone[1] = vertexsms.new({ token = TOKEN }).engine
    collectgarbage()
    collectgarbage()
    assert.is_nil(gone[1])
  end)
end)

-- What goes over the wire, octet by octet, read by a plain socket.
describe("the request", function()
  local function capture(options, send)
    local server = assert(socket.bind("127.0.0.1", 0))
    server:settimeout(5)
    local _, port = server:getsockname()
    options.token = TOKEN
    options.base_url = ("http://127.0.0.1:%d%s"):format(port, options.prefix or "")
    options.prefix = nil
    local client = vertexsms.new(options)
    local ticket = send(client)
    local connection = assert(server:accept())
    connection:settimeout(5)
    local lines, length = {}, 0
    repeat
      local line = assert(connection:receive("*l"))
      lines[#lines + 1] = line
      length = tonumber(line:match("^Content%-Length: (%d+)")) or length
    until line == ""
    local body = length > 0 and assert(connection:receive(length)) or ""
    connection:send('HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n["123"]')
    assert.is_true(ticket:wait(5))
    connection:close()
    server:close()
    client:close()
    return lines, body, ticket:response()
  end

  local function headers_of(lines)
    local headers = {}
    for i = 2, #lines - 1 do
      local name, value = lines[i]:match("^([^:]+): (.*)$")
      assert.is_nil(headers[name:lower()])
      headers[name:lower()] = value
    end
    return headers
  end

  local request = { method = "POST", path = "/sms", body = '{"to":"37069912345"}' }

  it("carries the documented headers and nothing odd", function()
    local lines, body = capture({}, function(client) return client.engine:submit(request) end)
    local headers = headers_of(lines)
    assert.equal("POST /sms HTTP/1.1", lines[1])
    assert.matches("^127%.0%.0%.1:%d+$", headers.host)
    headers.host = nil
    assert.same({
      ["x-vertexsms-token"] = TOKEN, ["content-type"] = "application/json", accept = "application/json",
      ["user-agent"] = "vertexsms-lua/" .. vertexsms.version, ["content-length"] = tostring(#request.body),
    }, headers)
    assert.equal(request.body, body)
  end)

  it("goes below the base URL's path", function()
    local lines = capture({ prefix = "/proxy/v1/" }, function(client) return client.engine:submit(request) end)
    assert.equal("POST /proxy/v1/sms HTTP/1.1", lines[1])
  end)

  it("has no Content-Type without a body, and takes a query and headers", function()
    local lines = capture({ user_agent = "shop/1" }, function(client)
      return client.engine:submit({ method = "GET", path = "/rates/", query = "format=json",
        headers = { ["X-Trace"] = "a b", ["X-Empty"] = "" } })
    end)
    local text = table.concat(lines, "\n")
    assert.equal("GET /rates/?format=json HTTP/1.1", lines[1])
    assert.not_matches("Content-Type", text, 1, true)
    assert.matches("\nX-Trace: a b\n", text, 1, true)
    assert.matches("\nX-Empty:\n", text, 1, true)
    assert.matches("\nUser-Agent: shop/1\n", text, 1, true)
  end)

  it("never carries what would end a header", function()
    local engine = vertexsms.new({ token = TOKEN, base_url = "http://127.0.0.1:1" }).engine
    for _, headers in ipairs({
      { ["X-A"] = "a\r\nX-Evil: 1" }, { ["X-A"] = "a\nX-Evil: 1" }, { ["X-A"] = "a\0" }, { ["X-A\r\nX-Evil"] = "1" },
      { ["X-VertexSMS-Token"] = "another" }, { ["content-length"] = "0" }, { ["Transfer-Encoding"] = "chunked" },
    }) do
      local response, refusal = engine:perform({ method = "GET", path = "/", headers = headers })
      assert.is_nil(response)
      assert.equal("invalid_argument", refusal.kind)
      assert.equal("headers", refusal.field)
    end
    engine:close()
  end)
end)
