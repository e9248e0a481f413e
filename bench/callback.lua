--- What a delivery report costs in nginx: a location that only reads its body and answers OK, beside one that checks
-- the caller, parses, and hands each report over once.  Both in one nginx with one worker, in turns, every report a new
-- one, over connections that are kept and over one for each.  Ratios of one run on one machine; nothing here fails.
--
--     luajit bench/callback.lua            (LUA_PATH and LUA_CPATH as for the specs; needs nginx and wrk)

local nginxes = require("spec.support.nginx")

local ROUNDS, SECONDS, CONNECTIONS = 11, 1, 32

local HTTP = [[
  lua_shared_dict reports 1m;
  init_by_lua_block {
    local callback = require "vertexsms.callback"
    serve, count = callback.nginx, 0
    local function on_report() count = count + 1 end
    by_address = callback.handler { allow_loopback = true, store = "reports", on_report = on_report }
    by_proxy = callback.handler {
      allow_loopback = true, trusted_proxies = { "127.0.0.1" }, store = "reports", on_report = on_report,
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

-- Reports of different messages, as a busy account gets them.  Every request has the header that a proxy would add.
local SCRIPT = [[
  local count = 0
  function init(args) round, connection = args[1], args[2] end
  function request()
    count = count + 1
    local headers = {
      ["Content-Type"] = "application/json", ["X-Forwarded-For"] = "178.33.133.200", Connection = connection,
    }
    return wrk.format("POST", nil, headers,
      ('{"id":"%s%09d","status":"1","error":0,"mcc":"246","mnc":"021"}'):format(round, count))
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

local function least(list)
  table.sort(list)
  return list[1]
end

local PATHS = { "/address", "/proxy", "/secret?secret=0123456789abcdef" }

local round_number = 1000

local function measure_next(nginx, script, path, connection)
  round_number = round_number + 1
  return measure(nginx, script, path, connection, round_number)
end

-- Other work on the machine only ever adds, and each measurement is set against those just before and after: `median`
-- is that of these ratios, `least` what is left when nothing was in the way, the cheapest of all against the cheapest.
local function compare(nginx, script, connection)
  print(("%-12s %28s %32s"):format(connection, "requests/s, times fewer", "worker's us/request, times more"))
  print(("%-12s %12s %15s %16s %7s %7s"):format("", "median", "median", "median", "median", "least"))
  for _, path in ipairs(PATHS) do
    local rates, costs, base_costs, rate_ratios, cost_ratios = {}, {}, {}, {}, {}
    measure_next(nginx, script, path, connection) -- warms up
    local base_rate, base_cost = measure_next(nginx, script, "/read", connection)
    for round = 1, ROUNDS do
      local rate, cost = measure_next(nginx, script, path, connection)
      local next_rate, next_cost = measure_next(nginx, script, "/read", connection)
      rates[round], costs[round], base_costs[round] = rate, cost, next_cost
      rate_ratios[round] = (base_rate + next_rate) / 2 / rate
      cost_ratios[round] = cost / ((base_cost + next_cost) / 2)
      base_rate, base_cost = next_rate, next_cost
    end
    local name = path:gsub("%?.*", "")
    print(("%-12s %12.0f %15.2f %16.2f %7.2f %7.2f"):format(name, median(rates), median(rate_ratios),
      median(costs), median(cost_ratios), least(costs) / least(base_costs)))
  end
end

local nginx = nginxes.start({ workers = 1, http = HTTP, server = SERVER })
local script = os.tmpname()
local file = assert(io.open(script, "w"))
file:write(SCRIPT)
file:close()
compare(nginx, script, "keep-alive")
compare(nginx, script, "close")
local _, handled = nginx:get("/count")
print(handled .. " reports handed over, each once")
nginx:stop()
os.remove(script)
