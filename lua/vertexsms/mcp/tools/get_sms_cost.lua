--- get_sms_cost: what a message would cost.
--
-- Tested in spec/mcp/init_spec.lua.

local fields = require("vertexsms.mcp.tools.fields")

local M = {
  title = "Price of an SMS", audited = fields.MESSAGE_AUDITED,
  description = "Asks VertexSMS what an SMS would cost. Nothing is sent.",
  required = { "to", "from", "message" },
  properties = { to = fields.TO, from = fields.FROM, message = fields.MESSAGE },
  output = {
    totalPrice = { type = "string" }, pricePerPart = { type = "string" }, currency = { type = "string" },
    parts = { type = "integer" }, countryISO = { type = "string" }, mccmnc = { type = "string" },
  },
}

local NAMES = { "totalPrice", "pricePerPart", "currency", "parts", "countryISO", "mccmnc" }

function M.run(call, arguments)
  local client, err = call:client()
  if not client then return nil, err end
  local cost
  cost, err = client:cost(fields.pick(arguments, { "to", "from", "message" }))
  return cost and fields.pick(cost, NAMES), err
end

return M
