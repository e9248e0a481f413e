--- What a send takes of an nginx worker: the processor time of its main thread, and of all its threads, over that of a
-- location that does nothing. Beside it the same send by a cosocket: lua-resty-http where that is installed, else
-- bench/programs/cosocket.lua, which is shorter than it, does less, and takes half of its time.

local command = require("bench.harness.command")
local pinned = require("bench.harness.pinned")
local rounds = require("bench.harness.rounds")

local SECONDS, CONNECTIONS = 1, 50

local HTTP = [[
  init_by_lua_block {
    client = require("vertexsms").safe.new {
      token = "token-of-the-benchmark", base_url = "$url", host = "nginx", retry = false,
    }
    MESSAGE = { to = "37069912345", from = "MyShop", message = "Your code is 4815" }
  }
  keepalive_requests 100000000;
]]

local SERVER = [[
  location = /nothing { content_by_lua_block { ngx.print "ok" } }
  location = /ours { content_by_lua_block { ngx.print(assert(client:send(MESSAGE)).id) } }
  location = /theirs { content_by_lua_block { ngx.print(require("bench.programs.$peer").send("$url", MESSAGE)[1]) } }
]]

-- The first field of proc(5)'s schedstat: nanoseconds on the processor.
local function used(pid)
  local own, all
  local text = command.must(("grep -H . /proc/%d/task/*/schedstat"):format(pid))
  for thread, ns in text:gmatch("/task/(%d+)/schedstat:(%d+)") do
    if tonumber(thread) == pid then own = tonumber(ns) end
    all = (all or 0) + tonumber(ns)
  end
  return own, all
end

local function run_wrk(nginx, location)
  local output = command.must(("taskset -c %s wrk -t1 -c%d -d%d http://127.0.0.1:%d%s"):format(command.SERVICE,
    CONNECTIONS, SECONDS, nginx.port, location))
  if output:find("Non-2xx", 1, true) then error(output .. nginx:log():sub(-1000), 0) end
  return tonumber(output:match("(%d+) requests in"))
end

local function measure(nginx, location)
  local pid = nginx.worker
  local own, all = used(pid)
  local requests = run_wrk(nginx, location)
  local own_after, all_after = used(pid)
  return { main = (own_after - own) / requests / 1e3, all = (all_after - all) / requests / 1e3 }
end

-- Round by round, without what a location costs that does nothing.
local function over_nothing(samples, nothing)
  local over = {}
  for i, numbers in ipairs(samples) do
    over[i] = { main = numbers.main - nothing[i].main, all = numbers.all - nothing[i].all }
  end
  return over
end

local function new_row(what, peer, goal, ours, theirs, figure)
  return {
    what = what, lua = "luajit", unit = "µs", against = peer, goal = goal, ours = rounds.figure(ours, figure),
    theirs = rounds.figure(theirs, figure), ratio = rounds.ratio(ours, theirs, figure),
  }
end

local function run(bench)
  local peer = command.has_module("luajit", "resty.http") and "resty_http" or "cosocket"
  local values = { url = bench.service.url, peer = peer }
  local options = { http = HTTP:gsub("%$(%l+)", values), server = SERVER:gsub("%$(%l+)", values) }
  local nginx = pinned.start(options, command.CLIENT)
  local cases = {}
  for i, location in ipairs({ "/nothing", "/ours", "/theirs" }) do
    run_wrk(nginx, location)
    cases[i] = { run = function() return measure(nginx, location) end }
  end
  local samples = rounds.alternate(bench.rounds, cases)
  nginx:stop("stop")
  local ours, theirs = over_nothing(samples[2], samples[1]), over_nothing(samples[3], samples[1])
  peer = peer == "cosocket" and "cosocket HTTP" or "lua-resty-http"
  return {
    new_row("nginx main thread per send", peer, "<= 0.4", ours, theirs, function(numbers) return numbers.main end),
    new_row("nginx all threads per send", peer, "<= 1.0", ours, theirs, function(numbers) return numbers.all end),
  }
end

return { { name = "nginx", run = run } }
