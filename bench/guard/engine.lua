-- Counted: the given number of requests through the core's I/O thread, with a body that is there already.
--
--     LUA bench/guard/engine.lua URL SENDS          prints the octets of garbage that a send leaves

local core = require("vertexsms.core")
local counted = require("bench.guard.counted")
local usage = require("benchusage")

local REQUEST = { method = "POST", path = "/sms", body = counted.BODY }

local engine = assert(core.engine({ token = "token-of-the-benchmark", base_url = counted.url, max_idle = 60 }))

counted.run(function()
  local ticket = assert(engine:submit(REQUEST))
  engine:wait(10)
  assert(engine:collect() == ticket)
  assert(ticket:response().status == 200)
  usage.pause(counted.PAUSE_SECONDS)
end)
