-- Submitted calls inside a real nginx that has few timers, or none, or ends: each is sent once, and its callback is
-- called or a line in the log says what became of it.

local await = require("spec.support.await")
local fault_servers = require("spec.support.faults")
local nginxes = require("spec.support.nginx")
local socket = require("socket")

-- nginx has its own LuaJIT, whatever runs the spec: once is enough.
if require("spec.support.process").lua() ~= "luajit" then return end

local HTTP = [[
  init_by_lua_block {
    vertexsms = require "vertexsms"
    client = vertexsms.safe.new {
      token = "token-of-the-queue-spec", base_url = "$url", retry = $retry, timeout = 20, on_response = $hook,
    }
    MESSAGE = { to = "37069912345", from = "MyShop", message = "x" }
    called = 0
    function submit(count, after)
      for _ = 1, count do
        client:submit("send", MESSAGE, function(err, sent)
          called = called + 1
          ngx.log(ngx.NOTICE, "called back: ", sent and "accepted" or tostring(err))
          if after then after() end
        end)
      end
    end
    -- As many timers as there are, until the application gives them back.
    function occupy(count)
      for _ = 1, count do
        ngx.timer.at(0, function()
          while not free and not ngx.worker.exiting() do ngx.sleep(0.01) end
        end)
      end
    end
  }
]]

local SERVER = [[
  location = /occupy { content_by_lua_block { occupy(tonumber(ngx.var.arg_count)) ngx.sleep(0.05) ngx.say "ok" } }
  location = /free { content_by_lua_block { free = true ngx.say "ok" } }
  location = /submit { content_by_lua_block { submit(tonumber(ngx.var.arg_count)) ngx.say "submitted" } }
  location = /submit-in-log { content_by_lua_block { ngx.say "ok" } log_by_lua_block { submit(1) } }
  location = /logged { content_by_lua_block { ngx.say "ok" } log_by_lua_block { logged = true } }
  location = /exits {
    content_by_lua_block { submit(tonumber(ngx.var.arg_count), function() ngx.exit(200) end) ngx.say "submitted" }
  }
  location = /send {
    content_by_lua_block {
      local sent, err = client:send(MESSAGE)
      ngx.say(sent and "accepted" or tostring(err))
    }
  }
  location = /kill-all {
    content_by_lua_block {
      local thread = ngx.thread.spawn(function()
        if ngx.var.arg_many then
          client:send_many({ MESSAGE, MESSAGE, MESSAGE }, { batch_size = 1 })
        else
          client:all({ { "send", MESSAGE }, { "send", MESSAGE }, { "send", MESSAGE } }, { concurrency = 1 })
        end
        for _ = 1, 3 do ngx.log(ngx.NOTICE, "told the thread") end
      end)
      ngx.sleep(tonumber(ngx.var.arg_after))
      ngx.thread.kill(thread)
      ngx.say "killed"
    }
  }
  location = /kill-many {
    content_by_lua_block {
      local list = {}
      for i = 1, 60 do list[i] = { "send", MESSAGE } end
      local thread = ngx.thread.spawn(function()
        for _ in ipairs(client:all(list, { concurrency = 20 })) do ngx.log(ngx.NOTICE, "told the thread") end
      end)
      ngx.sleep(tonumber(ngx.var.arg_after))
      ngx.thread.kill(thread)
      thread = nil
      if ngx.var.arg_collect then collectgarbage() collectgarbage() end
      ngx.say "killed"
    }
  }
  location = /kill {
    content_by_lua_block {
      local thread = ngx.thread.spawn(function()
        submit(tonumber(ngx.var.arg_submits or 0))
        client:send(MESSAGE)
        ngx.log(ngx.NOTICE, "told the thread")
        ngx.sleep(tonumber(ngx.var.arg_submits and 10 or 0))
      end)
      ngx.sleep(tonumber(ngx.var.arg_after))
      ngx.thread.kill(thread)
      ngx.say "killed"
    }
  }
]]

-- A client with a hook has only the complete way of a send, see lua/vertexsms/request/plain.lua.
local HOOKS = { plain = "nil", complete = "function() end" }

local function http_for(url, options)
  local values = { url = url, retry = options.retry or "false", hook = HOOKS[options.way or "plain"] }
  return (HTTP:gsub("%$(%l+)", values))
