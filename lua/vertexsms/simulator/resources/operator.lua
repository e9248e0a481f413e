--- GET /operators/{id}: a network by its ID.
--
-- Tested in spec/simulator/tables_spec.lua.

local http_server = require("vertexsms.server.http")
local networks = require("vertexsms.simulator.networks")
local router = require("vertexsms.simulator.router")

local function get(request)
  local id = request.captures[1]
  if not id:match("^[0-9]+$") then return router.refuse(400, "Invalid value for 'operatorId'. It must be a number.") end
  local network = networks.operator(tonumber(id))
  if not network then return router.refuse(404, "No operator has this ID.") end
  -- Documented as numbers, sent as text.
  return http_server.json(200, {
    name = network.name, country = network.country, mcc = network.mcc, mnc = network.mnc,
  }), { network.name }
end

return { { pattern = "^/operators/([^/]+)$", methods = { GET = get } } }
