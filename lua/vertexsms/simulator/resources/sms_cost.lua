--- POST /sms/cost: what messages would cost; nothing is sent.

local cjson = require("cjson")
local http_server = require("vertexsms.server.http")
local message = require("vertexsms.simulator.message")
local pricing = require("vertexsms.simulator.pricing")
local router = require("vertexsms.simulator.router")
local submission = require("vertexsms.simulator.submission")

local function post(request)
  local messages, reason = submission.read(request.body, message.check_sms)
  if not messages then return router.refuse(400, reason) end
  local prices = {}
  for i, checked in ipairs(messages) do
    local price
    price, reason = pricing.of(checked.to, message.parts(checked))
    if not price then return router.refuse(400, reason) end
    price.from, price.to, price.mccmnc = checked.from, checked.to, price.mccmnc or cjson.null
    prices[i] = price
  end
  local lines = { ("%d %s"):format(#prices, #prices == 1 and "message" or "messages") }
  return http_server.json(200, prices), lines
end

return { { pattern = "^/sms/cost$", methods = { POST = post } } }
