-- Inside a real nginx with ngx_lua: the contract, the phases, reloads and ends, workers, VMs.

local await = require("spec.support.await")
local contract_urls = require("spec.support.contract_urls")
local fault_servers = require("spec.support.faults")
local nginxes = require("spec.support.nginx")
local socket = require("socket")

local HTTP = [[
  init_by_lua_block {
    vertexsms = require "vertexsms"
    client = vertexsms.safe.new { token = "token-of-the-nginx-spec", base_url = "$url", retry = false }
    MESSAGE = { to = "37069912345", from = "MyShop", message = "x" }
    function say(sent, err) ngx.say(sent and "accepted " .. sent.id or tostring(err)) end
    -- By its relative path: a tree in root's own folder is closed to the workers, whose user is another.
    run_contract = assert(loadfile "spec/host/contract/nginx.lua")
  }
]]

local SERVER = [[
  location = /ping { return 200 pong; }
  location = /send { content_by_lua_block { say(client:send(MESSAGE)) } }
  location = /access {
    access_by_lua_block { ngx.ctx.sent = client:send(MESSAGE) }
    content_by_lua_block { say(ngx.ctx.sent) }
  }
  location = /rewrite {
    rewrite_by_lua_block { ngx.ctx.sent = client:send(MESSAGE) }
    content_by_lua_block { say(ngx.ctx.sent) }
  }
  location = /pid { content_by_lua_block { client:send(MESSAGE) ngx.say(ngx.worker.pid()) } }
  location = /timer {
    content_by_lua_block {
      local sent, err
      ngx.timer.at(0, function() sent, err = client:send(MESSAGE) end)
      while not sent and not err do ngx.sleep(0.01) end
      say(sent, err)
    }
  }
  location = /log {
    content_by_lua_block { ngx.say "ok" }
    log_by_lua_block { local _, err = client:send(MESSAGE) ngx.log(ngx.WARN, "in the log phase: ", tostring(err)) }
  }
  location = /header {
    content_by_lua_block { ngx.say "ok" }
    header_filter_by_lua_block { local _, err = client:send(MESSAGE) ngx.header["X-Error"] = tostring(err) }
  }
  location = /set {
    set_by_lua_block $answer { local _, err = client:send(MESSAGE) return tostring(err) }
    return 200 $answer;
  }
  location = /called-by-c {
    content_by_lua_block {
      local ok, sent = pcall(client.send, client, MESSAGE)
      say(ok and sent)
      string.gsub("x", "x", function() say(client:send(MESSAGE)) end)
    }
  }
  location = /many {
    content_by_lua_block {
      local answered = 0
      for i = 1, 300 do
        client:submit("send", MESSAGE, function(_, sent)
          answered = answered + (sent and 1 or 0)
          if i == 1 then error "raised on purpose" end
        end)
      end
      while answered < 300 do ngx.sleep(0.01) end
      ngx.say(answered)
    }
  }
  location = /exits {
    content_by_lua_block {
      for _ = 1, 150 do client:submit("send", {}, function() ngx.exit(200) end) end
      ngx.sleep(0.01)
      collectgarbage()
      local sent, err
      client:submit("send", MESSAGE, function(...) err, sent = ... end)
      while not sent and not err do ngx.sleep(0.01) end
      say(sent, err)
    }
  }
  location = /abort {
    lua_check_client_abort on;
    content_by_lua_block {
      ngx.on_abort(function() ngx.exit(499) end)
      say(client:send(MESSAGE))
    }
  }
  location = /uncached {
    lua_code_cache off;
    content_by_lua_block {
      local client = require("vertexsms").safe.new { token = "another-token", base_url = "$url", retry = false }
      local sent, err = client:send { to = "37069912345", from = "MyShop", message = "x" }
      ngx.say(sent and "accepted " .. sent.id or tostring(err))
    }
  }
  location = /contract {
    lua_need_request_body on;
    client_max_body_size 1m;
    content_by_lua_block { run_contract() }
  }
]]