end

local function count(text, what)
  return select(2, text:gsub(what, ""))
end

describe("inside nginx, submitted calls", function()
  local faults, scenario

  local function start(options)
    local url = faults:url(options.scenario or "ok", options.prefix)
    scenario = options.scenario or "ok"
    local http = http_for(url, options)
    return nginxes.start({
      main = options.main, workers = options.workers, http = http .. (options.http or ""), server = SERVER,
    })
  end

  local function requests() return faults:seen(scenario).requests or 0 end

  local function called(nginx) return count(nginx:log(), "called back") end

  local function unread(log) return count(log, "the light thread that waited has gone") end

  setup(function() faults = fault_servers.start() end)
  before_each(function() faults:reset() end)
  teardown(function()
    nginxes.stop_all()
    faults:stop()
  end)

  it("go on when the application has many of nginx's timers", function()
    local nginx = start({ http = "lua_max_running_timers 24;", scenario = "slow", prefix = "/20" })
    nginx:get("/occupy?count=20")
    nginx:get("/submit?count=90")
    assert.is_true(await(function() return called(nginx) == 90 end), called(nginx))
    assert.equal(90, requests())
    assert.is_true(nginx:stop("quit"))
    assert.equal(90, count(nginx.last_log, "called back: accepted"))
  end)

  it("go on when nginx refuses timers", function()
    local nginx = start({ http = "lua_max_pending_timers 4;" })
    nginx:get("/submit?count=90")
    assert.is_true(await(function() return called(nginx) == 90 end), called(nginx))
    assert.equal(90, requests())
    assert.is_true(nginx:stop("quit"))
  end)

  it("are made by the next call when the application has all timers, and called back when there are some", function()
    local nginx = start({ http = "lua_max_running_timers 8;" })
    nginx:get("/occupy?count=8")
    nginx:get("/submit?count=90")
    assert.is_true(await(function()
      assert.equal("accepted\n", select(2, nginx:get("/send")))
      return requests() >= 91
    end))
    local calls = requests()
    assert.is_true(await(function() return requests() == calls end))
    assert.equal(0, called(nginx))
    assert.matches("nginx has no timer left", nginx:log())
    nginx:get("/free")
    assert.is_true(await(function()
      nginx:get("/send")
      return called(nginx) == 90
    end), called(nginx))
    assert.is_true(nginx:stop("quit"))
    assert.equal(90, count(nginx.last_log, "called back: accepted"))
  end)

  it("are told to the log at the end when there never was a timer or a call", function()
    local nginx = start({ http = "lua_max_running_timers 8;" })
    nginx:get("/occupy?count=8")
    for _ = 1, 5 do nginx:get("/submit-in-log") end
    assert.is_true(nginx:stop("stop"))
    assert.equal(0, requests())
    assert.matches("5 submitted calls were never started, outcome not_sent", nginx.last_log)
  end)

  it("are made by the request that submits them when the application has all timers", function()
    local nginx = start({ http = "lua_max_running_timers 8;" })
    nginx:get("/occupy?count=8")
    nginx:get("/submit?count=50")
    assert.is_true(await(function() return requests() == 50 end))
    assert.equal(0, called(nginx))
    assert.is_true(nginx:stop("quit"))
    assert.equal(50, requests())
    local not_called = count(nginx.last_log, "a callback was not called: accepted")
    assert.equal(50, count(nginx.last_log, "called back: accepted") + not_called)
  end)

  -- nginx uses a light thread that has ended for another one, and never ends a request in which one was killed that had
  -- light threads of its own.
  it("do not keep a request whose light thread is killed", function()
    local nginx = start({ http = "lua_max_running_timers 8;", scenario = "slow", prefix = "/5" })
    for i = 1, 40 do
      assert.equal("killed\n", select(2, nginx:get("/kill?submits=1&after=" .. 0.002 * (i % 8))))
    end
    faults:reset()
    nginx:get("/occupy?count=8")
    for _ = 1, 20 do nginx:get("/submit-in-log") end
    for _ = 1, 3 do assert.equal("killed\n", select(2, nginx:get("/kill?after=0.1&submits=5"))) end
    assert.is_true(await(function()
      nginx:get("/send")
      return requests() >= 35 + 4
    end))
    assert.is_true(nginx:stop("quit"))
  end)

  it("go on when the callbacks that end their timers have the last ones", function()
    local nginx = start({ http = "lua_max_running_timers 8;", scenario = "slow", prefix = "/5" })
    nginx:get("/occupy?count=6")
    nginx:get("/exits?count=60")
    assert.is_true(await(function() return called(nginx) == 60 end), called(nginx))
    assert.equal(60, requests())
    assert.is_true(nginx:stop("quit"))
  end)

  it("are sent at a graceful end, too, when the application had all timers until then", function()
    local nginx = start({ http = "lua_max_running_timers 8;" })
    nginx:get("/occupy?count=8")
    nginx:get("/submit?count=50")
    nginx:get("/send")
    assert.is_true(await(function() return requests() >= 51 end))
    assert.is_true(nginx:stop("quit"))
    assert.equal(51, requests())
    local not_called = count(nginx.last_log, "a callback was not called: accepted")
    assert.equal(50, count(nginx.last_log, "called back") + not_called)
  end)

  it("lose nothing when callbacks end with ngx.exit", function()
    local nginx = start({ scenario = "slow", prefix = "/10" })
    nginx:get("/exits?count=400")
    assert.is_true(await(function() return called(nginx) == 400 end), called(nginx))
    assert.equal(400, requests())
    assert.is_true(nginx:stop("quit"))
  end)

  it("lose nothing across reloads with calls queued, and at a graceful end", function()
    local nginx = start({ workers = 2, scenario = "slow", prefix = "/50" })
    for _ = 1, 3 do
      for _ = 1, 4 do nginx:get("/submit?count=150") end
      local old = nginx:workers()
      nginx:signal("reload")
      for _, pid in ipairs(old) do assert.is_true(nginxes.await_end(pid, 20)) end
    end
    nginx:get("/submit?count=300")
    assert.is_true(nginx:stop("quit"))
    assert.equal(2100, requests())
    assert.equal(2100, count(nginx.last_log, "called back: accepted"))
    assert.not_matches("%[alert%]", nginx.last_log)
  end)

  it("are told to the log when nginx is stopped in the middle", function()
    local nginx = start({ scenario = "hang" })
    nginx:get("/submit?count=130")
    assert.is_true(await(function() return requests() >= 100 end))
    assert.is_true(nginx:stop("stop"))
    assert.equal(100, unread(nginx.last_log))
    assert.equal(100, count(nginx.last_log, "ended as closed, outcome unknown"))
    assert.matches("30 submitted calls were never started, outcome not_sent", nginx.last_log)
    assert.not_matches("exited on signal", nginx.last_log)
  end)
end)

