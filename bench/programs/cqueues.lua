-- Many sends in flight in a cqueues loop: as many coroutines, each of which sends again and again.

local cqueues = require("cqueues")
local setup = require("bench.programs.setup")

local client = setup.client({ host = "cqueues", concurrency = setup.in_flight })

setup.measure(function(sends)
  local left, loop = sends, cqueues.new()
  for _ = 1, setup.in_flight do
    loop:wrap(function()
      while left > 0 do
        left = left - 1
        client:send(setup.message)
      end
    end)
  end
  assert(loop:loop())
end)
