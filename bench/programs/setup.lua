--- What every measured Lua program begins and ends with: its arguments, a client, one line of numbers.
--
--     LUA bench/programs/NAME.lua URL SENDS IN_FLIGHT       (BENCH_CA_FILE: the authorities to trust)

local usage = require("benchusage")

local M = {
  url = arg[1],
  sends = tonumber(arg[2]),
  in_flight = tonumber(arg[3]),
  ca_file = os.getenv("BENCH_CA_FILE"),
  token = "token-of-the-benchmark",
  message = { to = "37069912345", from = "MyShop", message = "Your code is 4815" },
  --- The message as the library writes it.
  body = '{"from":"MyShop","message":"Your code is 4815","to":"37069912345"}',
}

--- The options that every client has, and these.
---@param options table
---@return table
function M.options(options)
  options.token, options.base_url, options.ca_file = M.token, M.url, M.ca_file
  options.retry = false
  return options
end

--- A client that raises.
---@param options table
---@return vertexsms.Client
function M.client(options)
  return require("vertexsms").new(M.options(options))
end

--- Prints what `run(sends)` used. A tenth is run first: connections are open and code is compiled then.
---@param run fun(sends: integer)
function M.measure(run)
  local started_kb = usage.peak_kb()
  run(math.floor(M.sends / 10) + M.in_flight)
  collectgarbage()
  local wall, cpu, thread = usage.wall(), usage.cpu(), usage.thread()
  run(M.sends)
  print(("sends=%d wall=%.6f cpu=%.6f thread=%.6f grown_kb=%d"):format(M.sends, usage.wall() - wall,
    usage.cpu() - cpu, usage.thread() - thread, usage.peak_kb() - started_kb))
end

return M
