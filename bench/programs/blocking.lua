-- One send after the other.

local setup = require("bench.programs.setup")

local client = setup.client({ host = "blocking" })

setup.measure(function(sends)
  for _ = 1, sends do client:send(setup.message) end
end)
