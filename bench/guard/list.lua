-- Counted: the given number of lists, each of one batch.
--
--     LUA bench/guard/list.lua URL SENDS        prints the octets that a list leaves: its results, and garbage

local counted = require("bench.guard.counted")

local BATCH = 500

local client = require("vertexsms").new({
  token = "token-of-the-benchmark", base_url = counted.url, retry = false, host = "blocking", max_idle = 60,
  batch_size = BATCH,
})

local messages = {}
for i = 1, BATCH do
  messages[i] = { to = ("370699%05d"):format(i), from = counted.MESSAGE.from, message = counted.MESSAGE.message }
end

counted.run(function() client:send_many(messages) end)
