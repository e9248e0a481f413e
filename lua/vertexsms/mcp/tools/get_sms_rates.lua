--- get_sms_rates: the prices of a country's networks.
--
-- Tested in spec/mcp/init_spec.lua.

local fields = require("vertexsms.mcp.tools.fields")
local json = require("vertexsms.json")

local M = {
  title = "SMS prices of a country",
  description = "Lists what an SMS costs to the networks of a country, in EUR a part.",
  required = { "country" },
  properties = { country = { type = "string", minLength = 2, maxLength = 2,
    description = "ISO 3166-1 alpha-2, capital letters, such as LT." } },
  output = {
    rates = { type = "array", items = { type = "object" } }, more = { type = "integer" },
  },
}

-- Rows that are shown; no country has that many networks.
local ROWS_MAX = 200

function M.run(call, arguments)
  local client, err = call:client()
  if not client then return nil, err end
  local rows
  rows, err = client:rates({ country = arguments.country })
  if not rows then return nil, err end
  local list = json.array({})
  for i = 1, math.min(#rows, ROWS_MAX) do
    list[i] = fields.pick(rows[i], { "CountryName", "CountryCode", "Operator", "Network", "MCC", "MNC", "Rate" })
  end
  return { rates = list, more = #rows > ROWS_MAX and #rows - ROWS_MAX or nil }
end

return M