local function start(url, options)
  options = options or {}
  local function with_url(text) return (text:gsub("%$url", url)) end
  return nginxes.start({ workers = options.workers, http = with_url(HTTP), server = with_url(SERVER) })
end

local function assert_clean(log)
  log = log:gsub("[^\n]*lua_code_cache is off[^\n]*", "")
  for _, word in ipairs({ "%[alert%]", "%[crit%]", "%[emerg%]", "exited on signal", "runtime error" }) do
    assert.not_matches(word, log)
  end
end

-- Sends requests without waiting for the answers.
local function open_requests(port, path, count)
  local connections = {}
  for i = 1, count do
    local connection = assert(socket.connect("127.0.0.1", port))
    connection:settimeout(20)
    connection:send(("GET %s HTTP/1.0\r\nHost: x\r\n\r\n"):format(path))
    connections[i] = connection
  end
  return connections
end

local function read_all(connections)
  local answers = {}
  for i, connection in ipairs(connections) do
    answers[i] = connection:receive("*a")
    connection:close()
  end
  return answers
end

-- nginx has its own LuaJIT, whatever runs the spec: once is enough.
if require("spec.support.process").lua() ~= "luajit" then return end

describe("inside nginx", function()
  local faults

  setup(function() faults = fault_servers.start() end)
  teardown(function()
    nginxes.stop_all()
    faults:stop()
  end)

  it("the contract holds", function()
    local nginx = start(faults:url("ok"))
    local _, output = nginx:get("/contract", contract_urls(faults))
    local kept = select(2, output:gsub("\nok ", "")) + 1
    assert.not_matches("not ok", output)
    assert.equal(22, kept, output)
    assert.is_true(nginx:stop("quit"))
    assert.not_matches("exited on signal", nginx.last_log)
  end)

  it("a send waits in every phase that can, for the client that the master made", function()
    local nginx = start(faults:url("ok"), { workers = 2 })
    for _, path in ipairs({ "/send", "/access", "/rewrite", "/timer", "/uncached" }) do
      for _ = 1, 3 do
        local status, body = nginx:get(path)
        assert.equal(200, status)
        assert.matches("^accepted %d+\n$", body)
      end
    end
    assert.is_true(nginx:stop("quit"))
    assert_clean(nginx.last_log)
    assert.not_matches("%[error%]", nginx.last_log)
  end)

  it("the other phases say which they are, and the way out", function()
    local nginx = start(faults:url("ok"))
    local _, _, headers = nginx:get("/header")
    assert.matches("nginx's header_filter phase", headers["x-error"])
    assert.matches("ngx.timer.at", headers["x-error"], 1, true)
    local _, body = nginx:get("/set")
    assert.matches("nginx's set phase", body)
    nginx:get("/log")
    assert.is_true(await(function() return nginx:log():find("in the log phase: .*nginx's log phase") end))
    assert.is_true(nginx:stop("quit"))
    assert_clean(nginx.last_log)
  end)

  it("where nothing can yield a call says so, and nothing is sent", function()
    faults:reset()
    local nginx = start(faults:url("ok"))
    local _, body = nginx:get("/called-by-c")
    assert.matches("^accepted %d+\nvertexsms: invalid_argument: a call cannot wait inside .*not_sent%)\n$", body)
    assert.equal(1, faults:seen("ok").requests)
    nginx:stop("quit")
  end)

  -- 256 of them run at once (lua_max_running_timers); it drops the others.
  it("more calls with a callback than nginx runs timers get their answers", function()
    local nginx = start(faults:url("slow", "/50"))
    local _, body = nginx:get("/many")
    assert.equal("300\n", body)
    assert.matches("^accepted", select(2, nginx:get("/exits")))
    nginx:stop("quit")
    assert_clean(nginx.last_log)
    assert.matches("%[error%].*raised on purpose", nginx.last_log)
  end)

  it("the worker answers others while sends wait", function()
    faults:reset()
    local nginx = start(faults:url("slow", "/300"))
    local connections = open_requests(nginx.port, "/send", 50)
    assert.is_true(await(function() return (faults:seen("slow").requests or 0) > 0 end))
    local status, body = nginx:get("/ping")
    assert.same({ 200, "pong" }, { status, body })
    -- nothing has been answered yet
    assert.equal(0, #socket.select(connections, nil, 0))
    for _, answer in ipairs(read_all(connections)) do assert.matches("accepted", answer) end
    nginx:stop("quit")
  end)

  it("the thread starts in the workers, one each", function()
    local nginx = start(faults:url("ok"), { workers = 2 })
    local function threads(pid)
      local pipe = assert(io.popen(("ls /proc/%d/task | wc -l"):format(pid)))
      local count = tonumber(pipe:read("*a"))
      pipe:close()
      return count
    end
    local seen = {}
    assert.is_true(await(function()
      local _, body = nginx:get("/pid")
      seen[tonumber(body)] = true
      local count = 0
      for _ in pairs(seen) do count = count + 1 end
      return count == 2
    end))
    assert.equal(1, threads(nginx:pid()))
    for _, pid in ipairs(nginx:workers()) do assert.equal(2, threads(pid)) end
    assert.is_true(nginx:stop("stop"))
    assert_clean(nginx.last_log)
  end)

  it("reloads under load lose nothing", function()
    local nginx = start(faults:url("slow", "/200"), { workers = 2 })
    local old = nginx:workers()
    for _ = 1, 3 do
      local connections = open_requests(nginx.port, "/send", 60)
      -- what is not accepted yet when a worker shuts down is answered by the new ones
      nginx:signal("reload")
      for _, answer in ipairs(read_all(connections)) do assert.matches("accepted %d+", answer) end
    end
    for _, pid in ipairs(old) do assert.is_true(nginxes.await_end(pid, 10)) end
    assert.is_true(nginx:stop("quit"))
    assert_clean(nginx.last_log)
  end)

  it("a graceful end answers what is under way", function()
    faults:reset()
    local nginx = start(faults:url("slow", "/400"))
    local connections = open_requests(nginx.port, "/send", 50)
    assert.is_true(await(function() return (faults:seen("slow").requests or 0) >= 50 end))
    assert.is_true(nginx:stop("quit"))
    for _, answer in ipairs(read_all(connections)) do assert.matches("accepted %d+", answer) end
    assert_clean(nginx.last_log)
  end)

  it("a stop with sends under way neither hangs nor crashes, and leaves no socket behind", function()
    faults:reset()
    local nginx = start(faults:url("hang"))
    local connections = open_requests(nginx.port, "/send", 20)
    assert.is_true(await(function() return (faults:seen("hang").requests or 0) >= 20 end))
    assert.is_true(nginx:stop("stop"))
    for _, connection in ipairs(connections) do connection:close() end
    assert_clean(nginx.last_log)
    local pipe = assert(io.popen("find ${TMPDIR:-/tmp} -maxdepth 1 -name 'vertexsms-*' -user nobody | wc -l"))
    assert.equal(0, tonumber(pipe:read("*a")))
    pipe:close()
  end)

  it("a request whose client goes away leaves its outcome in the log", function()
    faults:reset()
    local nginx = start(faults:url("slow", "/500"))
    nginx:get("/send") -- the dispatcher runs
    local connections = open_requests(nginx.port, "/abort", 1)
    assert.is_true(await(function() return (faults:seen("slow").requests or 0) >= 2 end))
    connections[1]:close()
    assert.is_true(await(function() return nginx:log():find("ended as ok, outcome accepted: %[\"1281532560") end))
    nginx:stop("quit")
  end)
end)
