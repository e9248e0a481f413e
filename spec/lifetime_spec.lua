-- Who may go when: clients, engines, tickets, Lua states, processes. Memory, descriptors and threads are counted.

local core = require("vertexsms.core")
local fault_servers = require("spec.support.faults")
local lfs = require("lfs")
local process = require("spec.support.process")
local vertexsms = require("vertexsms")

local TOKEN = "token-of-the-lifetime-spec"
local REQUEST = { method = "POST", path = "/sms", body = '{"message":"x"}' }

-- Not by a child process: a busy machine may run it before popen has closed the child's end of the pipe here, which
-- is then counted.
local function count_entries(folder)
  local count = 0
  for _ in lfs.dir("/proc/self/" .. folder) do count = count + 1 end
  return count
end

local function descriptors() return count_entries("fd") end
local function threads() return count_entries("task") end

-- LuaJIT's traces hold the functions that they were recorded with, and so the clients of those.
local function collect_all()
  if rawget(_G, "jit") then rawget(_G, "jit").flush() end
  for _ = 1, 4 do collectgarbage() end
end

describe("lifetimes:", function()
  local faults, fds, tasks

  setup(function()
    faults = fault_servers.start({ tls = true })
    -- what stays for good: libcurl's, OpenSSL's and libuv's own, and the thread that TSan starts beside the first one
    local engine = core.engine({ token = TOKEN, base_url = faults:url("ok") })
    engine:perform(REQUEST)
    engine:submit(REQUEST):wait(5)
    engine:close()
    collect_all()
    require("luv").run()
  end)
  teardown(function() faults:stop() end)

  before_each(function()
    collect_all()
    fds, tasks = descriptors(), threads()
  end)

  local is_sanitized = process.lua():find("build/", 1, true) ~= nil

  -- Fewer is fine: a file of an earlier spec may have gone meanwhile. A joined thread stands in /proc until the kernel
  -- has put it away, so it is looked again for a while.
  local function assert_nothing_left()
    collect_all()
    assert.is_true(descriptors() <= fds, ("%d descriptors, %d before"):format(descriptors(), fds))
    local deadline = core.now() + 5
    while threads() > tasks and core.now() < deadline do core.sleep(0.001) end
    assert.is_true(threads() <= tasks, ("%d threads, %d before"):format(threads(), tasks))
  end

  local function engine_for(scenario, options)
    local config = { token = TOKEN, base_url = faults:url(scenario) }
    for key, value in pairs(options or {}) do config[key] = value end
    return assert(core.engine(config))
  end

  it("whatever is dropped first, everything is collected", function()
    local orders = { { 1, 2, 3 }, { 1, 3, 2 }, { 2, 1, 3 }, { 2, 3, 1 }, { 3, 1, 2 }, { 3, 2, 1 } }
    for _, order in ipairs(orders) do
      for _, close in ipairs({ true, false }) do
        local held = { engine_for("hang") }
        held[2], held[3] = held[1]:submit(REQUEST), held[1]:submit(REQUEST)
        held[2]:wait(0.01)
        for _, index in ipairs(order) do
          if close and index == 1 then held[1]:close() end
          held[index] = nil
          collect_all()
        end
      end
    end
    assert_nothing_left()
  end)

  it("closing gives up what is under way, at once", function()
    local client = vertexsms.safe.new({ token = TOKEN, base_url = faults:url("hang") })
    local tickets = {}
    for i = 1, 50 do tickets[i] = client.engine:submit(REQUEST) end
    tickets[1]:wait(0.05)
    local started = core.now()
    client:close()
    assert.is_true(core.now() - started < 2)
    for _, ticket in ipairs(tickets) do
      local response = ticket:response()
      assert.equal("closed", response.kind)
      assert.is_true(response.outcome == "unknown" or response.outcome == "not_sent")
    end
    tickets, client = nil, nil -- luacheck: ignore 311
    assert_nothing_left()
  end)

  describe("a client that is dropped goes, and so do its calls:", function()
    local MESSAGE = { to = "37069912345", from = "MyShop", message = "x" }

    local function client_for(host, scenario, prefix)
      local options = { token = TOKEN, base_url = faults:url(scenario, prefix), host = host }
      options.retry = { base = 100, max_wait = 100, random = function() return 0.2 end }
      return vertexsms.safe.new(options)
    end

    -- Ways to begin a call; each runs where a call may wait.
    local BEGINNINGS = {
      ["a submitted one"] = function(client) client:submit("send", MESSAGE, function() end) end,
      ["one that waits"] = function(client) client:send(MESSAGE) end,
      ["those of client:all"] = function(client) client:all({ { "send", MESSAGE }, { "send", MESSAGE } }) end,
    }

    local LOOPS = {
      ["in a game loop"] = function(begin)
        local client = client_for("tick", "hang")
        coroutine.wrap(begin)(client)
        client:update()
      end,
      ["in a cqueues loop that is dropped as well"] = function(begin)
        local controller = require("cqueues").new()
        controller:wrap(function() begin(client_for("cqueues", "hang")) end)
        for _ = 1, 3 do controller:step(0.01) end
      end,
      ["in a libuv loop whose handles are closed"] = function(begin)
        local uv = require("luv")
        coroutine.wrap(begin)(client_for("luv", "hang"))
        uv.run("nowait")
        uv.walk(function(handle) if not handle:is_closing() then handle:close() end end)
        uv.run()
      end,
    }

    for name, begin in pairs(BEGINNINGS) do
      for where, drop in pairs(LOOPS) do
        it(name .. ", " .. where, function()
          for _ = 1, 5 do drop(begin) end
          assert_nothing_left()
        end)
      end
    end

    it("one that waits for its next attempt, in a game loop", function()
      local is_waiting = false
      local client = client_for("tick", "status", "/503")
      client.on_retry = function() is_waiting = true end
      client:submit("send", MESSAGE, function() end)
      while not is_waiting do client:update() end
      client = nil -- luacheck: ignore 311
      assert_nothing_left()
    end)
  end)

  -- In a process of its own: how much of a heap is free, and in which pieces, is up to all that ran in it before.
  it("10 000 clients come and go", function()
    local code, output, errors = process.run({ process.lua(), "-e", [[
      local lfs, vertexsms = require "lfs", require "vertexsms"
      local function heap_kib()
        local file = assert(io.open("/proc/self/status"))
        local value = file:read("*a"):match("RssAnon:%s*(%d+)")
        file:close()
        return tonumber(value)
      end
      local function descriptors()
        local count = 0
        for _ in lfs.dir("/proc/self/fd") do count = count + 1 end
        return count
      end
      local function come_and_go(clients)
        for i = 1, clients do
          vertexsms.safe.new { token = "token-of-the-lifetime-spec", base_url = "http://127.0.0.1:1" }
          if i % 500 == 0 then
            if jit then jit.flush() end
            for _ = 1, 4 do collectgarbage() end
          end
        end
      end
      come_and_go(500)
      local kib, fds = heap_kib(), descriptors()
      come_and_go(10000)
      print(heap_kib() - kib, descriptors() - fds)
    ]] })
    assert.equal(0, code, errors)
    local kib, left = output:match("^(%-?%d+)\t(%-?%d+)\n$")
    -- a sanitizer keeps freed memory to see whether it is still used
    if not is_sanitized then assert.is_true(tonumber(kib) < 256, kib .. " KiB more") end
    assert.equal("0", left)
  end)

  it("100 clients that worked come and go", function()
    for i = 1, 100 do
      local engine = engine_for("ok")
      if i % 2 == 0 then engine:perform(REQUEST) end
      local ticket = engine:submit(REQUEST)
      if i % 3 == 0 then ticket:wait(5) end
    end
    assert_nothing_left()
  end)

  it("1000 tickets at once, every other one cancelled", function()
    local engine = engine_for("slow", { concurrency = 50 })
    local tickets = {}
    for i = 1, 1000 do
      tickets[i] = assert(engine:submit({ method = "POST", path = "/20/sms", body = '{"message":"' .. i .. '"}' }))
      if i % 2 == 0 then tickets[i]:cancel() end
    end
    for i, ticket in ipairs(tickets) do
      assert.is_true(ticket:wait(30))
      local response = ticket:response()
      if i % 2 == 0 then
        assert.is_true(response.kind == "cancelled" or response.kind == "ok")
      else
        assert.equal("ok", response.kind)
      end
    end
    assert.same({ queued = 0, in_flight = 0, uncollected = 0 }, engine:counters())
    engine:close()
    engine, tickets = nil, nil -- luacheck: ignore 311
    assert_nothing_left()
  end)

  it("a full queue says so, and goes on", function()
    local engine = engine_for("hang", { concurrency = 1, queue_limit = 5 })
    local taken, refusal = 0, nil
    for _ = 1, 20 do
      local ticket, err = engine:submit(REQUEST)
      if ticket then taken = taken + 1 else refusal = err end
    end
    assert.is_true(taken >= 5 and taken <= 7)
    assert.same({ "exhausted", "not_sent", true }, { refusal.kind, refusal.outcome, refusal.retryable })
    engine:close()
    engine = nil -- luacheck: ignore 311
    assert_nothing_left()
  end)

  describe("a process that ends", function()
    local START = [[
      local core = require "vertexsms.core"
      local engine = core.engine { token = "t", base_url = arg_url, ca_file = arg_ca }
      local tickets = {}
      for i = 1, 20 do tickets[i] = engine:submit { method = "POST", path = "/sms", body = "{}" } end
      tickets[1]:wait(0.05)
    ]]
    local ENDINGS = {
      ["at the end of its script"] = { "", 0 },
      ["by os.exit"] = { "os.exit(7)", 7 },
      ["by os.exit that closes the state"] = { "os.exit(7, true)", 7 },
      ["by an error"] = { "error('enough')", 1 },
    }
    for name, ending in pairs(ENDINGS) do
      for _, scenario in ipairs({ "hang", "slow", "handshake-hang" }) do
        it(("%s, with sends under way (%s), neither crashes nor hangs"):format(name, scenario), function()
          local tls = scenario:find("handshake") ~= nil
          local url = faults:url(scenario, scenario == "slow" and "/5" or nil, { tls = tls })
          local script = ("local arg_url, arg_ca = %q, %q\n"):format(url, faults.ca_file) .. START .. ending[1]
          for _ = 1, 3 do
            local code = process.run({ process.lua(), "-e", script })
            assert.equal(ending[2], code)
          end
        end)
      end
    end
  end)

  it("Ctrl-C is heard during a blocking call", function()
    for _, call in ipairs({
      'client:send { to = "37069912345", from = "MyShop", message = "x" }',
      'client.engine:submit({ method = "POST", path = "/sms", body = "{}" }):wait()',
      'coroutine.wrap(function() client:send { to = "37069912345", from = "MyShop", message = "x" } end)()',
    }) do
      -- 5.1 does not tell a coroutine which state the hook is set on
      if not (_VERSION == "Lua 5.1" and not rawget(_G, "jit") and call:find("coroutine")) then
        faults:reset()
        local script = ([[
          local vertexsms = require "vertexsms"
          local client = vertexsms.new { token = "t", base_url = %q, timeout = 50, retry = false,
            on_request = function() print "calling" io.stdout:flush() end }
          print "calling" io.stdout:flush()
          %s
        ]]):format(faults:url("hang"), call)
        local child = process.start({ process.lua(), "-e", script })
        child:expect("calling")
        while (faults:seen("hang").requests or 0) == 0 do assert.is_not_nil(child) end
        local started = core.now()
        -- the process started is timeout(1), which passes the signal on
        child:signal("INT")
        child:expect("interrupted!")
        assert.is_true(core.now() - started < 5)
        child:wait()
      end
    end
  end)

  it("without descriptors no part of the library is loaded, and that is an error like others", function()
    local script = ([[
      local vertexsms = require "vertexsms"
      local options = { token = "t", base_url = %q, retry = false, host = "blocking" }
      local client, files = vertexsms.safe.new(options), {}
      repeat
        local file = io.open("/dev/null")
        files[#files + 1] = file
      until not file
      local message = { to = "37069912345", from = "MyShop", message = "x" }
      local sent, err = client:send(message)
      print(sent, err.kind, err.outcome, err.retryable)
      for _, more in ipairs { { host = "tick" }, { track = { on_resolved = print } }, { guard = { max_parts = 1 } } } do
        for name, value in pairs(options) do more[name] = more[name] or value end
        local made, reason = vertexsms.safe.new(more)
        print(made, reason.kind, reason.outcome, reason.retryable)
      end
      for _, file in ipairs(files) do file:close() end
      print(client:send(message) ~= nil)
    ]]):format(faults:url("ok"))
    local code, output = process.run({ "sh", "-c", 'ulimit -n 40; exec "$0" -e "$1"', process.lua(), script })
    assert.equal(("nil\texhausted\tnot_sent\ttrue\n"):rep(4) .. "true\n", output)
    assert.equal(0, code)
  end)

  it("without descriptors what a plain message does not need is not loaded; what became of one is told", function()
    local script = ([[
      local vertexsms = require "vertexsms"
      local function client_of(url)
        return vertexsms.safe.new { token = "t", base_url = url, retry = false, host = "blocking" }
      end
      local client, refusing, files = client_of(%q), client_of(%q), {}
      local message = { to = "37069912345", from = "MyShop", message = "x" }
      assert(client:send(message))
      repeat
        local file = io.open("/dev/null")
        files[#files + 1] = file
      until not file
      for _, way in ipairs {
        function() return client:send { to = "37069912345", from = "MyShop", message = "x", testMode = "1" } end,
        function() return client:send(message, { guard_key = "x" }) end,
        function() return client:send_many({ message }) end,
        function() return client:cost(message) end,
      } do
        local sent, err = way()
        print(sent, err.kind, err.outcome, err.retryable)
      end
      local sent, err
      repeat -- no more of them than the connection takes
        table.remove(files):close()
        sent, err = refusing:send(message)
      until sent or err.kind ~= "exhausted"
      print(err.status, err.kind, err.outcome, err.retryable)
    ]]):format(faults:url("ok"), faults:url("status", "/400"))
    local code, output = process.run({ "sh", "-c", 'ulimit -n 40; exec "$0" -e "$1"', process.lua(), script })
    assert.equal(("nil\texhausted\tnot_sent\ttrue\n"):rep(4) .. "400\tinvalid_request\trejected\tfalse\n", output)
    assert.equal(0, code)
  end)

  it("without descriptors nothing is sent, and nothing crashes", function()
    local script = ([[
      local vertexsms = require "vertexsms"
      local files = {}
      local client = vertexsms.safe.new { token = "t", base_url = %q, retry = false }
      repeat
        local file = io.open("/dev/null")
        files[#files + 1] = file
      until not file
      local message = { to = "37069912345", from = "MyShop", message = "x" }
      local sent, err = client:send(message)
      print(sent, err.outcome, err.retryable)
      local ticket, refusal = client.engine:submit { method = "POST", path = "/sms", body = "{}" }
      if ticket then ticket:wait(5) refusal = ticket:response() end
      print(refusal.outcome, refusal.retryable)
      for _, file in ipairs(files) do file:close() end
      print(client:send(message) ~= nil)
      ticket = client.engine:submit { method = "POST", path = "/sms", body = "{}" }
      print(ticket:wait(5), ticket:response().kind)
    ]]):format(faults:url("ok"))
    local code, output = process.run({ "sh", "-c", 'ulimit -n 40; exec "$0" -e "$1"', process.lua(), script })
    assert.equal("nil\tnot_sent\ttrue\nnot_sent\ttrue\ntrue\ntrue\tok\n", output)
    assert.equal(0, code)
  end)
end)
