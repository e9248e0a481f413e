--- The breaker: sending pauses where going on makes no sense, and one message in a while finds out whether it does.
--
-- Marks of the counters say what pauses: `account` after a 401 or 403, `balance` after a report with error 24, and
-- `prefix:370612` where too many messages were not delivered.
--
-- Tested in spec/guard_spec.lua.

local limits = require("vertexsms.guard.limits")

local M = {}

---@class vertexsms.GuardBreaker
---@field seconds number|nil that sending pauses before one message may try; default 60
---@field undelivered number|nil share of a prefix's reports, 0 to 1, above which the prefix pauses; default: never
---@field least integer|nil reports that must have come before the share counts; default 20
---@field window number|nil seconds in which reports count; default 3600

---@class vertexsms.guard.Breaker
local Breaker = {}
Breaker.__index = Breaker

local NO_LIMIT = 2 ^ 52

--- The marks that would stop a message.
---@param prefix string|nil of the recipient
---@return string[]
function Breaker:names(prefix)
  if not self.undelivered or not prefix then return self.common end
  return { "account", "balance", "prefix:" .. prefix }
end

--- What a send's end means: the mark to set, or the one to take away.
---@param err vertexsms.Error|nil
---@return string|nil pause
---@return string|nil reason
---@return string|nil resume
function M.of_outcome(err)
  if not err then return nil, nil, "account" end
  if err.status ~= 401 and err.status ~= 403 then return nil end
  return "account", ("VertexSMS answered %d (%s): check the token"):format(err.status, err.kind)
end

local BALANCE = 24
local FAILED = { undelivered = true, expired = true }
local ARRIVED = { delivered = true, seen = true }

local BALANCE_REASON = ("a report has error %d: the account's balance limit is reached"):format(BALANCE)

--- What a report means: a mark to set or to take away, and whether it counts as not delivered.
---@param report vertexsms.Report
---@return { pause: string|nil, reason: string|nil, resume: string|nil, failed: boolean|nil }
function M.of_report(report)
  if report.error == BALANCE then return { pause = "balance", reason = BALANCE_REASON } end
  if ARRIVED[report.state] then return { resume = "balance", failed = false } end
  return { failed = FAILED[report.state] }
end

--- What is counted of a report, in the breaker's limits: all reports, and those of messages that were not delivered.
---@param prefix string
---@param failed boolean
---@return vertexsms.guard.Facts
function Breaker.facts(prefix, failed)
  return { prefix = prefix, failed = failed and 1 or 0 }
end

--- Is the share too large?
---@param all integer
---@param failed integer
---@return boolean
function Breaker:is_above(all, failed)
  return all >= self.least and failed > all * self.undelivered
end

---@return string
function Breaker:reason()
  return ("more than %.0f %% of the reports of these numbers say undelivered"):format(self.undelivered * 100)
end

---@param option vertexsms.GuardBreaker|boolean|nil
---@return vertexsms.guard.Breaker|nil
function M.new(option)
  if not option then return nil end
  if option == true then option = {} end
  local seconds = option.window or 3600
  return setmetatable({
    seconds = option.seconds or 60, undelivered = option.undelivered, least = option.least or 20,
    common = { "account", "balance" },
    limits = {
      limits.new({ rule = "breaker", family = "breaker", key = "prefix" }, NO_LIMIT, seconds),
      limits.new({ rule = "breaker", family = "undelivered", key = "prefix", amount = "failed" }, NO_LIMIT, seconds),
    },
  }, Breaker)
end

return M
