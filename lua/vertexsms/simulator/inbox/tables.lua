--- `/_simulator/lookups`, `senders`, `networks` and `codes`: HLR lookups, senders with their PINs, countries and
-- prices, and what a report may say of a failure.
--
-- Tested in spec/simulator/inbox/requests_spec.lua.

local codes = require("vertexsms.callback.codes")
local json = require("vertexsms.simulator.inbox.json")
local networks = require("vertexsms.simulator.networks")

-- How the last try of a callback went.
local function callback_of(record, url)
  if not url then return "no URL" end
  local attempt = record.attempt
  if not attempt then return "on its way" end
  return attempt.result
end

local function rows_of(records, show, simulator)
  local rows = {}
  for record in records:newest() do rows[#rows + 1] = show(record, simulator) end
  return json.list(rows)
end

local function lookup(record, simulator)
  local result = record.result
  return {
    id = record.id, at = simulator.clock:iso(record.at), msisdn = record.msisdn, error = tonumber(result.error),
    reason = codes.describe(tonumber(result.error)), operator = result.operator or json.null,
    country = result.country or json.null, imsi = result.imsi or json.null, ported = result.ported ~= nil,
    callback = callback_of(record, record.callBackUrl),
  }
end

-- A sender waits for its PIN, or it has what it needs.
local function sender(record, simulator)
  return {
    id = record.id, at = simulator.clock:iso(record.at), name = record.name, type = record.type,
    category = record.category or json.null, pin = record.pin or json.null, confirmed = record.is_confirmed or false,
    callback = record.pin and "waits for the PIN" or callback_of(record, record.notificationUrl),
  }
end

local function country(each)
  local rows = {}
  for _, network in ipairs(each.networks) do
    rows[#rows + 1] = { id = network.id, name = network.name, mnc = json.list(network.mnc), rate = network.rate }
  end
  return {
    code = each.code, name = each.name, mcc = each.mcc, prefix = each.prefix, rate = each.others and each.others[2]
      or json.null, networks = json.list(rows),
  }
end

local function get_lookups(_, simulator)
  return json.response { lookups = rows_of(simulator.lookups, lookup, simulator) }
end

local function get_senders(_, simulator)
  return json.response { senders = rows_of(simulator.senders, sender, simulator) }
end

local function get_networks()
  local rows = {}
  for i, each in ipairs(networks.countries) do rows[i] = country(each) end
  return json.response { countries = json.list(rows), currency = "EUR" }
end

local function get_codes()
  local rows = {}
  for i, code in ipairs(codes.failures()) do rows[i] = { code = code, reason = (codes.describe(code)) } end
  return json.response { codes = json.list(rows) }
end

return {
  { pattern = "^/_simulator/codes$", methods = { GET = get_codes } },
  { pattern = "^/_simulator/lookups$", methods = { GET = get_lookups } },
  { pattern = "^/_simulator/senders$", methods = { GET = get_senders } },
  { pattern = "^/_simulator/networks$", methods = { GET = get_networks } },
}
