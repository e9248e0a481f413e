-- VertexSMS's calls in a real nginx with two workers: from the real simulator, from strangers, and while workers die.

local cjson = require("cjson")
local core = require("vertexsms.core")
local nginxes = require("spec.support.nginx")
local process = require("spec.support.process")
local simulators = require("spec.support.simulator")
local socket = require("socket")
local web = require("spec.support.web")

-- nginx brings its own LuaJIT.
if process.lua() ~= "luajit" then return end

local HTTP = [[
  lua_shared_dict reports 1m;
  lua_shared_dict tries 1m;
  client_body_timeout 1s;
  default_type application/octet-stream;
  init_by_lua_block {
    callback = require "vertexsms.callback"
    local function append(name, ...)
      local file = assert(io.open("$dir/" .. name, "a"))
      file:write(table.concat({ ... }, " "), "\n")
      file:close()
    end
    local function on_report(report)
      append("seen", report.kind, report.id, report.state, report.superseded and "superseded" or "")
    end
    -- Asks the spec what to do: nothing here waits for a time.
    local function ask(report)
      local connection = ngx.socket.tcp()
      assert(connection:connect("127.0.0.1", $gate))
      connection:send(ngx.worker.pid() .. "\n")
      connection:settimeout(20000)
      local word = connection:receive("*l")
      if word ~= "go" then error("told to fail") end
      on_report(report)
    end
    local function fail_at_first(report)
      if ngx.shared.tries:incr(report.id, 1, 0) == 1 then error("not yet") end
      on_report(report)
    end
    local function handler(options)
      options.store, options.on_report = options.store or "reports", options.on_report or on_report
      return callback.handler(options)
    end
    handlers = {
      open = handler { allow_loopback = true },
      default = handler {},
      proxied = handler { trusted_proxies = { "127.0.0.0/8" } },
      secret = handler { secret = "s e/cret", store = ngx.shared.reports },
      signed = handler { signature_secret = "key" },
      gate = handler { allow_loopback = true, on_report = ask },
      failing = handler { allow_loopback = true, on_report = fail_at_first },
    }
    $client
  }
]]

local CLIENT = [[
    client = require("vertexsms").safe.new {
      token = "token-of-the-spec", base_url = "$url", retry = false,
      track = { url = "http://127.0.0.1:$port/tracked", store = "$dir/own/tracking.db", on_resolved = function(event)
        append("resolved", event.tracking_id, event.id, event.state)
      end },
    }
    handlers.tracked = handler { allow_loopback = true, tracking = client.tracking }
    function send()
      local sent, err = client:send { to = "37069912345", from = "MyShop", message = "x" }
      ngx.say(sent and "accepted " .. sent.id or err.outcome .. " " .. tostring(err.tracking_id))
    end
]]

local SERVER = [[
  location = /send { content_by_lua_block { send() } }
  location = /pid { content_by_lua_block { ngx.print(ngx.worker.pid()) } }
  location = /small {
    client_body_buffer_size 128;
    content_by_lua_block { callback.nginx(handlers.open) }
  }
  location = /bounded {
    client_max_body_size 64k;
    content_by_lua_block { callback.nginx(handlers.open) }
  }
  location ~ ^/(\w+)$ { content_by_lua_block { callback.nginx(handlers[ngx.var[1] ]) } }
]]