for way in pairs(HOOKS) do describe(("inside nginx, a %s send whose light thread is killed"):format(way), function()
  local faults

  setup(function() faults = fault_servers.start() end)
  teardown(function()
    nginxes.stop_all()
    faults:stop()
  end)

  local function start(url, options)
    options = options or {}
    options.way = way
    return nginxes.start({
      workers = options.workers, main = options.main, http = http_for(url, options) .. (options.http or ""),
      server = SERVER,
    })
  end

  -- How often a light thread or the log was told what became of a send.
  local function known(log)
    return count(log, "the light thread that waited has gone") + count(log, "told the thread")
  end

  -- The garbage collector finds it, too, but takes minutes where so much lives in the VM.
  it("in the turn in which its answer arrives, is logged soon", function()
    faults:reset()
    local nginx = start(faults:url("ok"), { http = [[
      init_worker_by_lua_block { ballast = {} for i = 1, 1000000 do ballast[i] = { i } end }
    ]] })
    nginx:get("/send")
    for i = 1, 60 do nginx:get("/kill?after=" .. 0.001 * (i % 4)) end
    assert.is_true(await(function() return faults:seen("ok").requests == 61 end), "each was sent")
    assert.is_true(await(function() return known(nginx:log()) == 60 end), known(nginx:log()))
    nginx:stop("quit")
    assert.equal(60, known(nginx.last_log))
  end)

  it("at any time, reloads among them, is told or logged, and not both", function()
    faults:reset()
    local nginx = start(faults:url("slow", "/8"), { workers = 2 })
    for i = 1, 120 do
      nginx:get("/kill?after=" .. 0.002 * (i % 8))
      if i % 30 == 0 then nginx:signal("reload") end
    end
    assert.is_true(nginx:stop("quit"))
    assert.equal(120, faults:seen("slow").requests)
    assert.equal(120, known(nginx.last_log))
    assert.not_matches("%[error%]", nginx.last_log)
  end)

  it("among those of client:all and client:send_many, is told or logged, those too that had ended before", function()
    faults:reset()
    local nginx = start(faults:url("slow", "/50"))
    for i = 0, 9 do
      nginx:get("/kill-all?after=" .. 0.02 * i)
      nginx:get("/kill-all?many=yes&after=" .. 0.02 * i)
    end
    assert.is_true(nginx:stop("quit"))
    assert.equal(faults:seen("slow").requests, known(nginx.last_log))
    assert.matches("call had ended, outcome accepted: %[?\"?1281532560", nginx.last_log)
    assert.not_matches("%[error%]", nginx.last_log)
  end)

  -- The ballast keeps the collector from being first.
  it("among many of client:all, is told or logged, by the dispatcher and by the collector", function()
    faults:reset()
    local nginx = start(faults:url("slow", "/20"), { http = [[
      init_worker_by_lua_block { ballast = {} for i = 1, 1000000 do ballast[i] = { i } end }
    ]] })
    for i = 0, 11 do nginx:get("/kill-many?after=" .. 0.007 * i) end
    local by_dispatcher = way == "plain" and 200 or 0
    assert.is_true(await(function() return known(nginx:log()) >= by_dispatcher end), known(nginx:log()))
    for i = 0, 11 do nginx:get("/kill-many?collect=yes&after=" .. 0.007 * i) end
    assert.is_true(nginx:stop("quit"))
    assert.equal(faults:seen("slow").requests, known(nginx.last_log))
    assert.not_matches("%[error%]", nginx.last_log)
  end)

  it("when it was about to end in an error, is told or logged, and not both", function()
    faults:reset()
    local nginx = start(faults:url("status", "/500"))
    for i = 1, 30 do nginx:get("/kill?after=" .. 0.001 * (i % 4)) end
    assert.is_true(nginx:stop("quit"))
    assert.equal(30, known(nginx.last_log))
  end)

  it("between two attempts, is logged at the latest when the worker ends", function()
    local retry = "{ base = 60, max_wait = 60, random = function() return 0.1 end }"
    local nginx = start(faults:url("status", "/429"), { retry = retry })
    nginx:get("/kill?after=0.3")
    assert.is_true(nginx:stop("quit"))
    assert.matches("its call was about to be repeated, outcome rejected", nginx.last_log)
  end)

  it("by worker_shutdown_timeout, is logged", function()
    faults:reset()
    local nginx = start(faults:url("slow", "/2500"), { main = "worker_shutdown_timeout 1s;" })
    local connections = {}
    for i = 1, 20 do
      connections[i] = assert(socket.connect("127.0.0.1", nginx.port))
      connections[i]:send("GET /send HTTP/1.0\r\nHost: x\r\n\r\n")
    end
    assert.is_true(await(function() return (faults:seen("slow").requests or 0) >= 20 end))
    assert.is_true(nginx:stop("quit"))
    for _, connection in ipairs(connections) do connection:close() end
    local gone = "the light thread that waited has gone: its request ended as closed, outcome unknown"
    assert.equal(20, count(nginx.last_log, gone))
    assert.not_matches("%[error%]", nginx.last_log)
  end)

  -- What ngx.log took for its request then was freed memory, and a worker could crash with the rest untold.
  it("at the end of a worker, is logged without the request that log_by_lua was in", function()
    faults:reset()
    local nginx = start(faults:url("slow", "/2500"))
    nginx:get("/submit-in-log")
    assert.is_true(await(function() return (faults:seen("slow").requests or 0) == 1 end))
    nginx:get("/logged")
    nginx:stop("stop")
    assert.equal(1, count(nginx.last_log, "the light thread that waited has gone"))
    assert.not_matches("the light thread that waited has gone[^\n]*client: ", nginx.last_log)
  end)
end) end
