--- What a delivery report costs in nginx: a location that only reads its body and answers OK, beside one that checks
-- the caller, parses, and hands each report over once.  Both in one nginx with one worker, every report a new one, over
-- connections that are kept and over one for each.  Ratios of one run on one machine; nothing here fails.
--
--     luajit bench/callback.lua            (LUA_PATH and LUA_CPATH as for the specs; needs nginx and wrk)

local nginxes = require("spec.support.nginx")

local SECONDS, CONNECTIONS = 8, 32
-- Requests in a block, a fifth of a second of the worker's time: what it has used is known to some milliseconds.
local BLOCKS = { ["keep-alive"] = 16000, close = 6000 }

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
  keepalive_requests 1000000;
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

-- What wrk runs: blocks of requests to one location and to the other, in turns, because the machine's own speed drifts
-- by more than the difference that is measured.  After each block it writes down what the worker has used by then: the
-- first field of proc(5)'s schedstat, nanoseconds on the processor.  Reports are of different messages, as a busy
-- account gets them, and every request has the header that a proxy would add.
local SCRIPT = [[
  local count, block = 0, nil

  function init(args)
    paths, schedstat, log = { "/read", args[1] }, "/proc/" .. args[2] .. "/schedstat", assert(io.open(args[3], "w"))
    round, block, headers = args[4], tonumber(args[6]), {
      ["Content-Type"] = "application/json", ["X-Forwarded-For"] = "178.33.133.200", Connection = args[5],
    }
  end

  local function end_block()
    local file = assert(io.open(schedstat))
    log:write(file:read("*n"), "\n")
    log:flush()
    file:close()
  end

  function request()
    if count % block == 0 then end_block() end
    local path = paths[math.floor(count / block) % 2 + 1]
    count = count + 1
    return wrk.format("POST", path, headers,
      ('{"id":"%s%09d","status":"1","error":0,"mcc":"246","mnc":"021"}'):format(round, count))
  end
]]

local PATHS = { "/address", "/proxy", "/secret?secret=0123456789abcdef" }

local function run(command)
  local pipe = assert(io.popen(command))
  local output = pipe:read("*a")
  pipe:close()
  return output
end

local function median(list)
  table.sort(list)
  return list[math.ceil(#list / 2)]
end

local function read_numbers(path)
  local numbers = {}
  for line in io.lines(path) do numbers[#numbers + 1] = tonumber(line) end
  return numbers
end

local round = 1000

-- Each block of the location is set against those of /read before and after it; the first blocks warm up.
local function compare(nginx, script, path, connection)
  local log = os.tmpname()
  round = round + 1
  local output = run(("wrk -t1 -c%d -d%d -s %s http://127.0.0.1:%d -- '%s' %d %s %d %s %d 2>&1"):format(CONNECTIONS,
    SECONDS, script, nginx.port, path, nginx:workers()[1], log, round, connection, BLOCKS[connection]))
  assert(output:find("requests in", 1, true) and not output:find("Non-2xx", 1, true), output)
  local used, ratios = read_numbers(log), {}
  os.remove(log)
  for i = 2, #used - 2, 2 do
    local before, during, after = used[i] - used[i - 1], used[i + 1] - used[i], used[i + 2] - used[i + 1]
    ratios[#ratios + 1] = 2 * during / (before + after)
  end
  assert(ratios[1], "too slow a machine for blocks of so many requests")
  local name = path:gsub("%?.*", "")
  print(("%-12s %-12s %8.2f   of %d"):format(connection, name, median(ratios), #ratios))
end

local nginx = nginxes.start({ workers = 1, http = HTTP, server = SERVER })
local script = os.tmpname()
local file = assert(io.open(script, "w"))
file:write(SCRIPT)
file:close()
print(("%-12s %-12s %8s"):format("connections", "location", "times the worker's time of /read; median"))
for _, connection in ipairs({ "keep-alive", "close" }) do
  for _, path in ipairs(PATHS) do compare(nginx, script, path, connection) end
end
local _, handled = nginx:get("/count")
print(handled .. " reports handed over, each once")
nginx:stop()
os.remove(script)