describe("callbacks in nginx", function()
  local nginx, dir, gate, url

  local function start(simulator_url)
    dir = os.tmpname()
    os.remove(dir)
    os.execute("mkdir -m 777 " .. dir)
    os.execute(("mkdir -m 700 %s/own && chown nobody %s/own 2>/dev/null; true"):format(dir, dir))
    gate = assert(socket.bind("127.0.0.1", 0))
    gate:settimeout(20)
    local _, gate_port = gate:getsockname()
    local client = simulator_url and CLIENT:gsub("%$url", simulator_url) or ""
    local http = HTTP:gsub("%$client", function() return client end)
    nginx = nginxes.start({ workers = 2, http = (http:gsub("%$dir", dir):gsub("%$gate", gate_port)), server = SERVER })
    url = ("http://127.0.0.1:%d"):format(nginx.port)
  end

  local function lines(name)
    local list = {}
    local file = io.open(dir .. "/" .. name)
    if not file then return list end
    for line in file:lines() do list[#list + 1] = line end
    file:close()
    return list
  end

  after_each(function()
    process.stop_all()
    if not nginx then return end
    assert.is_true(nginx:stop())
    gate:close()
    os.execute("rm -rf " .. dir)
    local log = nginx.last_log
    nginx = nil
    for _, word in ipairs({ "%[alert%] .*exited on signal [^9]", "%[crit%]", "%[emerg%]", "runtime error" }) do
      assert.not_matches(word, log)
    end
  end)

  local function post(path, body, headers)
    return web.request("POST", url .. path, headers, body)
  end

  local function report(id, status) return ('{"id":"%s","status":%s,"error":0}'):format(id, status or 1) end

  it("answers exactly OK, once for each worker that is asked", function()
    start()
    for _ = 1, 20 do
      local status, body, headers = post("/open", report(1))
      assert.same({ 200, "OK", "text/plain", "2" },
        { status, body, headers["content-type"], headers["content-length"] })
    end
    post("/open", report(1, 9))
    assert.same({ "dlr 1 delivered ", "dlr 1 unknown superseded" }, lines("seen"))
  end)

  it("remembers across a reload", function()
    start()
    assert.equal(200, (post("/open", report(1))))
    local before = nginx:workers()
    assert.is_true(nginx:signal("reload"))
    for _, pid in ipairs(before) do assert.is_true(nginxes.await_end(pid, 10)) end
    assert.equal(200, (post("/open", report(1))))
    assert.same({ "dlr 1 delivered " }, lines("seen"))
  end)

  it("lets no other client in", function()
    start()
    local forwarded = { ["X-Forwarded-For"] = "178.32.167.92" }
    for _, case in ipairs({
      { "/default" }, { "/default", forwarded }, { "/default", { ["X-Real-IP"] = "178.32.167.92" } },
      { "/default", { Forwarded = "for=178.32.167.92" } }, { "/proxied" },
      { "/proxied", { ["X-Forwarded-For"] = "178.32.167.92, 203.0.113.9" } },
      { "/proxied", { ["X-Forwarded-For"] = "178.32.167.92, x" } },
      { "/secret" }, { "/secret?secret=s" }, { "/secret?secret=s%20e%2fcret&secret=s%20e%2fcret" },
      { "/signed" }, { "/signed", { ["X-VertexSMS-Signature"] = ("0"):rep(64) } },
      { "/signed", { ["X-VertexSMS-Signature"] = core.hmac_sha256("other", report(1)) } },
    }) do
      local status, body, headers = post(case[1], report(1), case[2])
      assert.same({ 403, "Forbidden" }, { status, body }, case[1])
      assert.is_nil(headers.allow)
    end
    assert.equal(403, (web.request("GET", url .. "/default")))
    assert.same({}, lines("seen"))
  end)

  it("lets those in who may", function()
    start()
    assert.equal(200, (post("/proxied", report(1), { ["X-Forwarded-For"] = "203.0.113.9, 178.32.167.92, 127.0.0.2" })))
    assert.equal(200, (post("/secret?secret=s%20e%2fcret", report(2))))
    assert.equal(200, (post("/signed", report(3), { ["X-VertexSMS-Signature"] = core.hmac_sha256("key", report(3)) })))
    assert.equal(3, #lines("seen"))
  end)

  it("takes X-Forwarded-For for one list, however many lines it has", function()
    start()
    local connection = web.connect(url)
    local head = "POST /proxied HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n%s\r\n%s"
    local body = report(1)
    local real, fake = "X-Forwarded-For: 178.32.167.92\r\n", "X-Forwarded-For: 203.0.113.9\r\n"
    local statuses = {}
    for _, headers in ipairs({ real .. fake, fake .. real, ("X-Filler: x\r\n"):rep(150) .. real .. fake }) do
      connection:send(head:format(#body, headers, body))
      statuses[#statuses + 1] = web.read_message(connection):match("%d%d%d")
    end
    connection:close()
    assert.same({ "403", "200", "403" }, statuses)
  end)

  it("refuses other methods, large and broken bodies, and reads what nginx has put in a file", function()
    start()
    local status, body, headers = web.request("GET", url .. "/open")
    assert.same({ 405, "Method Not Allowed", "POST" }, { status, body, headers.allow })
    assert.equal(413, (post("/open", ("x"):rep(70000))))
    assert.equal(413, (post("/bounded", ("x"):rep(70000))))
    for _, text in ipairs({ "", "{", "[]", "\0\0\0", ("["):rep(1000), '{"id":"1"', '{"id":{}}' }) do
      status, body = post("/open", text)
      assert.same({ 400, "Bad Request" }, { status, body })
    end
    local long = ('{"id":"1","status":1,"x":"%s"}'):format(("x"):rep(60000))
    assert.equal(200, (post("/small", long)))
    assert.equal(413, (post("/small", ("x"):rep(70000))))
    assert.same({ "dlr 1 delivered " }, lines("seen"))
  end)

  it("refuses a chunked body that is too large", function()
    start()
    for path, size in pairs({ open = 70000, bounded = 70000, small = 70000 }) do
      local connection = web.connect(url)
      connection:send(("POST /%s HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n")
        :format(path, size, ("x"):rep(size)))
      assert.equal("413", web.read_message(connection):match("%d%d%d"), path)
      connection:close()
    end
  end)

  it("does not wait for a slow body, of a stranger not even for a moment", function()
    start()
    local head = "POST /%s HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"
    local stranger, slow = web.connect(url), web.connect(url)
    slow:send(head:format("open"))
    stranger:send(head:format("default"))
    assert.equal("403", web.read_message(stranger):match("%d%d%d"))
    assert.equal(200, (post("/open", report(1))))
    local answer = slow:receive("*l")
    assert.is_true(answer == nil or answer:find(" 408 ", 1, true) ~= nil, answer)
    stranger:close()
    slow:close()
  end)

  local function simulate(...)
    return simulators.start({ "--dlr-retry", "0.05", ... })
  end

  local function send(simulator, path, count)
    local ids = {}
    for i = 1, count do
      local status, answer = simulator:call("POST", "/sms", {
        to = "37069912345", from = "MyShop", message = "x", dlrUrl = url .. path,
      })
      assert.equal(200, status)
      ids[i] = answer[1]
    end
    return ids
  end

  -- Reads the simulator's log until that many calls were answered as they must be.
  local function await_answers(simulator, count)
    for _ = 1, count do simulator:expect("^report .* 200 OK$") end
  end

  local function expected(ids)
    local list = {}
    for i, id in ipairs(ids) do list[i] = ("dlr %s delivered "):format(id) end
    table.sort(list)
    return list
  end

  local function sorted(list)
    table.sort(list)
    return list
  end

  it("sees everything that the simulator sent, once", function()
    start()
    local simulator = simulate("--duplicate", "--reorder")
    local ids = send(simulator, "/open", 100)
    await_answers(simulator, 200)
    assert.same(expected(ids), sorted(lines("seen")))
  end)

  it("has everything repeated that failed", function()
    start()
    local simulator = simulate("--duplicate")
    local ids = send(simulator, "/failing", 50)
    await_answers(simulator, 100)
    assert.same(expected(ids), sorted(lines("seen")))
    assert.equal(50, select(2, simulator:output():gsub("answered 500; again", "")))
  end)

  it("takes signed calls from the simulator", function()
    start()
    local simulator = simulators.start({}, { VERTEXSMS_SIMULATOR_SIGNATURE_SECRET = "key" })
    local ids = send(simulator, "/signed", 3)
    await_answers(simulator, 3)
    assert.same(expected(ids), sorted(lines("seen")))
  end)

  -- Takes the next worker that asks what to do with a report.
  local function next_asker()
    local connection = assert(gate:accept())
    connection:settimeout(20)
    return assert(connection:receive("*l")), connection
  end

  it("hands nothing over twice while it is being handled, and nothing is lost when it fails", function()
    start()
    local simulator = simulate()
    local id = send(simulator, "/gate", 1)[1]
    local _, connection = next_asker()
    for _ = 1, 10 do -- some of them reach the other worker
      local status, body = post("/gate", report(id))
      assert.same({ 503, "Service Unavailable" }, { status, body })
      assert.equal(503, (post("/gate", report(id, 9))))
    end
    connection:send("fail\n")
    connection:close()
    _, connection = next_asker()
    connection:send("go\n")
    await_answers(simulator, 1)
    assert.equal(200, (post("/gate", report(id))))
    assert.same({ ("dlr %s delivered "):format(id) }, lines("seen"))
    connection:close()
  end)

  it("loses nothing when the worker is killed between receipt and answer", function()
    start()
    local simulator = simulate()
    local id = send(simulator, "/gate", 1)[1]
    for _ = 1, 3 do
      local pid, connection = next_asker()
      os.execute("kill -9 " .. pid)
      assert.is_nil((connection:receive("*l")))
      connection:close()
    end
    local started = core.now()
    local _, connection = next_asker()
    connection:send("go\n")
    await_answers(simulator, 1)
    assert.is_true(core.now() - started < 10, "waited for the lease")
    assert.same({ ("dlr %s delivered "):format(id) }, lines("seen"))
    connection:close()
  end)

  it("loses nothing while workers are killed under load", function()
    start()
    local simulator = simulate("--duplicate")
    local kills, ids = 4, {}
    for _ = 1, kills do
      for _, id in ipairs(send(simulator, "/failing", 25)) do ids[#ids + 1] = id end
      os.execute("kill -9 " .. nginx:workers()[1])
    end
    await_answers(simulator, 2 * #ids)
    local counts, twice = {}, 0
    for _, line in ipairs(lines("seen")) do counts[line] = (counts[line] or 0) + 1 end
    for _, line in ipairs(expected(ids)) do
      assert.is_truthy(counts[line], line)
      twice = twice + counts[line] - 1
    end
    -- A worker may die after on_report returned and before that was written down.
    assert.is_true(twice <= kills, tostring(twice))
  end)

  it("settles the sends that were cut off, whichever worker gets the report", function()
    local simulator = simulate("--duplicate", "--fault", "drop", "--fault-rate", "0.5", "--seed", "7")
    start(simulator.url)
    local unknown, accepted = {}, 0
    for _ = 1, 40 do
      local _, body = web.request("GET", url .. "/send")
      local id = body:match("^unknown (%x+)\n$")
      if id then unknown[#unknown + 1] = id end
      accepted = accepted + (body:find("^accepted") and 1 or 0)
    end
    assert.equal(40, #unknown + accepted)
    assert.is_true(#unknown > 5 and accepted > 5)
    await_answers(simulator, 80)
    assert.equal(40, #lines("seen"))
    local resolved, sent = {}, {}
    for i, line in ipairs(lines("resolved")) do resolved[i] = line:match("^%x+") end
    for _, line in ipairs(lines("resolved")) do
      local id, state = line:match("^%x+ (%d+) (%l+)$")
      assert.equal("delivered", state)
      assert.is_nil(sent[id])
      sent[id] = true
    end
    assert.same(sorted(unknown), sorted(resolved))
  end)

  it("has a report repeated by a client that comes again at once", function()
    start()
    local connection = web.connect(url)
    local body = cjson.encode({ id = 7, status = 1 })
    local request = ("POST /open HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s"):format(#body, body)
    connection:send(request:rep(5))
    for _ = 1, 5 do
      local first, _, answer = web.read_message(connection)
      assert.same({ "HTTP/1.1 200 OK", "OK" }, { first, answer })
    end
    connection:close()
    assert.same({ "dlr 7 delivered " }, lines("seen"))
  end)
end)
