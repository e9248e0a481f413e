--- Memory: of a request that is in flight, and whether it grows with the sends.

local command = require("bench.harness.command")
local rounds = require("bench.harness.rounds")

local IN_FLIGHT = 2000
local SENDS = tonumber(os.getenv("GROWTH")) or 100000

local function per_request_kb(numbers) return numbers.grown_kb / IN_FLIGHT end

-- The service answers after a second, so that all of them are in flight at once.
local function in_flight(bench)
  local rows, url = {}, bench.service.url .. "/slow"
  local bare = { command.measure(command.compiled("bare_multi", url .. "/sms", IN_FLIGHT, IN_FLIGHT)) }
  for _, lua in ipairs(command.LUAS) do
    local ours = { command.measure(command.lua(lua, "bench/programs/tick.lua", url, IN_FLIGHT, IN_FLIGHT)) }
    rows[#rows + 1] = {
      what = ("memory per request, %d in flight"):format(IN_FLIGHT), lua = lua, unit = "kB",
      against = "C curl_multi loop",
      ours = rounds.figure(ours, per_request_kb), theirs = rounds.figure(bare, per_request_kb),
      ratio = rounds.ratio(ours, bare, per_request_kb),
    }
  end
  return rows
end

local function growth(bench)
  local rows = {}
  for _, lua in ipairs(command.LUAS) do
    local samples = { command.measure(command.lua(lua, "bench/programs/growth.lua", bench.service.url, SENDS, 50)) }
    rows[#rows + 1] = {
      what = ("memory grown over %d sends"):format(SENDS), lua = lua, unit = "kB", goal = "about 0",
      ours = rounds.figure(samples, function(numbers) return numbers.grown_kb end),
    }
  end
  return rows
end

return { { name = "memory", run = in_flight }, { name = "growth", run = growth } }
