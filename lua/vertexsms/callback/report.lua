--- What VertexSMS POSTs to us, in one shape: delivery reports, HLR results, sender notifications.
--
-- Tested in spec/callback/parse_spec.lua.

local ascii = require("vertexsms.base.ascii")
local cjson = require("cjson.safe")
local codes = require("vertexsms.callback.codes")
local core = require("vertexsms.base.core")
local errors = require("vertexsms.error")
local json = require("vertexsms.json")
local kinds = require("vertexsms.callback.kinds")

local M = {}

--- One call of VertexSMS's. What it did not say is nil; numbers that identify something are strings, to the digit.
-- `reason`, `class` and `raw` are worked out when they are asked for: pairs does not come by them.
---@class vertexsms.Report
---@field kind vertexsms.ReportKind
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
---@field body string as it came
---@field raw table the whole object, decoded when it is asked for; numbers are strings, null is json.null
---@field superseded boolean|nil a later state was handed over before; set by a handler
---@field tracking_id string|nil of the message, where the client tracks; set by a handler

--- Octets of a body; no report is longer. The core has the same bound.
M.BYTES_MAX = 64 * 1024

-- IDs become keys of stores; the longest seen is 10 digits.
local ID_BYTES_MAX = 128
local NO_ID = ("body must be a JSON object with an id of at most %d octets"):format(ID_BYTES_MAX)

local codec = cjson.new()
codec.decode_max_depth(16) -- as in the core, which has read it before

local STATES = { ["1"] = "delivered", ["2"] = "undelivered", ["3"] = "seen", ["16"] = "expired" }
-- GET /sms/status has words where reports have numbers.
for _, state in ipairs({ "delivered", "undelivered", "seen", "expired" }) do STATES[state] = state end

-- What a later report can say, and an earlier one cannot take back: a message that was delivered did not expire, one
-- that is believed lost may still arrive.
M.RANKS = { unknown = 0, undelivered = 1, expired = 1, delivered = 2, seen = 3 }

-- The codes that come are few; those that are known need not be read digit by digit.
local INTEGERS = {}
for code = 0, 999 do INTEGERS[tostring(code)] = code end

local function integer_of(text)
  local known = INTEGERS[text]
  if known or not text then return known end
  if #text > 15 or not text:find("^%-?[0-9]+$") then return nil end
  return tonumber(text)
end

-- What is worked out when it is asked for: a report of half the size costs a busy worker a twentieth less.
local ON_DEMAND = {
  reason = function(report) return (codes.describe(report.error)) end,
  class = function(report) return select(2, codes.describe(report.error)) end,
  raw = function(report)
    local raw = codec.decode(core.quote_numbers(json.without_mark(report.body)))
    rawset(report, "raw", raw)
    return raw
  end,
}

local METATABLE = {
  __index = function(report, name)
    local field = ON_DEMAND[name]
    return field and field(report)
  end,
}

local function text_of(value)
  return type(value) == "string" and value ~= "" and value or nil
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

-- "Not delivered: validity period expired". VertexSMS may say it of an expired message with the status of one that was
-- not delivered [note].
local EXPIRED = 2

local function state_of(status, code)
  if not status then return "unknown" end
  local state = STATES[status] or STATES[ascii.lower(status)] or "unknown"
  return state == "undelivered" and code == EXPIRED and "expired" or state
end

--- Reads the body of a call.
---@param body string
---@param kind vertexsms.ReportKind|nil where the URL tells; default: seen from the fields
---@return vertexsms.Report|nil
---@return vertexsms.Error|nil `invalid_argument`
function M.parse(body, kind)
  if kind ~= nil and not kinds.by_name[kind] then
    return nil, errors.invalid_argument("kind", "kind must be one of " .. table.concat(kinds.names, ", "))
  end
  local id, status, code, mcc, mnc, imsi, country, operator_id, operator, ported = core.report(body)
  if id == false then return nil, errors.from_refusal(status) end
  if not id or #id > ID_BYTES_MAX then return nil, errors.invalid_argument("body", NO_ID) end
  local network = imsi or country or operator_id or operator or ported
  local about = kind and kinds.by_name[kind] or kinds.of(status, code, network)
  local number = integer_of(code)
  local state = about.has_state and state_of(status, number) or "unknown"
  local report = setmetatable({
    kind = about.name, id = id, state = state, final = state ~= "unknown" or about.is_final, error = number,
    mcc = mcc, mnc = mnc, body = body,
  }, METATABLE)
  if network then
    report.imsi, report.country, report.operatorId, report.operator = imsi, country, operator_id, operator
    report.ported = ported and ported_of(report.raw.ported) or nil
  end
  return report
end

return M
