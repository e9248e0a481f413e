--- POST /sms/cost: what messages would cost; nothing is sent.

local cjson = require("cjson")
local http_server = require("vertexsms.server.http")
local message = require("vertexsms.simulator.message")
local networks = require("vertexsms.simulator.networks")
local numbers = require("vertexsms.base.number")
local router = require("vertexsms.simulator.router")
local submission = require("vertexsms.simulator.submission")

local function price_of(to)
  local country = networks.country_of(to)
  if not country then return nil, "Unrecognised country of recipient " .. to .. "." end
  local network = networks.network_of(to)
  local rate = network and network.rate or country.others and country.others[2]
  if not rate then return nil, "No route to recipient " .. to .. "." end
  return {
    countryISO = country.code,
    mccmnc = network and network.mcc .. network.mnc[1] or cjson.null,
    pricePerPart = numbers.read(rate), currency = "EUR",
  }
end

-- Prices have at most four decimals: whole numbers until the end, and lua-cjson's 14 digits then give the exact text.
local function add_totals(price, parts)
  price.parts = parts
  price.totalPrice = math.floor(price.pricePerPart * 10000 + 0.5) * parts / 10000
end

local function post(request)
  local messages, reason = submission.read(request.body, message.check_sms)
  if not messages then return router.refuse(400, reason) end
  local prices = {}
  for i, checked in ipairs(messages) do
    local price
    price, reason = price_of(checked.to)
    if not price then return router.refuse(400, reason) end
    price.from, price.to = checked.from, checked.to
    add_totals(price, message.parts(checked))
    prices[i] = price
  end
  local lines = { ("%d %s"):format(#prices, #prices == 1 and "message" or "messages") }
  return http_server.json(200, prices), lines
end

return { { pattern = "^/sms/cost$", methods = { POST = post } } }
