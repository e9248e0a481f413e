--- POST /hlr: looks a number up; the result goes to callBackUrl. Whether that may be left out is not documented: then
-- no caller learns the result.

local field = require("vertexsms.simulator.field")
local http_server = require("vertexsms.server.http")
local networks = require("vertexsms.simulator.networks")
local router = require("vertexsms.simulator.router")

---@type vertexsms.simulator.Shape
local LOOKUP = {
  names = { "msisdn", "callBackUrl" }, required = { "msisdn" },
  prepare = function(lookup) lookup.msisdn = field.without_plus(lookup.msisdn) end,
  checks = {
    { "msisdn", "It must be a valid MSISDN: an international number, digits only.", field.is_msisdn },
    { "callBackUrl", "It must be an absolute http or https URL.", field.is_http_url },
  },
}

-- The last two digits of a number choose the result; any other number is known and not ported.
local ERRORS = {
  ["40"] = true, -- subscriber unknown
  ["41"] = true, -- SMS service barred
  ["43"] = true, -- subscriber absent
  ["51"] = true, -- other or unknown error
  ["53"] = true, -- invalid MSISDN
}
local PORTED_OBJECT, PORTED_ARRAY = "77", "78"

-- 16 digits, as in VertexSMS's example: the network, and what is left from the number's end.
local function imsi_of(msisdn, mcc, mnc)
  local digits = ("0"):rep(10) .. msisdn
  return mcc .. mnc .. digits:sub(-(16 - #mcc - #mnc))
end

-- From the country's first network, or the next one where that is the number's own.
local function origin_of(network)
  local all = networks.country(network.country).networks
  local origin = all[1] == network and all[2] or all[1]
  return { operatorId = origin.id, operator = origin.name, country = origin.country }
end

local function result_of(id, msisdn)
  local variant, network = msisdn:sub(-2), networks.network_of(msisdn)
  if ERRORS[variant] then return { id = id, error = variant } end
  if not network then return { id = id, error = "20" } end -- country or operator not configured
  local result = {
    id = id, error = "0", imsi = imsi_of(msisdn, network.mcc, network.mnc[1]), country = network.country,
    mcc = network.mcc, mnc = network.mnc[1], operatorId = network.id, operator = network.name,
  }
  if variant == PORTED_OBJECT then result.ported = origin_of(network) end
  if variant == PORTED_ARRAY then result.ported = { origin_of(network) } end
  return result
end

-- The inbox shows how the last try went.
local function follow(lookup, simulator)
  return function(attempt)
    lookup.attempt = attempt
    simulator.changes:touch("lookups")
  end
end

local function post(request, simulator)
  local lookup, reason = field.read(request.body, LOOKUP)
  if not lookup then return router.refuse(400, reason) end
  local id = simulator.lookups:add(lookup)
  lookup.at, lookup.result = simulator.clock.now(), result_of(id, lookup.msisdn)
  simulator.changes:touch("lookups")
  if lookup.callBackUrl then
    simulator.callbacks:schedule {
      what = ("hlr %s error %s"):format(id, lookup.result.error), url = lookup.callBackUrl, fields = lookup.result,
      delay = simulator.callback_delay, note = follow(lookup, simulator),
    }
  end
  -- A number here, where POST /sms answers with strings.
  return http_server.json(200, { tonumber(id) }), { ("%s for %s"):format(id, lookup.msisdn) }
end

return { { pattern = "^/hlr$", methods = { POST = post } } }
