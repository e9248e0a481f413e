--- What sends cost the other requests of an nginx worker: the latency of a small location, idle, and while 500 sends
-- wait for a service that answers after a second. Pings leave by the clock (see bench/programs/ping.c).

local command = require("bench.harness.command")
local pinned = require("bench.harness.pinned")
local rounds = require("bench.harness.rounds")

local SECONDS, RATE, IN_FLIGHT, ROUNDS = 2, 400, 500, 2

local HTTP = [[
  init_by_lua_block {
    client = require("vertexsms").safe.new {
      token = "token-of-the-benchmark", base_url = "$url", host = "nginx", retry = false, concurrency = 1000,
    }
    MESSAGE = { to = "37069912345", from = "MyShop", message = "x" }
  }
  keepalive_requests 100000000;
]]

local SERVER = [[
  location = /ping { content_by_lua_block { ngx.print "pong" } }
  location = /ours { content_by_lua_block { ngx.print(assert(client:send(MESSAGE)).id) } }
  location = /cosocket {
    content_by_lua_block { ngx.print(require("bench.programs.cosocket").send("$url", MESSAGE)[1]) }
  }
  location = /luasocket {
    content_by_lua_block {
      require("socket.http").request("$url/sms", '{"to":"37069912345","from":"MyShop","message":"x"}')
      ngx.print "ok"
    }
  }
]]

local LOADS = {
  { what = "idle" },
  { what = "cosocket HTTP", path = "/cosocket", connections = IN_FLIGHT },
  { what = "one blocking LuaSocket call after the other", path = "/luasocket", connections = 1 },
}

local OURS = { path = "/ours", connections = IN_FLIGHT }

-- Pings while wrk keeps that many sends going; the first ones only after the sends have begun.
local function ping(nginx, load)
  local ping_command = command.compiled("ping", nginx.port, "/ping", SECONDS, RATE)
  if not load.path then return command.measure(ping_command, command.SERVICE) end
  local both = [[sh -c "wrk -t1 -c%d -d%d --timeout 30s http://127.0.0.1:%d%s >/dev/null & sleep 1.5; %s; wait"]]
  return command.measure(both:format(load.connections, SECONDS + 2, nginx.port, load.path, ping_command),
    command.SERVICE)
end

local function p99(numbers) return numbers.p99 end

local function run(bench)
  local values = { url = bench.service.url .. "/slow" }
  local options = { http = HTTP:gsub("%$(%l+)", values), server = SERVER:gsub("%$(%l+)", values) }
  local nginx = pinned.start(options, command.CLIENT)
  local cases = { { run = function() return ping(nginx, OURS) end } }
  for i, load in ipairs(LOADS) do cases[i + 1] = { run = function() return ping(nginx, load) end } end
  local samples, rows = rounds.alternate(math.min(bench.rounds, ROUNDS), cases), {}
  nginx:stop("stop")
  for i, load in ipairs(LOADS) do
    rows[i] = {
      what = ("/ping p99 beside %d slow sends"):format(IN_FLIGHT), lua = "luajit", unit = "ms", against = load.what,
      ours = rounds.figure(samples[1], p99), theirs = rounds.figure(samples[i + 1], p99),
      ratio = rounds.ratio(samples[1], samples[i + 1], p99),
    }
  end
  return rows
end

return { { name = "ping", run = run } }
