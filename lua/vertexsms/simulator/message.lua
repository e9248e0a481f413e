--- Checks a message as VertexSMS documents it. The texts of the errors follow the one VertexSMS shows:
-- "Invalid value for field 'from'. ...".
-- @module vertexsms.simulator.message

local cjson = require("cjson")
local http_request = require("http.request")
local parts = require("vertexsms.simulator.parts")

local M = {}

--- Fields are matched in any case; this is how VertexSMS spells them.
local FIELDS = {
  "to", "from", "message", "dlrUrl", "priority", "scheduled", "udh", "coding", "testMode", "expireIn",
  "correctBy",
}
local REQUIRED = { "to", "from", "message" }
local PRIORITIES = { high = true, normal = true, low = true }
local CODINGS = { ["0"] = true, ["1"] = true, ["2"] = true }
local TEST_MODES = { ["1"] = true, ["2"] = true }

--- The text VertexSMS's introduction page shows, to the letter.
local BAD_SENDER = "Sender ID must either be a valid MSISDN or an alpha-numeric string "
  .. "(max. length: 11 characters), which may consist only of upper+lower-case latin letters, "
  .. "digits, spaces and dots."

--- JSON numbers become the digits they were written with; other values than text become nil.
local function as_text(value)
  if type(value) == "number" and value % 1 == 0 and value >= 0 and value < 2 ^ 53 then
    return ("%.0f"):format(value)
  end
  return type(value) == "string" and value or nil
end

--- E.164: a country code, which does not begin with 0, and at most 15 digits in all.
local function is_msisdn(text)
  return #text >= 7 and #text <= 15 and text:match("^[1-9]%d+$") ~= nil
end

local function is_between(text, low, high)
  local number = tonumber(text)
  return number ~= nil and number >= low and number <= high
end

--- ISO 8601 with an offset, as in 2015-01-01T13:00:00+02:00.
local function is_time(text)
  local month, day, hour, minute, second, rest =
    text:match("^%d%d%d%d%-(%d%d)%-(%d%d)T(%d%d):(%d%d):(%d%d)%.?%d*(.*)$")
  return month ~= nil and is_between(month, 1, 12) and is_between(day, 1, 31) and is_between(hour, 0, 23)
    and is_between(minute, 0, 59) and is_between(second, 0, 60)
    and (rest == "Z" or rest:match("^[+-][01]%d:?[0-5]%d$") ~= nil)
end

local function is_hex_pairs(text)
  return text ~= "" and text:gsub("%%%x%x", "") == ""
end

--- lua-http's own parser decides: what passes here can be called later.
local function is_http_url(text)
  return text:match("^[Hh][Tt][Tt][Pp][Ss]?://") ~= nil and pcall(http_request.new_from_uri, text)
end

--- One check per field, in the order they are reported: the value as text, the whole message.
local CHECKS = {
  { "to", "Recipient must be a valid MSISDN: an international number, digits only.", function(text, message)
    return is_msisdn(text) or (message.correctBy ~= nil and text:match("^%d+$") ~= nil and #text <= 15)
  end },
  { "from", BAD_SENDER, function(text)
    return is_msisdn(text) or (#text <= 11 and text:match("^[A-Za-z0-9 .]+$") ~= nil)
  end },
  { "message", "Text must be valid UTF-8.", parts.is_utf8 },
  { "dlrUrl", "It must be an absolute http or https URL.", is_http_url },
  { "priority", "It must be 'high', 'normal' or 'low'.", function(text) return PRIORITIES[text] end },
  { "scheduled", "It must be an ISO 8601 time with an offset, like 2015-01-01T13:00:00+02:00.", is_time },
  { "udh", "It must be hexadecimal pairs, each prefixed with %.", is_hex_pairs },
  { "coding", "It must be 0, 1 or 2.", function(text) return CODINGS[text] end },
  { "testMode", "It must be 1 or 2.", function(text) return TEST_MODES[text] end },
  { "expireIn", "It must be a number of seconds from 360 to 432000.", function(text)
    return text:match("^%d+$") and is_between(text, 360, 432000)
  end },
  { "correctBy", "It must be an ISO 3166-1 alpha-2 country code.", function(text)
    return text:match("^%a%a$")
  end },
}

--- The known fields under VertexSMS's spelling; null is the same as not there.
local function known_fields(input)
  local lower, message = {}, {}
  for key, value in pairs(input) do
    if type(key) == "string" and value ~= cjson.null then lower[key:lower()] = value end
  end
  for _, name in ipairs(FIELDS) do message[name] = lower[name:lower()] end
  return message
end

local function missing(field)
  return nil, ("Missing value for field '%s'."):format(field)
end

--- Checks one message of a request.
---@param input any what stood in the JSON
---@return table|nil message the known fields, each as text
---@return string|nil problem
function M.check(input)
  if type(input) ~= "table" then return nil, "Each message must be a JSON object." end
  local message = known_fields(input)
  for _, field in ipairs(REQUIRED) do
    if message[field] == nil or message[field] == "" then return missing(field) end
  end
  if message.udh ~= nil and message.coding == nil then return missing("coding") end
  for _, check in ipairs(CHECKS) do
    local field, rule, is_valid = check[1], check[2], check[3]
    if message[field] ~= nil then
      local text = as_text(message[field])
      if not text or not is_valid(text, message) then
        return nil, ("Invalid value for field '%s'. %s"):format(field, rule)
      end
      message[field] = text
    end
  end
  return message
end

--- The parts a message is charged as: one when `udh` or `coding` switch automatic splitting off.
---@param message table
---@return integer
function M.parts(message)
  if message.udh or message.coding then return 1 end
  return parts.count(message.message)
end

return M
