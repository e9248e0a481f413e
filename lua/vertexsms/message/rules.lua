--- A message for POST /sms: VertexSMS's own field names, checked before any I/O.

local core = require("vertexsms.core")
local address = require("vertexsms.address")
local checks = require("vertexsms.check.value")
local errors = require("vertexsms.error")
local schema = require("vertexsms.check.table")
local timestamp = require("vertexsms.message.timestamp")

local M = {}

--- Every field of POST /sms, with VertexSMS's own names.
---@class vertexsms.Message
---@field to string recipient: international digits; with `correctBy` a national number
---@field from string sender: an MSISDN, or up to 11 Latin letters, digits, spaces and dots
---@field message string the text, UTF-8; VertexSMS splits a long one unless `udh` or `coding` is given
---@field dlrUrl string|nil where VertexSMS POSTs the delivery report
---@field priority "high"|"normal"|"low"|nil
---@field scheduled string|nil ISO 8601 with offset, `2015-01-01T13:00:00+02:00`
---@field udh string|nil User Data Header, `%05%00%03%CC%02%01`; needs `coding`
---@field coding 0|1|2|nil GSM 7-bit, 8-bit, UCS-2
---@field testMode "1"|"2"|1|2|nil emulate a delivered (1) or a failed (2) message
---@field expireIn integer|nil seconds until the message expires, 360 to 432000
---@field correctBy string|nil ISO 3166-1 alpha-2 country by which `to` is completed

local function check_to(value, message)
  if message.correctBy then
    return not value:find("^%+?[0-9]+$") and "must be digits only" or #value > 16 and "is too long" or nil
  end
  return checks.msisdn(value)
end

local function check_scheduled(value)
  return not timestamp.is_valid(value) and "must be a time with an offset, such as 2015-01-01T13:00:00+02:00" or nil
end

local function check_udh(value, message)
  if value == "" or value:gsub("%%[0-9A-Fa-f][0-9A-Fa-f]", "") ~= "" then
    return "must be hex pairs with a % before each, such as %05%00%03%CC%02%01"
  end
  local _, refusal = core.udh_parse(value)
  if refusal then return refusal.message end
  if message.coding == nil then return "needs coding" end
end

-- Documented as a string: a test message that is taken for a real one costs money.
local function test_mode(value)
  return type(value) == "number" and ("%.0f"):format(value) or value
end

local is_test_mode = checks.one_of("1", "2")

local function check_test_mode(value)
  return is_test_mode(test_mode(value))
end

M.rules = schema.rules({
  { name = "to", type = "string", required = true, check = check_to },
  { name = "from", type = "string", required = true, check = checks.sender },
  { name = "message", type = "string", required = true, check = checks.text, structural = true },
  { name = "dlrUrl", type = "string", check = checks.url },
  { name = "priority", type = "string", check = checks.one_of("high", "normal", "low") },
  { name = "scheduled", type = "string", check = check_scheduled },
  { name = "udh", type = "string", check = check_udh },
  { name = "coding", type = "integer", check = checks.one_of(0, 1, 2) },
  { name = "testMode", type = "integer or string", check = check_test_mode },
  { name = "expireIn", type = "integer", check = checks.between(360, 432000, "seconds") },
  { name = "correctBy", type = "string", check = checks.country },
})

local UNIT_NAMES = { [0] = "septets", [1] = "octets", [2] = "UTF-16 code units" }

-- National language shift tables (3GPP TS 23.038 section 6.2.1.2) exchange the alphabet: nobody but VertexSMS knows
-- what it makes of a text then.
local function has_shift_table(header)
  for _, element in ipairs(header and header.elements or {}) do
    if element.iei == 0x24 or element.iei == 0x25 then return true end
  end
  return false
end

-- The units of a text in the given coding; or nil and what keeps it out of GSM-7.  8-bit data is taken for the octets
-- of the text as it stands in the JSON.
local function units_in(coding, text, header)
  if coding == 1 then return #text end
  local parts, encoding, units, _, chars = core.text_count(text)
  if not parts then return math.huge end
  if coding == 2 then return encoding == "UCS-2" and units or chars end
  if encoding == "GSM-7" then return units end
  if has_shift_table(header) then return chars end
  local culprit = core.text_analyze(text).culprit
  return nil, ("is not GSM-7 (coding = 0): %s at character %d"):format(culprit.codepoint, culprit.position)
end

-- VertexSMS splits into parts only where neither `udh` nor `coding` is given.
local function size_reason(message)
  local coding, text = message.coding, message.message
  if coding == nil then
    local _, refusal = core.text_count(text)
    return type(refusal) == "table" and refusal.message or nil
  end
  local header = message.udh and core.udh_parse(message.udh)
  local octets = header and header.length or 0
  local units, reason = units_in(coding, text, header)
  if not units then return reason end
  local room = core.udh_capacity(coding, octets)
  if units <= room then return nil end
  local beside = header and (" beside a udh of %d octets"):format(octets) or " without a udh"
  return ("does not fit: with coding = %d one part holds %d %s%s"):format(coding, room, UNIT_NAMES[coding], beside)
end

local function check_size(message)
  local reason = size_reason(message)
  return reason and errors.invalid_argument("message", "message " .. reason)
end

local function check_encoding(message, rules)
  for _, rule in ipairs(rules) do
    local value = message[rule.name]
    local reason = type(value) == "string" and checks.utf8(value)
    if reason then return errors.invalid_argument(rule.name, rule.name .. " " .. reason) end
  end
end

--- VertexSMS and whatever stands on the way log the URLs that they call.
---@param client vertexsms.AnyClient
---@param wire table
---@return vertexsms.Error|nil when one holds the token
function M.token_in_url(client, wire)
  for _, name in ipairs({ "dlrUrl", "callBackUrl", "notificationUrl" }) do
    if type(wire[name]) == "string" and client.engine:holds_token(wire[name]) then
      return errors.invalid_argument(name, name .. " must not hold the token")
    end
  end
end

--- Checks a table of fields against rules and copies what goes over the wire; the given table is left alone.
---@param fields table
---@param rules vertexsms.Rule[]
---@param what string the table's name in messages
---@param validate boolean false: send values that only the service can judge as they are
---@return table|nil wire
---@return vertexsms.Error|nil
function M.fields_to_wire(fields, rules, what, validate)
  local err = schema.check(fields, rules, what, not validate) or check_encoding(fields, rules)
  if err then return nil, err end
  local wire = {}
  for _, rule in ipairs(rules) do
    wire[rule.name] = fields[rule.name]
  end
  wire.testMode = test_mode(wire.testMode)
  if validate and wire.to then wire.to = wire.to:gsub("^%+", "") end
  return wire
end

--- Checks a message and makes the object that goes over the wire; the given table is left alone.
---@param message vertexsms.Message
---@param validate boolean false: send values that only the service can judge as they are
---@return table|nil wire
---@return vertexsms.Error|nil
function M.to_wire(message, validate)
  local wire, err = M.fields_to_wire(message, M.rules, "the message", validate)
  if not wire or not validate then return wire, err end
  err = check_size(message)
  if err then return nil, err end
  wire.from = address.sender(wire.from)
  return wire
end

return M
