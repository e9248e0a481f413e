-- Idle connections of the I/O thread: they stay in its poller between two requests.

local core = require("vertexsms.core")
local socket = require("socket")

local REQUEST = { method = "POST", path = "/sms", body = "{}" }
local ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

describe("an idle connection", function()
  local server, engine

  before_each(function()
    server = assert(socket.bind("127.0.0.1", 0))
    server:settimeout(5)
    local _, port = server:getsockname()
    engine = assert(core.engine({ token = "token-of-the-idle-spec", base_url = ("http://127.0.0.1:%d"):format(port) }))
  end)

  after_each(function()
    engine:close()
    server:close()
  end)

  local function engine_with(max_idle)
    engine:close()
    local _, port = server:getsockname()
    local url = ("http://127.0.0.1:%d"):format(port)
    engine = assert(core.engine({ token = "token-of-the-idle-spec", base_url = url, max_idle = max_idle }))
  end

  local function answer(connection)
    connection:settimeout(5)
    repeat until assert(connection:receive("*l")) == ""
    assert(connection:receive(2))
    connection:send(ANSWER)
  end

  local function accept()
    return assert(server:accept())
  end

  local function wait_for(ticket)
    assert.is_true(ticket:wait(5))
    return ticket:response()
  end

  -- The thread would take all that it gets of a processor.
  local function assert_thread_sleeps()
    local before = os.clock()
    assert.is_false(engine:wait(0.3))
    assert.is_true(os.clock() - before < 0.05, "the I/O thread spins")
  end

  local function send_twice()
    local ticket = engine:submit(REQUEST)
    local connection = accept()
    answer(connection)
    assert.equal("ok", wait_for(ticket).kind)
    ticket = engine:submit(REQUEST)
    answer(connection)
    assert.is_true(wait_for(ticket).reused)
    return connection
  end

  it("is used again", function()
    send_twice():close()
  end)

  -- At the other end: our own descriptors are not to be counted on each system.
  it("is closed when it is too old to be used again, and no request comes", function()
    engine_with(0.2)
    for _ = 1, 2 do
      local tickets, connections = {}, {}
      for i = 1, 3 do tickets[i] = engine:submit(REQUEST) end
      for i = 1, 3 do connections[i] = accept() end
      for i = 1, 3 do answer(connections[i]) end
      for i = 1, 3 do assert.equal("ok", wait_for(tickets[i]).kind) end
      for i = 1, 3 do assert.equal("closed", (select(2, connections[i]:receive(1)))) end
    end
    assert_thread_sleeps()
  end)

  it("that ends keeps no thread busy, and the next request takes another", function()
    send_twice():close()
    assert_thread_sleeps()
    local ticket = engine:submit(REQUEST)
    local connection = accept()
    answer(connection)
    assert.is_false(wait_for(ticket).reused)
    connection:close()
  end)

  it("that speaks unasked keeps no thread busy, and is not used again", function()
    local connection = send_twice()
    connection:send(ANSWER)
    assert_thread_sleeps()
    local ticket = engine:submit(REQUEST)
    local other = accept()
    answer(other)
    local response = wait_for(ticket)
    assert.same({ "ok", false }, { response.kind, response.reused })
    connection:close()
    other:close()
  end)

  -- A surplus answer that came while a request was under way was told as its answer, and every later send that followed
  -- at once was told the result of the one before, for as long as the connection lived.
  it("that is never idle is not used for longer than max_idle", function()
    engine_with(0.2)
    local ticket = engine:submit(REQUEST)
    local connection = accept()
    answer(connection)
    wait_for(ticket)
    local until_time = core.now() + 5
    local other
    repeat
      assert(core.now() < until_time, "the connection is used for ever")
      ticket = engine:submit(REQUEST)
      if connection:receive(1) then
        answer(connection)
      else
        other = accept()
        answer(other)
      end
      assert.equal(other == nil, wait_for(ticket).reused)
    until other
    connection:close()
    other:close()
  end)

  it("that rests for twice as long as an answer takes is kept", function()
    engine_with(1)
    local connection
    local started, slowest = core.now(), 0
    repeat
      local begun = core.now()
      local ticket = engine:submit(REQUEST)
      connection = connection or accept()
      answer(connection)
      wait_for(ticket)
      slowest = math.max(slowest, core.now() - begun)
      core.sleep(2 * slowest + 0.001)
    until core.now() > started + 1.2
    connection:close()
  end)

  it("whose number comes back is another one's", function()
    for _ = 1, 20 do
      local connection = send_twice()
      connection:close()
    end
    assert_thread_sleeps()
  end)
end)
