-- Many sends in flight from a loop that calls client:update().

local setup = require("bench.programs.setup")
local ticking = require("bench.programs.ticking")

local client = setup.client({ host = "tick", concurrency = setup.in_flight })

setup.measure(function(sends) ticking.send(client, sends, setup.in_flight) end)
