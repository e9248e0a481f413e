-- Many sends in flight in a libuv loop: as many coroutines, each of which sends again and again.

local uv = require("luv")
local setup = require("bench.programs.setup")

local client = setup.client({ host = "luv", concurrency = setup.in_flight })

setup.measure(function(sends)
  local left = sends
  local function work()
    while left > 0 do
      left = left - 1
      client:send(setup.message)
    end
  end
  for _ = 1, setup.in_flight do coroutine.wrap(work)() end
  uv.run()
end)
