--- The scenarios that the hosts' contract asks for, as JSON for the process that runs it.

local cjson = require("cjson")

local runs = 0

--- A new set each time: some scenarios count their turns.
---@param faults table of spec.support.faults
---@return string json
return function(faults)
  runs = runs + 1
  return cjson.encode({
    ok = faults:url("ok"), bad = faults:url("status", "/400"), hang = faults:url("hang"),
    slow = faults:url("slow", "/20"), busy = faults:url("status", "/503"),
    twice = faults:url("status", "/then/503,200/key=" .. runs),
  })
end
