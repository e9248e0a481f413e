-- Counted: the given number of sends by client:submit, each through the I/O thread and back by client:update.
--
--     LUA bench/guard/tick.lua URL SENDS            prints the octets of garbage that a send leaves

local counted = require("bench.guard.counted")
local usage = require("benchusage")

local client = require("vertexsms").new({
  token = "token-of-the-benchmark", base_url = counted.url, retry = false, host = "tick", max_idle = 60,
})

counted.run(function()
  local ended, reason = false, nil
  client:submit("send", counted.MESSAGE, function(err) ended, reason = true, err end)
  client.engine:wait(10)
  client:update()
  assert(ended, "one update is enough")
  if reason then error(reason, 0) end
  usage.pause(counted.PAUSE_SECONDS)
end)
