--- A message as the inbox shows it.
--
-- Tested in spec/simulator/inbox/messages_spec.lua.

local codes = require("vertexsms.callback.codes")
local json = require("vertexsms.simulator.inbox.json")
local numbers = require("vertexsms.base.number")
local otp = require("vertexsms.simulator.otp")
local parts = require("vertexsms.simulator.parts")
local pricing = require("vertexsms.simulator.pricing")

local M = {}

local CODINGS = { ["0"] = "gsm7", ["1"] = "8bit", ["2"] = "ucs2" }

-- How a message is encoded, and in how many units of that.
local function measure(message)
  if message.type == "Viber" then return "viber", parts.length(message.message) end
  local encoding, units = parts.measure(message.message)
  local asked = CODINGS[message.coding or ""]
  if asked == "8bit" then return asked, #message.message end
  if asked == "ucs2" and encoding == "gsm7" then return asked, parts.length(message.message) end
  return asked or encoding, units
end

-- What became of its reports, in one word.
local function report_of(life)
  if not life.url then return "no URL" end
  if not life.last then return "none yet" end
  local attempt = life.report
  if not attempt then return "on its way" end
  if attempt.is_done then return "answered" end
  return attempt.again and "failing" or "given up"
end

-- Priced once: prices do not change.
local function price_of(message)
  if not message.price then
    message.price = message.type == "SMS" and pricing.of(message.to, message.parts) or {}
  end
  return message.price
end

-- Measured once.
local function measured(message)
  if not message.encoding then message.encoding, message.units = measure(message) end
  return message
end

local function decimal(number)
  return number and numbers.write(number) or json.null
end

--- A row of the list.
---@param message table
---@param simulator table
---@return table
function M.row(message, simulator)
  local life, price = message.life, price_of(measured(message))
  return {
    id = message.id, type = message.type, to = message.to, from = message.from, text = message.message,
    state = life.state.name, status = life.state.status, error = life.state.error,
    reason = life.state.error ~= 0 and codes.describe(life.state.error) or json.null,
    encoding = message.encoding, units = message.units, parts = message.parts,
    country = price.countryISO or json.null, price = decimal(price.totalPrice), currency = price.currency or json.null,
    accepted = simulator.clock:iso(life.events[1].at), report = report_of(life), revision = life.revision,
  }
end

local FIELDS = { "dlrUrl", "priority", "scheduled", "udh", "coding", "testMode", "expireIn", "correctBy" }

local function fields_of(message)
  local fields = {}
  for _, name in ipairs(FIELDS) do fields[name] = message[name] end
  return fields
end

local function parts_of(message)
  if message.type == "Viber" or message.udh or message.coding then
    return { { text = message.message, units = message.units, units_max = json.null } }
  end
  return parts.split(message.message)
end

-- No more digits than mean anything.
local function microseconds(seconds)
  return math.floor(seconds * 1e6 + 0.5) / 1e6
end

local function event_of(event, simulator)
  local shown = { at = simulator.clock:iso(event.at) }
  for name, value in pairs(event) do
    if name ~= "at" then shown[name] = value end
  end
  if shown.error == 0 then shown.error = nil end
  if shown.seconds then shown.seconds = microseconds(shown.seconds) end
  if shown.error then shown.reason = codes.describe(shown.error) end
  return shown
end

local function timeline_of(life, simulator)
  local events = {}
  for i, event in ipairs(life.events) do events[i] = event_of(event, simulator) end
  return json.list(events)
end

--- What is known of a request.
---@param entry table of the journal
---@param simulator table
---@return table
function M.request(entry, simulator)
  return {
    id = entry.id, at = simulator.clock:iso(entry.at), method = entry.method, path = json.text(entry.path),
    query = entry.query ~= "" and json.text(entry.query) or json.null,
    body = json.text(entry.body), agent = json.text(entry.agent),
    has_token = entry.has_token, status = entry.status or json.null, answer = json.text(entry.answer) or json.null,
    amount_sent = entry.amount, fault = entry.fault or json.null, dropped = entry.is_dropped or false,
    seconds = entry.seconds and microseconds(entry.seconds) or json.null,
  }
end

--- All that is known of a message.
---@param message table
---@param simulator table
---@return table
function M.detail(message, simulator)
  local shown, price = M.row(message, simulator), price_of(message)
  local entry = simulator.journal:get(message.request_id)
  shown.fields = fields_of(message)
  shown.part_list = json.list(parts_of(message))
  shown.not_gsm = json.list(message.type == "Viber" and {} or parts.culprits(message.message))
  shown.price_per_part, shown.mccmnc = decimal(price.pricePerPart), price.mccmnc or json.null
  shown.timeline, shown.events_left_out = timeline_of(message.life, simulator), message.life.events.left_out or 0
  shown.request = entry and M.request(entry, simulator) or json.null
  shown.code = otp.find(message.message) or json.null
  shown.position, shown.of = message.position, message.of
  return shown
end

return M
