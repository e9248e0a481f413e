--- What VertexSMS POSTs to us, in one shape: delivery reports, HLR results, sender notifications.

local cjson = require("cjson.safe")
local codes = require("vertexsms.callback.codes")
local core = require("vertexsms.core")
local errors = require("vertexsms.error")

local M = {}

--- One call of VertexSMS's.  What it did not say is nil; numbers that identify something are strings, to the digit.
---@class vertexsms.Report
---@field kind "dlr"|"hlr"|"sender"
---@field id string what the submission returned
---@field state "delivered"|"undelivered"|"seen"|"expired"|"unknown" of a message; unknown for other kinds
---@field final boolean no earlier state can follow
---@field error integer|nil VertexSMS's code
---@field reason string|nil the code in words
---@field class "ok"|"permanent"|"temporary"|"account"|"duplicate"|"throttle"|"unknown"
---@field mcc string|nil
---@field mnc string|nil
---@field imsi string|nil
---@field country string|nil
---@field operatorId string|nil
---@field operator string|nil
---@field ported table|nil where the number came from: { operatorId, operator, country }; nil when it was not ported
---@field raw table the whole object; numbers are strings, null is json.null
---@field superseded boolean|nil a later state was handed over before; set by a handler
---@field tracking_id string|nil of the message, where the client tracks; set by a handler

--- Octets of a body; nobody's report is longer.
M.BYTES_MAX = 64 * 1024

local DEPTH_MAX = 16
-- IDs become keys of stores; the longest seen is 10 digits.
local ID_BYTES_MAX = 128

local codec = cjson.new()
codec.decode_max_depth(DEPTH_MAX)

local STATES = { ["1"] = "delivered", ["2"] = "undelivered", ["3"] = "seen", ["16"] = "expired" }
-- GET /sms/status has words where reports have numbers.
for _, state in ipairs({ "delivered", "undelivered", "seen", "expired" }) do STATES[state] = state end

-- What a later report can say, and an earlier one cannot take back: a message that was delivered did not expire, one
-- that is believed lost may still arrive.
M.RANKS = { unknown = 0, undelivered = 1, expired = 1, delivered = 2, seen = 3 }

local function text_of(value)
  return type(value) == "string" and value ~= "" and value or nil
end

local function integer_of(value)
  local text = text_of(value)
  if not text or #text > 15 or not text:find("^%-?%d+$") then return nil end
  return tonumber(text)
end

-- PHP writes one and the same table as an object or as an array.
local function ported_of(value)
  if type(value) ~= "table" then return nil end
  if type(value[1]) == "table" then value = value[1] end
  if next(value) == nil then return nil end
  return {
    operatorId = text_of(value.operatorId), operator = text_of(value.operator), country = text_of(value.country),
  }
end

-- VertexSMS does not name the kind.  Only delivery reports have a numeric status, only HLR results say where a
-- number is at home; of sender notifications nothing but the ID is known.
local function kind_of(value)
  local status = text_of(value.status)
  if integer_of(status) or STATES[status] then return "dlr" end
  local network = text_of(value.imsi) or text_of(value.country) or text_of(value.operatorId) or text_of(value.operator)
  if network or type(value.ported) == "table" then return "hlr" end
  return not status and text_of(value.error) and "hlr" or "sender"
end

local function refused(reason)
  return nil, errors.invalid_argument("body", "body " .. reason)
end

local function decode(body)
  if #body > M.BYTES_MAX then return refused(("is longer than %d octets"):format(M.BYTES_MAX)) end
  local value, reason = codec.decode(core.quote_numbers(body))
  if value == nil then return refused("is no JSON: " .. tostring(reason)) end
  if type(value) ~= "table" or not body:find("^%s*{") then return refused("is no JSON object") end
  local id = text_of(value.id)
  if not id or #id > ID_BYTES_MAX then return refused("has no id") end
  return value, id
end

--- Reads the body of a call.
---@param body string
---@param kind "dlr"|"hlr"|"sender"|nil where the URL tells; default: seen from the fields
---@return vertexsms.Report|nil
---@return vertexsms.Error|nil `invalid_argument`
function M.parse(body, kind)
  local value, id = decode(body)
  if not value then return nil, id end
  kind = kind or kind_of(value)
  local state = kind == "dlr" and STATES[text_of(value.status)] or "unknown"
  local code = integer_of(value.error)
  local reason, class = codes.describe(code)
  return {
    kind = kind, id = id, state = state, final = state ~= "unknown" or kind == "hlr",
    error = code, reason = reason, class = class,
    mcc = text_of(value.mcc), mnc = text_of(value.mnc), imsi = text_of(value.imsi), country = text_of(value.country),
    operatorId = text_of(value.operatorId), operator = text_of(value.operator), ported = ported_of(value.ported),
    raw = value,
  }
end

return M
