-- A worker of an outbox: as many messages as a service answers.
--
--     LUA bench/programs/outbox_work.lua URL SENDS IN_FLIGHT FOLDER

local outboxes = require("vertexsms.outbox")
local setup = require("bench.programs.setup")

local outbox = outboxes.open {
  store = arg[4] .. "/outbox.db", poll = false,
  client = setup.client({ host = "blocking", concurrency = setup.in_flight }),
}

local function fill(count)
  local list = {}
  for i = 1, count do list[i] = setup.message end
  outbox:add_many(list)
end

setup.measure(function(sends)
  fill(sends)
  local totals = outbox:run { concurrency = setup.in_flight, until_empty = true }
  assert(totals.accepted == sends)
end)
outbox:close()
