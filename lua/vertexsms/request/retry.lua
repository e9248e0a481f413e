--- When a failed attempt is repeated, and after how long.
--
-- Reads are repeated on whatever may pass; sends only when they were certainly not accepted.

local checks = require("vertexsms.check.value")
local core = require("vertexsms.base.core")
local schema = require("vertexsms.check.table")

local M = {}

--- `retry = false` is one attempt.
---@class vertexsms.Retry
---@field attempts integer|nil at most that many, the first included; default 3
---@field base number|nil seconds: the first wait is at most so long, the next twice that, and so on; default 0.5
---@field max_wait number|nil seconds: no wait is longer, and a longer Retry-After ends the call; default 30
---@field server_errors boolean|nil repeat sends on 500 and 501 too, which may send twice; default false
---@field random nil|fun(): number in [0, 1); for specs

local RULES = schema.rules({
  { name = "attempts", type = "integer", check = checks.between(1, 20) },
  { name = "base", type = "number", check = checks.between(0, 3600, "seconds") },
  { name = "max_wait", type = "number", check = checks.between(0, 86400, "seconds") },
  { name = "server_errors", type = "boolean" },
  { name = "random", type = "function" },
})

--- Checks the option and fills in the defaults.
---@param option vertexsms.Retry|boolean|nil
---@return table|nil policy
---@return vertexsms.Error|nil
function M.policy(option)
  if option == false then option = { attempts = 1 } end
  if option == nil or option == true then option = {} end
  local err = schema.check(option, RULES, "an option of retry")
  if err then return nil, err end
  return {
    attempts = option.attempts or 3,
    base = option.base or 0.5,
    max_wait = option.max_wait or 30,
    server_errors = option.server_errors or false,
    random = option.random or core.random,
  }
end

-- VertexSMS asks to try again after 500 and 501, so a caller who prefers a second SMS to none may ask for it.
local function is_allowed(policy, request, err)
  if not err.temporary then return false end
  if request.repeatable or err.outcome ~= "unknown" then return true end
  return policy.server_errors and (err.status == 500 or err.status == 501)
end

-- Full jitter: anything between nothing and the ceiling, so that clients that failed together come back apart.
local function backoff(policy, attempt)
  return policy.random() * math.min(policy.max_wait, policy.base * 2 ^ (attempt - 1))
end

--- How long to wait before the next attempt.
---@param policy table
---@param request table with `repeatable`
---@param err vertexsms.Error of the last attempt
---@param attempt integer how many there were
---@param left number seconds until the call's deadline
---@return number|nil seconds nil: no further attempt
function M.wait(policy, request, err, attempt, left)
  if attempt >= policy.attempts or not is_allowed(policy, request, err) then return nil end
  local wait = err.retry_after
  if not wait then
    wait = backoff(policy, attempt)
  elseif wait > policy.max_wait then
    return nil -- to come back earlier than asked is useless
  end
  if wait >= left then return nil end
  return wait
end

return M
