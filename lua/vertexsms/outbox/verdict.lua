--- What follows from the outcome of a send for its row, and for the outbox as a whole. Pure.
--
-- Tested in spec/outbox/verdict_spec.lua.

local core = require("vertexsms.base.core")
local expiry = require("vertexsms.message.expiry")

local M = {}

--- No wait is longer, whatever the service asks for.
M.WAIT_MAX = 3600
local BACKOFF_BASE, BACKOFF_MAX = 1, 600
-- What every worker waits when nothing gets through, twice as long each time.
local TROUBLE_BASE, TROUBLE_MAX = 0.5, 60

--- What is to be done.
---@class vertexsms.outbox.Verdict
---@field state vertexsms.OutboxState
---@field reason string|nil
---@field field string|nil
---@field wait number|nil seconds until it is tried again
---@field counts boolean|nil it was tried, and did not get through
---@field pause string|nil why no worker may go on
---@field slow number|nil seconds that all workers wait
---@field expires number|nil seconds until no report comes any more

--- Seconds until a message has expired and its last report is overdue.
---@param message { scheduled: string|nil, expireIn: number|nil }
---@param now number seconds since 1970
---@return number
function M.expires_in(message, now)
  return expiry.at(message, now) - now + expiry.SLACK_SECONDS
end

-- Answers that are about us, not about a message: our token, our address, our proxy, the URL of the service.
local PAUSING = { [401] = true, [403] = true, [404] = true, [405] = true, [407] = true }

local ADVICE = {
  [401] = "correct the token", [403] = "check what the token may do, and from which addresses",
  [404] = "check base_url", [405] = "check base_url", [407] = "check proxy",
}

-- A certificate that does not fit, a proxy that refuses: no message gets through until that is put right.
local function pause_reason(err)
  local status = err.status
  if status and PAUSING[status] then
    return ("HTTP %d: %s (%s, then resume)"):format(status, err.message, ADVICE[status])
  end
  if err.kind == "redirect" then return ("HTTP %s: %s (check base_url, then resume)"):format(status, err.message) end
  local is_setup = err.kind == "tls" or err.kind == "connect"
  if is_setup and err.outcome == "not_sent" and not err.temporary then return err.message .. " (then resume)" end
end

-- Full jitter, as for the attempts of one call.
local function backoff(failures)
  return core.random() * math.min(BACKOFF_MAX, BACKOFF_BASE * 2 ^ failures)
end

-- What is in the way of every message.
local BETWEEN = { dns = true, connect = true, tls = true, timeout = true, network = true, exhausted = true }

local function slow_for(err, trouble)
  if err.retry_after then return math.min(err.retry_after, M.WAIT_MAX) end
  if not BETWEEN[err.kind] then return nil end
  return (0.5 + core.random() / 2) * math.min(TROUBLE_MAX, TROUBLE_BASE * 2 ^ trouble)
end

local GIVEN_UP = { cancelled = true, closed = true }

-- It was certainly not accepted, and may be another time.
local function try_again(err, row, options)
  if row.failures + 1 >= options.attempts then
    return { state = "failed", reason = ("not sent in %d attempts: %s"):format(row.failures + 1, err.message) }
  end
  local wait = math.max(backoff(row.failures), math.min(err.retry_after or 0, M.WAIT_MAX))
  return {
    state = "queued", reason = err.message, wait = wait, counts = true, slow = slow_for(err, options.trouble),
  }
end

-- Rules of the client's guard that are about every message, and not about this one.
local FOR_ALL = { budget = true, breaker = true, store = true }
-- When a guard is asked again that does not say when.
local GUARD_SECONDS = 60

--- The verdict on a guard's refusal: it counted nothing, and to have to wait is not a failure of the message.
---@param err vertexsms.Error
---@return vertexsms.outbox.Verdict
function M.of_guard(err)
  if err.rule == "live" then
    return { state = "queued", reason = err.message, pause = err.message .. " (then resume)" }
  end
  if not err.temporary and not err.retry_after then
    return { state = "failed", reason = err.message, field = err.field }
  end
  local wait = math.min(err.retry_after or GUARD_SECONDS, M.WAIT_MAX)
  return { state = "queued", reason = err.message, wait = wait, slow = FOR_ALL[err.rule] and wait or nil }
end

local function of_error(err, row, options)
  if err.outcome == "unknown" then
    return { state = "unknown", reason = err.message, expires = M.expires_in(row, options.now) }
  end
  if err.kind == "guarded" then return M.of_guard(err) end
  local pause = pause_reason(err)
  if pause then return { state = "queued", reason = err.message, pause = pause } end
  if GIVEN_UP[err.kind] then return { state = "queued", reason = err.message } end
  if err.temporary then return try_again(err, row, options) end
  return { state = err.outcome == "rejected" and "rejected" or "failed", reason = err.message, field = err.field }
end

--- The verdict on a send that failed.
---@param err vertexsms.Error
---@param row { failures: integer, scheduled: string|nil, expireIn: number|nil }
---@param options { attempts: integer, trouble: integer, now: number, is_late: boolean|nil, may_lapse: boolean|nil }
---  `is_late`: its time to leave was over; `may_lapse`: for good
---@return vertexsms.outbox.Verdict
function M.of(err, row, options)
  local has_stayed = err.outcome == "not_sent"
  if has_stayed and options.may_lapse then return { state = "lapsed", reason = "send_before was over" } end
  if has_stayed and options.is_late then return { state = "queued", reason = err.message } end
  return of_error(err, row, options)
end

return M
