-- Counted: the given number of sends, one after the other, on the caller's thread.
--
--     LUA bench/guard/blocking.lua URL SENDS        prints the octets of garbage that a send leaves

local counted = require("bench.guard.counted")

local client = require("vertexsms").new({
  token = "token-of-the-benchmark", base_url = counted.url, retry = false, host = "blocking", max_idle = 60,
})

counted.run(function() client:send(counted.MESSAGE) end)
