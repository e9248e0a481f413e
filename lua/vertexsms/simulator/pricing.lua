--- What a message costs here: made-up prices.
--
-- Tested in spec/simulator/resources/sms_cost_spec.lua.

local networks = require("vertexsms.simulator.networks")
local numbers = require("vertexsms.base.number")

local M = {}

---@class vertexsms.simulator.Price
---@field countryISO string
---@field mccmnc string|nil
---@field parts integer
---@field pricePerPart number
---@field totalPrice number
---@field currency string

--- The price of a message.
---@param to string
---@param parts integer
---@return vertexsms.simulator.Price|nil price
---@return string|nil reason
function M.of(to, parts)
  local country = networks.country_of(to)
  if not country then return nil, "Unrecognised country of recipient " .. to .. "." end
  local network = networks.network_of(to)
  local rate = network and network.rate or country.others and country.others[2]
  if not rate then return nil, "No route to recipient " .. to .. "." end
  local each = numbers.read(rate)
  return {
    countryISO = country.code, mccmnc = network and network.mcc .. network.mnc[1] or nil,
    -- Prices have at most four decimals: whole numbers until the end, and lua-cjson's 14 digits then give the exact
    -- text.
    parts = parts, pricePerPart = each, totalPrice = math.floor(each * 10000 + 0.5) * parts / 10000, currency = "EUR",
  }
end

return M
