--- What a delivery report costs in nginx: a location that only reads its body and answers OK, beside one that checks
-- the caller, parses, and hands each report over once.  Both in one nginx with one worker, in turns, every report a new
-- one.  Ratios of one run on one machine; nothing here fails.
--
--     luajit bench/callback.lua            (LUA_PATH and LUA_CPATH as for the specs; needs nginx and wrk)

local nginxes = require("spec.support.nginx")

local ROUNDS, SECONDS, CONNECTIONS = 7, 2, 32

local HTTP = [[
  lua_shared_dict reports 32m;
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
  function init(args) round = args[1] end
  function request()
    count = count + 1
    return wrk.format("POST", nil, { ["Content-Type"] = "application/json" },
      ('{"id":"%s%d%09d","status":"1","error":0,"mcc":"246","mnc":"021"}'):format(round, number, count))
  end
]]

local function run(command)
  local pipe = assert(io.popen(command))
  local output = pipe:read("*a")
  pipe:close()
  return output
end

-- Clock ticks of user and system time: fields 14 and 15 of proc(5)'s stat.
local function cpu_ticks(pid)
  local stat = run(("cat /proc/%d/stat"):format(pid)):match("%) (.*)$")
  local fields = {}
  for field in stat:gmatch("%S+") do fields[#fields + 1] = field end
  return fields[12] + fields[13]
end

local function measure(nginx, script, path, round)
  local pid = nginx:workers()[1]
  local before = cpu_ticks(pid)
  local output = run(("wrk -t1 -c%d -d%d -s %s 'http://127.0.0.1:%d%s' -- %d 2>&1"):format(CONNECTIONS, SECONDS,
    script, nginx.port, path, round))
  local requests = tonumber(output:match("(%d+) requests in"))
  assert(requests and not output:find("Non-2xx", 1, true), output)
  local ticks = tonumber((run("getconf CLK_TCK")))
  return requests / SECONDS, (cpu_ticks(pid) - before) / ticks / requests * 1e6
end

local function median(list)
  table.sort(list)
  return list[math.ceil(#list / 2)]
end

local PATHS = { "/read", "/address", "/proxy", "/secret?secret=0123456789abcdef" }

local function main()
  local nginx = nginxes.start({ workers = 1, http = HTTP, server = SERVER })
  local script = os.tmpname()
  local file = assert(io.open(script, "w"))
  file:write(SCRIPT)
  file:close()
  local rates, costs = {}, {}
  for round = 0, ROUNDS do -- the first one warms up
    for i, path in ipairs(PATHS) do
      local rate, cost = measure(nginx, script, path, 1000 + round * 10 + i)
      rates[path], costs[path] = rates[path] or {}, costs[path] or {}
      if round > 0 then
        rates[path][round], costs[path][round] = rate, cost
      end
    end
  end
  local _, handled = nginx:get("/count")
  nginx:stop()
  os.remove(script)
  print(("%-40s %10s %8s %16s %8s"):format("location", "req/s", "ratio", "worker us/req", "ratio"))
  local base_rate, base_cost = median(rates["/read"]), median(costs["/read"])
  for _, path in ipairs(PATHS) do
    local rate, cost = median(rates[path]), median(costs[path])
    print(("%-40s %10.0f %8.2f %16.2f %8.2f"):format(path:gsub("%?.*", ""), rate, base_rate / rate, cost,
      cost / base_cost))
  end
  print(handled .. " reports handed over, each once")
end

main()
