-- Does memory grow with the sends? What is resident after the first quarter, and at the end.

local setup = require("bench.programs.setup")
local ticking = require("bench.programs.ticking")
local usage = require("benchusage")

local client = setup.client({ host = "tick" })

local function resident_after(sends)
  ticking.send(client, sends, setup.in_flight)
  collectgarbage()
  collectgarbage()
  return usage.resident_kb()
end

local first = resident_after(setup.sends / 4)
print(("sends=%d first_kb=%d grown_kb=%d"):format(setup.sends, first, resident_after(setup.sends * 3 / 4) - first))
