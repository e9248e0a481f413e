-- The core as Lua sees it: engines, tickets, collecting.

local core = require("vertexsms.core")
local simulators = require("spec.support.simulator")
local socket = require("socket")

local REQUEST = { method = "POST", path = "/sms", body = '{"to":"37069912345","from":"MyShop","message":"x"}' }

local function engine_for(url, options)
  local config = { token = "token-of-the-engine-spec", base_url = url }
  for key, value in pairs(options or {}) do config[key] = value end
  return assert(core.engine(config))
end

-- The descriptor in the form that luasocket's select takes.
local function wait_readable(engine, seconds)
  local fd = assert(engine:fd())
  local readable = socket.select({ { getfd = function() return fd end } }, nil, seconds)
  return #readable == 1
end

describe("an engine", function()
  local simulator

  setup(function() simulator = simulators.start() end)
  teardown(function() simulator:stop() end)

  it("hands over every finished ticket exactly once", function()
    local engine = engine_for(simulator.url)
    local under_way = {}
    for _ = 1, 300 do under_way[assert(engine:submit(REQUEST))] = true end
    local count = 0
    while count < 300 do
      assert.is_true(wait_readable(engine, 10))
      for ticket in function() return engine:collect() end do
        assert.is_true(under_way[ticket])
        under_way[ticket] = nil
        assert.equal("ok", ticket:response().kind)
        count = count + 1
      end
    end
    assert.is_nil(engine:collect())
    assert.is_false(wait_readable(engine, 0))
    assert.same({ queued = 0, in_flight = 0, uncollected = 0 }, engine:counters())
    engine:close()
  end)

  it("does not keep tickets that the caller dropped", function()
    local engine = engine_for(simulator.url)
    for _ = 1, 50 do engine:submit(REQUEST) end
    local last = engine:submit(REQUEST)
    for _ = 1, 4 do collectgarbage() end
    assert.is_true(last:wait(10))
    while engine:counters().in_flight > 0 do assert.is_not_nil(engine) end
    for _ = 1, 4 do collectgarbage() end
    assert.is_nil(engine:collect())
    assert.equal(0, engine:counters().uncollected)
    engine:close()
  end)

  it("is kept alive by its tickets", function()
    local ticket = engine_for(simulator.url):submit(REQUEST)
    for _ = 1, 4 do collectgarbage() end
    assert.is_true(ticket:wait(10))
    assert.equal("ok", ticket:response().kind)
  end)

  it("finishes its tickets when it is closed", function()
    local server = assert(socket.bind("127.0.0.1", 0))
    local _, port = server:getsockname()
    local engine = engine_for(("http://127.0.0.1:%d"):format(port))
    local ticket = engine:submit(REQUEST)
    server:settimeout(5)
    local connection = assert(server:accept())
    assert.is_nil(ticket:response())
    assert.is_false(ticket:wait(0 / 0))
    assert.is_false(ticket:is_finished())
    assert.matches("under way", tostring(ticket))
    engine:close()
    engine:close()
    assert.equal("closed", ticket:response().kind)
    assert.matches("finished", tostring(ticket))
    assert.is_nil((engine:submit(REQUEST)))
    assert.equal("closed", select(2, engine:perform(REQUEST)).kind)
    connection:close()
    server:close()
  end)

  it("keeps repeated headers, in order, whatever the case they are asked in", function()
    local server = assert(socket.bind("127.0.0.1", 0))
    local _, port = server:getsockname()
    local engine = engine_for(("http://127.0.0.1:%d"):format(port))
    local ticket = engine:submit(REQUEST)
    server:settimeout(5)
    local connection = assert(server:accept())
    connection:send("HTTP/1.1 200 OK\r\nX-Two: a\r\nx-two:  b\r\nContent-Length: 2\r\nX-TWO: c\r\n\r\n{}")
    assert.is_true(ticket:wait(5))
    local headers = ticket:response().headers
    assert.equal("a, b, c", headers["x-two"])
    assert.equal("a, b, c", headers["X-Two"])
    assert.equal("2", headers["Content-Length"])
    assert.is_nil(headers["x-three"])
    engine:close()
    connection:close()
    server:close()
  end)

  -- The answer is scripted octet for octet.
  local function response_to(octets)
    local server = assert(socket.bind("127.0.0.1", 0))
    local _, port = server:getsockname()
    local engine = engine_for(("http://127.0.0.1:%d"):format(port))
    local ticket = engine:submit(REQUEST)
    server:settimeout(5)
    local connection = assert(server:accept())
    connection:settimeout(5)
    repeat until assert(connection:receive("*l")) == "" -- an answer that comes before its request counts for nothing
    connection:send(octets)
    assert.is_true(ticket:wait(5))
    local response = ticket:response()
    engine:close()
    connection:close()
    server:close()
    return response
  end

  it("does not take a trailer for a header", function()
    local response = response_to("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Last: a\r\n\r\n"
      .. "2\r\n{}\r\n0\r\nX-Trailer: b\r\n folded\r\n\r\n")
    assert.equal("ok", response.kind)
    assert.equal("a", response.headers["x-last"])
    assert.is_nil(response.headers["x-trailer"])
  end)

  it("takes the first line of an answer for its status, and no other", function()
    local response = response_to("HTTP/1.1 503 No\r\nHTTP/1.1: 200 OK\r\nContent-Length: 2\r\n\r\n{}")
    assert.same({ "unavailable", "unknown", 503 }, { response.kind, response.outcome, response.status })
    response = response_to("HTTP/1.1 103 Hints\r\nHTTP/1.1: 200 OK\r\n\r\nHTTP/1.1 400 No\r\nContent-Length: 0\r\n\r\n")
    assert.same({ "invalid_request", 400 }, { response.kind, response.status })
  end)

  it("gives headers whose metatable is not a trap", function()
    local headers = response_to("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}").headers
    assert.is_false((pcall(getmetatable(headers).__index, 5, "content-length")))
  end)

  local ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-One: 1\r\nX-Two: a\r\nX-two: b\r\n\r\n{}"

  it("makes headers, timings and the rest of a success when they are asked for", function()
    for _, name in ipairs({ "headers", "timings", "outcome", "message", "retryable", "temporary", "reused" }) do
      local response = response_to(ANSWER)
      for _ = 1, 4 do collectgarbage() end -- the ticket is kept by its response
      assert.same({ "ok", 200 }, { rawget(response, "kind"), rawget(response, "status") })
      assert.is_nil(rawget(response, name))
      assert.is_nil(response.attempts)
      assert.is_not_nil(getmetatable(response))
      assert.is_not_nil(response[name])
      assert.is_nil(getmetatable(response))
      assert.is_nil(response[1])
      assert.same({ "accepted", "a, b" }, { response.outcome, response.headers["X-Two"] })
      assert.equal("{}", rawget(response, "body"))
      assert.is_number(response.timings.total)
    end
  end)

  it("makes the body of a success when it is asked for, and nothing else with it", function()
    local response = response_to(ANSWER)
    for _ = 1, 4 do collectgarbage() end
    assert.is_nil(rawget(response, "body"))
    assert.equal("{}", response.body)
    assert.equal("{}", rawget(response, "body"))
    assert.is_nil(rawget(response, "headers"))
    assert.is_not_nil(getmetatable(response))
  end)

  it("finds a header with the table of them and without", function()
    local response = response_to(ANSWER)
    local function found()
      return { core.header(response, "x-one"), core.header(response, "x-three") or "none" }
    end
    assert.same({ "1", "none" }, found())
    assert.is_nil(rawget(response, "headers"))
    assert.equal("a, b", core.header(response, "x-two"))
    assert.is_not_nil(rawget(response, "headers"))
    assert.same({ "1", "none" }, found())
  end)

  it("gives a failure, and a blocking request's success, likewise", function()
    local failure = response_to("HTTP/1.1 400 No\r\nContent-Length: 0\r\n\r\n")
    assert.is_nil(getmetatable(failure))
    assert.equal("rejected", rawget(failure, "outcome"))
    local engine = engine_for(simulator.url)
    local response = assert(engine:perform(REQUEST))
    engine:close()
    for _ = 1, 4 do collectgarbage() end
    assert.equal("1", core.header(response, "x-vertexsms-amount-sent"))
    assert.matches("json", response.headers["Content-Type"])
    assert.is_nil(getmetatable(response))
  end)

  it("gives responses whose metatable is not a trap", function()
    local index = getmetatable(response_to(ANSWER)).__index
    assert.is_false((pcall(index, 5, "headers")))
    assert.is_false((pcall(index, { io.stdout }, "headers")))
    assert.is_nil(index({}, "headers"))
  end)

  it("takes no number for another that no size holds", function()
    for _, size in ipairs({ 2 ^ 32 + 5, 1e16, 1e300, math.huge }) do
      local config = { token = "token-of-the-engine-spec", base_url = simulator.url, queue_limit = size }
      local engine, refusal = core.engine(config)
      assert.is_nil(engine)
      assert.equal("must be at most 10000000", refusal.message)
    end
  end)

  it("refuses tables that are not requests", function()
    local engine = engine_for(simulator.url)
    for _, request in ipairs({
      { method = 5, path = "/" }, { method = "GET", path = {} }, { method = "GET", path = "/", headers = "x" },
      { method = "GET", path = "/", headers = { 1 } }, { method = "GET", path = "/", headers = { a = 1 } },
      { method = "GET", path = "/", timeout = "5" }, "GET /",
    }) do
      assert.is_false((pcall(engine.perform, engine, request)))
      assert.is_false((pcall(engine.submit, engine, request)))
    end
    local response, refusal = engine:perform({ method = "GET", path = "/", timeout = -1 })
    assert.is_nil(response)
    assert.equal("timeout", refusal.field)
    engine:close()
  end)
end)
