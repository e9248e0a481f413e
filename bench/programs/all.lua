-- Many sends in flight by client:all.

local setup = require("bench.programs.setup")

local client = setup.client({ host = "blocking", concurrency = setup.in_flight })

setup.measure(function(sends)
  local items = {}
  for i = 1, sends do items[i] = { "send", setup.message } end
  for _, outcome in ipairs(client:all(items, { concurrency = setup.in_flight })) do
    if outcome.error then error(outcome.error, 0) end
  end
end)
