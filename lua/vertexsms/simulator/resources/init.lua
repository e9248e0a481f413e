--- The routes of the simulator, of all resources. A new resource is one line here.
--
-- Each file returns its routes, see router.lua. Tested in the specs of the resources.

local RESOURCES = {
  "sms",
  "sms_cost",
  "sms_status",
  "viber",
  "hlr",
  "sender",
  "operator",
  "rates",
  "mccmnc",
}

local routes = {}

for _, resource in ipairs(RESOURCES) do
  for _, route in ipairs(require("vertexsms.simulator.resources." .. resource)) do routes[#routes + 1] = route end
end

return routes
