-- What sends cost the other requests of an nginx worker: the latency of a small location, idle, while 500 sends are in
-- flight, while they end and start in bursts, and while blocking LuaSocket calls do the same.  `make bench` runs it; it
-- needs wrk.  Numbers depend on the machine: only the ratios of one run mean something.

local fault_servers = require("spec.support.faults")
local nginxes = require("spec.support.nginx")
local socket = require("socket")

local SECONDS, IN_FLIGHT = 4, 500

local HTTP = [[
  init_by_lua_block {
    vertexsms = require "vertexsms"
    client = vertexsms.safe.new {
      token = "token-of-the-benchmark", base_url = "$url", retry = false, concurrency = 1000,
    }
    MESSAGE = { to = "37069912345", from = "MyShop", message = "x" }
  }
]]

local SERVER = [[
  location = /ping { content_by_lua_block { ngx.say "pong" } }
  location = /send { content_by_lua_block { ngx.say(client:send(MESSAGE) and "ok" or "failed") } }
  location = /luasocket {
    content_by_lua_block {
      require("socket.http").request("$url/sms", '{"to":"37069912345","from":"MyShop","message":"x"}')
      ngx.say "ok"
    }
  }
]]

local function run(command)
  local pipe = assert(io.popen(command))
  local output = pipe:read("*a")
  pipe:close()
  return output
end

local UNITS = { us = 0.001, ms = 1, s = 1000 }

local function latency_ms(output, percentile)
  local number, unit = output:match(percentile .. "%%%s+([%d.]+)(%a+)")
  return number and tonumber(number) * UNITS[unit] or 0 / 0
end

local function ping(nginx)
  return run(("wrk -t1 -c4 -d%d --timeout 30s --latency http://127.0.0.1:%d/ping"):format(SECONDS, nginx.port))
end

-- Keeps as many requests going as wrk has connections: they come, and end, in bursts.
local function ping_under_load(nginx, path, connections)
  local load = io.popen(("wrk -t1 -c%d -d%d --timeout 30s http://127.0.0.1:%d%s"):format(
    connections, SECONDS + 2, nginx.port, path))
  socket.select(nil, nil, 1)
  local output = ping(nginx)
  load:read("*a")
  load:close()
  return output
end

-- So many requests wait for their answers, and nothing else happens: the server answers none before wrk ends.
local function ping_in_flight(nginx, faults, path, connections)
  local load = io.popen(("wrk -t1 -c%d -d%d --timeout 30s http://127.0.0.1:%d%s"):format(
    connections, SECONDS + 3, nginx.port, path))
  repeat socket.select(nil, nil, 0.01) until (faults:seen("slow").requests or 0) >= connections
  local output = ping(nginx)
  assert(faults:seen("slow").requests == connections, "the answers came too soon")
  load:read("*a")
  load:close()
  return output
end

local faults = fault_servers.start()

local function start(delay_ms)
  faults:reset()
  local url = faults:url("slow", "/" .. delay_ms)
  local function with_url(text) return (text:gsub("%$url", url)) end
  return nginxes.start({ http = with_url(HTTP), server = with_url(SERVER) })
end

local nginx = start(SECONDS * 1000 + 5000)
local idle = ping(nginx)
local in_flight = ping_in_flight(nginx, faults, "/send", IN_FLIGHT)
nginx:stop("stop")
nginx = start(1000)
local bursts = ping_under_load(nginx, "/send", IN_FLIGHT)
local blocking = ping_under_load(nginx, "/luasocket", 1)
nginx:stop("stop")
faults:stop()

print("one worker, four pings at a time")
print(("%-52s %10s %10s %8s"):format("latency of /ping, ms", "p50", "p99", "p99/idle"))
for _, row in ipairs({
  { "idle", idle },
  { ("%d sends in flight"):format(IN_FLIGHT), in_flight },
  { ("%d sends in flight, ending and starting in bursts"):format(IN_FLIGHT), bursts },
  { "one blocking LuaSocket call after the other", blocking },
}) do
  print(("%-52s %10.2f %10.2f %8.1f"):format(row[1], latency_ms(row[2], "50"), latency_ms(row[2], "99"),
    latency_ms(row[2], "99") / latency_ms(idle, "99")))
end
