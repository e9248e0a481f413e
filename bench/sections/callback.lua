--- What a delivery report costs in nginx: a location that only reads its body and answers OK, beside one that checks
-- the caller, parses, and hands each report over once. Both in one nginx with one worker, every report a new one, over
-- connections that are kept and over one for each.

local command = require("bench.harness.command")
local pinned = require("bench.harness.pinned")
local rounds = require("bench.harness.rounds")

local SECONDS, CONNECTIONS = 3, 32
-- Requests in a block, a tenth of a second of the worker's time or so: what it has used is known to some milliseconds.
local BLOCKS = { ["keep-alive"] = 8000, close = 3000 }

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
-- by more than the difference that is measured. After each block it writes down what the worker has used by then: the
-- first field of proc(5)'s schedstat, nanoseconds on the processor. Reports are of different messages, as a busy
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

local function read_numbers(path)
  local numbers = {}
  for line in io.lines(path) do numbers[#numbers + 1] = tonumber(line) end
  return numbers
end

local round = 1000

-- Microseconds of each request in each block of the location, and in the two blocks of /read around it.
local function read_blocks(log, requests)
  local used, ours, theirs, ratios = read_numbers(log), {}, {}, {}
  for i = 2, #used - 2, 2 do
    local around = (used[i] - used[i - 1] + used[i + 2] - used[i + 1]) / 2
    local during = used[i + 1] - used[i]
    ours[#ours + 1], theirs[#theirs + 1] = during / requests / 1e3, around / requests / 1e3
    ratios[#ratios + 1] = during / around
  end
  assert(ratios[1], "too slow a machine for blocks of that many requests")
  return rounds.summary(ours), rounds.summary(theirs), rounds.summary(ratios)
end

local function compare(nginx, script, path, connection)
  local log = os.tmpname()
  round = round + 1
  local run = "taskset -c %s wrk -t1 -c%d -d%d -s %s http://127.0.0.1:%d -- '%s' %d %s %d %s %d"
  local output = command.must(run:format(
    command.SERVICE, CONNECTIONS, SECONDS, script, nginx.port, path, nginx.worker, log, round, connection,
    BLOCKS[connection]))
  assert(output:find("requests in", 1, true) and not output:find("Non-2xx", 1, true), output)
  local ours, theirs, ratio = read_blocks(log, BLOCKS[connection])
  os.remove(log)
  return {
    what = ("delivery report, %s, %s"):format(path:gsub("%?.*", ""), connection), lua = "luajit", unit = "µs",
    against = "a location that reads", ours = ours, theirs = theirs, ratio = ratio,
  }
end

local function run()
  local nginx = pinned.start({ workers = 1, http = HTTP, server = SERVER }, command.CLIENT)
  local script, rows = os.tmpname(), {}
  local file = assert(io.open(script, "w"))
  file:write(SCRIPT)
  file:close()
  for _, connection in ipairs({ "keep-alive", "close" }) do
    for _, path in ipairs(PATHS) do rows[#rows + 1] = compare(nginx, script, path, connection) end
  end
  nginx:stop("stop")
  os.remove(script)
  return rows
end

return { { name = "callback", run = run } }
