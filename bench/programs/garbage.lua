-- What a send leaves to the garbage collector: octets of Lua memory, with the collector stopped. BENCH_HOST says how
-- it is sent.

local setup = require("bench.programs.setup")
local ticking = require("bench.programs.ticking")

local host = os.getenv("BENCH_HOST")
local client = setup.client({ host = host })

local send = {}

function send.blocking(sends)
  for _ = 1, sends do client:send(setup.message) end
end

function send.tick(sends) ticking.send(client, sends, setup.in_flight) end

send[host](setup.sends)
collectgarbage()
collectgarbage("stop")
local before = collectgarbage("count")
send[host](setup.sends)
print(("sends=%d garbage=%.3f"):format(setup.sends, (collectgarbage("count") - before) * 1024 / setup.sends))
