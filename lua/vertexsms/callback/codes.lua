--- The error codes of callbacks: their texts, and what they mean for a caller who sends again.

local M = {}

-- class: `ok`; `permanent` this number will not do; `temporary` it may later; `account` ours to put right;
-- `duplicate`, `throttle` VertexSMS held it back; `unknown` not known.
local CODES = {
  [0] = { "no error", "ok" },
  [1] = { "illegal subscriber", "permanent" },
  [2] = { "validity period expired", "temporary" },
  [20] = { "country or operator not configured for the account", "account" },
  [21] = { "blocked by a filter", "permanent" },
  [22] = { "duplicate SMS", "duplicate" },
  [23] = { "limit of SMS to one number reached", "throttle" },
  [24] = { "account balance limit reached", "account" },
  -- "may be tried again later, then the number is likely retired"
  [40] = { "subscriber unknown", "temporary" },
  [41] = { "SMS service barred for the subscriber", "permanent" },
  [43] = { "subscriber absent", "temporary" },
  [51] = { "other or unknown HLR error", "unknown" },
  [53] = { "invalid MSISDN", "permanent" },
  [999] = { "unknown VertexSMS error", "unknown" },
}

--- The documented codes of failures, in their order.
---@return integer[]
function M.failures()
  local list = {}
  for code in pairs(CODES) do
    if code ~= 0 then list[#list + 1] = code end
  end
  table.sort(list, function(a, b) return a < b end)
  return list
end

--- What a code says; an undocumented one is not a failure.
---@param code integer|nil
---@return string|nil reason nil without a code
---@return "ok"|"permanent"|"temporary"|"account"|"duplicate"|"throttle"|"unknown" class
function M.describe(code)
  if code == nil then return nil, "unknown" end
  local known = CODES[code]
  if known then return known[1], known[2] end
  return "unknown code " .. code, "unknown"
end

return M
