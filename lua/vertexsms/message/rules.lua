--- A message for POST /sms: VertexSMS's own field names, checked before any I/O.

local core = require("vertexsms.base.core")
local address = require("vertexsms.address")
local checks = require("vertexsms.check.value")
local errors = require("vertexsms.error")
local known = require("vertexsms.message.fields")
local schema = require("vertexsms.check.table")
local timestamp = require("vertexsms.message.timestamp")

local M = {}

local unpack = rawget(table, "unpack") or rawget(_G, "unpack")

local TO_OCTETS_MAX = 16

local function check_to(value, message)
  if message.correctBy then
    if value:find("^%+?[0-9]+$") and #value <= TO_OCTETS_MAX then return nil end
    return ("must be at most %d digits, such as 69912345"):format(TO_OCTETS_MAX)
  end
  return checks.msisdn(value)
end

local function check_scheduled(value)
  return not timestamp.is_valid(value) and "must be a time with an offset, such as 2015-01-01T13:00:00+02:00" or nil
end

local function check_udh(value, message)
  if value == "" or value:gsub("%%[0-9A-Fa-f][0-9A-Fa-f]", "") ~= "" then
    return "must be hexadecimal pairs with a % before each, such as %05%00%03%CC%02%01"
  end
  local _, refusal = core.udh_parse(value)
  if refusal then return refusal.message end
  if message.coding == nil then return "needs coding as well: 0 (GSM-7), 1 (8-bit) or 2 (UCS-2)" end
end

-- Documented as a string: a test message that is taken for a real one costs money.
local function test_mode(value)
  return type(value) == "number" and ("%.0f"):format(value) or value
end

local function check_listed(field)
  if field.values then return checks.one_of(unpack(field.values)) end
  if field.most then return checks.between(field.least, field.most, field.unit) end
end

local function check_test_mode(field)
  local is_listed = check_listed(field)
  return function(value) return is_listed(test_mode(value)) end
end

-- Of the fields that are more than a list of values, or bounds.
local CHECKS = {
  to = check_to, from = checks.sender, message = checks.text, dlrUrl = checks.url, scheduled = check_scheduled,
  udh = check_udh, correctBy = checks.country,
}

local function rule_of(field)
  local rule = { check = CHECKS[field.name] or check_listed(field) }
  if field.name == "testMode" then rule.check = check_test_mode(field) end
  for key, value in pairs(field) do rule[key] = value end
  return rule
end

M.rules = {}
for i, field in ipairs(known) do M.rules[i] = rule_of(field) end
schema.rules(M.rules)

local UNIT_NAMES = { [0] = "septets", [1] = "octets", [2] = "UTF-16 code units" }

-- National language shift tables (3GPP TS 23.038 section 6.2.1.2) exchange the alphabet: only VertexSMS knows
-- what it makes of a text then.
local function has_shift_table(header)
  for _, element in ipairs(header and header.elements or {}) do
    if element.iei == 0x24 or element.iei == 0x25 then return true end
  end
  return false
end

-- The units of a text in the given coding; or nil and what keeps it out of GSM-7. 8-bit data is taken for the octets
-- of the text as it stands in the JSON.
local function units_in(coding, text, header)
  if coding == 1 then return #text end
  local parts, encoding, units, _, chars = core.text_count(text)
  if not parts then return math.huge end
  if coding == 2 then return encoding == "UCS-2" and units or chars end
  if encoding == "GSM-7" then return units end
  if has_shift_table(header) then return chars end
  local culprit = core.text_analyze(text).culprit
  return nil, ("is not GSM-7, as coding = 0 says: it has %s at character %d"):format(culprit.codepoint,
    culprit.position)
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
  local beside = header and (" and a user data header of %d octets"):format(octets) or ""
  return ("does not fit into one part, which holds %d %s with coding = %d%s"):format(room, UNIT_NAMES[coding], coding,
    beside)
end

--- The units of a message's text in its coding: septets, octets or UTF-16 code units.
---@param wire table a message that was checked
---@return integer
function M.units(wire)
  if wire.coding ~= nil then
    return (units_in(wire.coding, wire.message, wire.udh and core.udh_parse(wire.udh)))
  end
  local _, _, units = core.text_count(wire.message)
  return units
end

local function check_size(message)
  local reason = size_reason(message)
  return reason and errors.invalid_argument("message", "message " .. reason)
end

local function is_encoded(wire)
  for _, value in pairs(wire) do
    if type(value) == "string" and core.invalid_utf8(value) then return false end
  end
  return true
end

local function check_encoding(wire, rules)
  if is_encoded(wire) then return nil end
  for _, rule in ipairs(rules) do
    local value = wire[rule.name]
    local reason = type(value) == "string" and checks.utf8(value)
    if reason then return errors.invalid_argument(rule.name, rule.name .. " " .. reason) end
  end
end

-- What a metatable gives is part of it, too, and is asked for once.
local function copy(fields, rules)
  local wire = {}
  for key, value in pairs(fields) do wire[key] = value end
  if getmetatable(fields) == nil then return wire end
  for _, rule in ipairs(rules) do wire[rule.name] = fields[rule.name] end
  return wire
end

local URLS = { "dlrUrl", "callBackUrl", "notificationUrl" }

--- VertexSMS and the servers on the way log the URLs that they call.
---@param client vertexsms.AnyClient
---@param wire table
---@return vertexsms.Error|nil when one holds the token
function M.token_in_url(client, wire)
  for _, name in ipairs(URLS) do
    if type(wire[name]) == "string" and client.engine:holds_token(wire[name]) then
      return errors.invalid_argument(name, name .. " contains the token: leave it out, it is not needed there")
    end
  end
end

--- Checks a table of fields against rules and copies what goes over the wire; the given table is left alone.
---@param fields table
---@param rules vertexsms.Rule[]
---@param what string see check/table.lua
---@param validate boolean false: send values that only the service can judge as they are
---@return table|nil wire
---@return vertexsms.Error|nil
function M.fields_to_wire(fields, rules, what, validate)
  local wire = copy(fields, rules)
  local err = schema.check(wire, rules, what, not validate) or check_encoding(wire, rules)
  if err then return nil, err end
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
  local wire, err = M.fields_to_wire(message, M.rules, "a field of the message", validate)
  if not wire or not validate then return wire, err end
  err = check_size(wire)
  if err then return nil, err end
  wire.from = address.sender(wire.from)
  return wire
end

return M
