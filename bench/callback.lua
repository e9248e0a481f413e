--- What a delivery report costs in nginx: a location that only reads its body and answers OK, beside one that checks
-- the caller, parses, and hands each report over once.  Both in one nginx with one worker, in turns, every report a new
-- one, over connections that are kept and over one for each.  Ratios of one run on one machine; nothing here fails.
--
--     luajit bench/callback.lua            (LUA_PATH and LUA_CPATH as for the specs; needs nginx and wrk)

local nginxes = require("spec.support.nginx")

local ROUNDS, SECONDS, CONNECTIONS = 7, 1, 32

local HTTP = [[
  lua_shared_dict reports 1m;
  init_by_lua_block {
    local callback = require "vertexsms.callback"
    serve, count = callback.nginx, 0
    local function on_report() count = count + 1 end
    by_address = callback.handler { allow_loopback = true, store = "reports", on_report = on_report }
    by_proxy = callback.handler {
      allow_loopback = true, trusted_proxies = { "10.0.0.0/8" }, store = "reports", on_report = on_report,
    }
    by_secret = callback.handler { secret = "0123456789abcdef", store = "reports", on_report = on_report }
  }
]]

local SERVER = [[
  client_body_buffer_size 64k;
  location = /count { content_by_lua_block { ngx.print(count) } }
  location = /read {
    content_by_lua_block {
      ngx.req.read_body()
      ngx.header["Content-Type"] = "text/plain"
      ngx.header["Content-Length"] = 2
      ngx.print("OK")
    }
  }
  location = /address { content_by_lua_block { serve(by_address) } }
  location = /proxy { content_by_lua_block { serve(by_proxy) } }
  location = /secret { content_by_lua_block { serve(by_secret) } }
]]

-- Reports of different messages, as a busy account gets them.
local SCRIPT = [[
  local thread_number = 0
  function setup(thread) thread:set("number", thread_number) thread_number = thread_number + 1 end
  local count = 0
  function init(args) round, connection = args[1], args[2] end
  function request()
    count = count + 1
    return wrk.format("POST", nil, { ["Content-Type"] = "application/json", Connection = connection },
      ('{"id":"%s%d%09d","status":"1","error":0,"mcc":"246","mnc":"021"}'):format(round, number, count))
  end
]]

local function run(command)
  local pipe = assert(io.popen(command))
  local output = pipe:read("*a")
  pipe:close()
  return output
end

-- Nanoseconds on the processor: the first field of proc(5)'s schedstat.
local function cpu_ns(pid)
  return tonumber(run(("cat /proc/%d/schedstat"):format(pid)):match("^%d+"))
end

local function measure(nginx, script, path, connection, round)
  local pid = nginx:workers()[1]
  local before = cpu_ns(pid)
  local output = run(("wrk -t1 -c%d -d%d -s %s 'http://127.0.0.1:%d%s' -- %d %s 2>&1"):format(CONNECTIONS, SECONDS,
    script, nginx.port, path, round, connection))
  local requests = tonumber(output:match("(%d+) requests in"))
  assert(requests and not output:find("Non-2xx", 1, true), output)
  return requests / SECONDS, (cpu_ns(pid) - before) / requests / 1e3
end

local function median(list)
  table.sort(list)
  return list[math.ceil(#list / 2)]
end

local PATHS = { "/read", "/address", "/proxy", "/secret?secret=0123456789abcdef" }

local function compare(nginx, script, connection, first)
  local rates, costs = {}, {}
  for _, path in ipairs(PATHS) do rates[path], costs[path] = {}, {} end
  for round = 0, ROUNDS do -- round 0 warms up
    for i, path in ipairs(PATHS) do
      rates[path][round], costs[path][round] = measure(nginx, script, path, connection, first + round * 10 + i)
    end
  end
  local base_rate, base_cost = median(rates["/read"]), median(costs["/read"])
  print(("%-20s %10s %8s %16s %8s"):format(connection, "req/s", "ratio", "worker us/req", "ratio"))
  for _, path in ipairs(PATHS) do
    local rate, cost = median(rates[path]), median(costs[path])
    print(("%-20s %10.0f %8.2f %16.2f %8.2f"):format(path:gsub("%?.*", ""), rate, base_rate / rate, cost,
      cost / base_cost))
  end
end

local nginx = nginxes.start({ workers = 1, http = HTTP, server = SERVER })
local script = os.tmpname()
local file = assert(io.open(script, "w"))
file:write(SCRIPT)
file:close()
compare(nginx, script, "keep-alive", 1000)
compare(nginx, script, "close", 2000)
local _, handled = nginx:get("/count")
print(handled .. " reports handed over, each once")
nginx:stop()
os.remove(script)
