--- Checks a message as VertexSMS documents it. The texts of the errors follow the one VertexSMS shows:
-- "Invalid value for field 'from'. ...".
--
-- Tested in spec/simulator/init_spec.lua and spec/simulator/resources/viber_spec.lua.

local ascii = require("vertexsms.base.ascii")
local field = require("vertexsms.simulator.field")
local networks = require("vertexsms.simulator.networks")
local numbers = require("vertexsms.base.number")
local parts = require("vertexsms.simulator.parts")

local M = {}

local REQUIRED = { "to", "from", "message" }
local REQUIRED_WITH_UDH = { "to", "from", "message", "coding" }
local SMS_FIELDS = {
  "to", "from", "message", "dlrUrl", "priority", "scheduled", "udh", "coding", "testMode", "expireIn",
  "correctBy",
}
local VIBER_FIELDS = { "to", "from", "message", "dlrUrl", "priority", "scheduled", "testMode", "correctBy", "im" }
local VIBER_TEXT_MAX = 1000

local PRIORITIES = { high = true, normal = true, low = true }
local CODINGS = { ["0"] = true, ["1"] = true, ["2"] = true }
local TEST_MODES = { ["1"] = true, ["2"] = true }

-- The text VertexSMS's introduction page shows, to the letter.
local BAD_SENDER = "Sender ID must either be a valid MSISDN or an alpha-numeric string "
  .. "(max. length: 11 characters), which may consist only of upper+lower-case latin letters, "
  .. "digits, spaces and dots."

local function is_between(text, low, high)
  local number = numbers.read(text)
  return number ~= nil and number >= low and number <= high
end

-- ISO 8601 with an offset, as in 2015-01-01T13:00:00+02:00; N is a digit.
local TIME = ("^NNNN%-(NN)%-(NN)T(NN):(NN):(NN)%.?N*(.*)$"):gsub("N", "[0-9]")

local function is_time(text)
  local month, day, hour, minute, second, rest = text:match(TIME)
  return month ~= nil and is_between(month, 1, 12) and is_between(day, 1, 31) and is_between(hour, 0, 23)
    and is_between(minute, 0, 59) and is_between(second, 0, 60)
    and (rest == "Z" or rest:match("^[+-][01][0-9]:?[0-5][0-9]$") ~= nil)
end

local function is_hex_pairs(text)
  return text ~= "" and text:gsub("%%[0-9A-Fa-f][0-9A-Fa-f]", "") == ""
end

--- In the order they are reported.
---@type vertexsms.simulator.FieldCheck[]
local CHECKS = {
  { "to", "Recipient must be a valid MSISDN: an international number, digits only.", function(text, message)
    return field.is_msisdn(text) or (message.correctBy ~= nil and text:match("^[0-9]+$") ~= nil and #text <= 15)
  end },
  { "from", BAD_SENDER, function(text)
    return field.is_msisdn(text) or (#text <= 11 and text:match("^[A-Za-z0-9 .]+$") ~= nil)
  end },
  { "message", "Text must be valid UTF-8.", parts.is_utf8 },
  { "dlrUrl", "It must be an absolute http or https URL.", field.is_http_url },
  { "priority", "It must be 'high', 'normal' or 'low'.", function(text) return PRIORITIES[text] end },
  { "scheduled", "It must be an ISO 8601 time with an offset, like 2015-01-01T13:00:00+02:00.", is_time },
  { "udh", "It must be hexadecimal pairs, each prefixed with %.", is_hex_pairs },
  { "coding", "It must be 0, 1 or 2.", function(text) return CODINGS[text] end },
  { "testMode", "It must be 1 or 2.", function(text) return TEST_MODES[text] end },
  { "expireIn", "It must be a number of seconds from 360 to 432000.", function(text)
    return text:match("^[0-9]+$") and is_between(text, 360, 432000)
  end },
  { "correctBy", "It must be an ISO 3166-1 alpha-2 country code.", function(text)
    return text:match("^[A-Za-z][A-Za-z]$")
  end },
}

local function check(input, names)
  if type(input) ~= "table" then return nil, "Each message must be a JSON object." end
  local message = field.pick(input, names)
  message.to, message.from = field.without_plus(message.to), field.without_plus(message.from)
  local required = message.udh == nil and REQUIRED or REQUIRED_WITH_UDH
  local checked, reason = field.check(message, required, CHECKS)
  if not checked then return nil, reason end
  if message.correctBy then message.to = networks.correct(message.to, ascii.upper(message.correctBy)) end
  return message
end

--- Checks one message of POST /sms.
---@param input any what stood in the JSON
---@return table|nil message the known fields, each as text
---@return string|nil reason
function M.check_sms(input)
  local message, reason = check(input, SMS_FIELDS)
  if message and message.coding and not message.udh and not parts.fits_one(message.message, message.coding) then
    return field.invalid("message", "With 'coding' it is not split: a text over one part needs 'udh'.")
  end
  return message, reason
end

--- Checks one message of POST /viber. What `im` holds beside a button is not documented: any object passes.
---@param input any what stood in the JSON
---@return table|nil message the known fields, each but `im` as text
---@return string|nil reason
function M.check_viber(input)
  local message, reason = check(input, VIBER_FIELDS)
  if not message then return nil, reason end
  if message.im ~= nil and type(message.im) ~= "table" then return field.invalid("im", "It must be an object.") end
  if parts.length(message.message) > VIBER_TEXT_MAX then
    return field.invalid("message", "Text must be at most 1000 characters.")
  end
  return message
end

--- The parts a message is charged as: one when `udh` or `coding` switch automatic splitting off, and for Viber.
---@param message table
---@return integer
function M.parts(message)
  if message.udh or message.coding or message.type == "Viber" then return 1 end
  return parts.count(message.message)
end

return M
