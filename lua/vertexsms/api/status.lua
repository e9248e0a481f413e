--- GET /sms/status/{id}: what became of a message after it was accepted.

local argument = require("vertexsms.check.argument")
local ascii = require("vertexsms.base.ascii")
local attempts = require("vertexsms.request.attempts")
local calls = require("vertexsms.request.handle")
local checks = require("vertexsms.check.value")
local core = require("vertexsms.base.core")
local errors = require("vertexsms.error")
local numbers = require("vertexsms.base.number")
local paths = require("vertexsms.request.path")
local records = require("vertexsms.request.record")
local requests = require("vertexsms.request")
local schema = require("vertexsms.check.table")

---@class vertexsms.SafeClient
local M = {}

--- What is known of a message: the fields of VertexSMS's answer, and `state`, `final`, `attempts` and `elapsed`.
---@class vertexsms.Status
---@field id string
---@field state "pending"|"sent"|"delivered"|"undelivered"|"expired"|"unknown" what `status` means
---@field final boolean true when nothing more will happen: delivered, undelivered or expired
---@field status string as VertexSMS wrote it: a word, or in some deployments the digits of a number
---@field type string|nil `SMS`
---@field createDate string|nil
---@field sentDate string|nil
---@field dlrDate string|nil
---@field from string|nil
---@field to string|nil
---@field text string|nil
---@field udh string|nil `0x050003CC0201`; vertexsms.text.udh reads it
---@field dlrStatus integer|string|nil 1 delivered, 2 undelivered, 3 seen, 16 expired
---@field error integer|string|nil 0, or a code
---@field attempts integer
---@field elapsed number seconds

---@class vertexsms.WaitOptions
---@field timeout number|nil seconds to wait for the final state; default 60
---@field interval number|nil seconds between the first two questions, then 1.5 times that, and so on, up to 30 (or
---  the interval, if that is longer); default 1
---@field grace number|nil seconds in which "not found" means "not yet"; default 30

local FIELDS = {
  { name = "id", type = "text" }, { name = "status", type = "text", required = true },
  { name = "type", type = "text" }, { name = "createDate", type = "text" }, { name = "sentDate", type = "text" },
  { name = "dlrDate", type = "text" }, { name = "from", type = "text" }, { name = "to", type = "text" },
  { name = "text", type = "text" }, { name = "udh", type = "text" }, { name = "dlrStatus", type = "code" },
  { name = "error", type = "code" },
}

-- Words [ref] and numbers [note]. A message that was seen (Viber) was delivered.
local STATES = {
  pending = "pending", sent = "sent", delivered = "delivered", undelivered = "undelivered", expired = "expired",
  seen = "delivered", ["1"] = "delivered", ["2"] = "undelivered", ["3"] = "delivered", ["16"] = "expired",
}
local FINAL = { delivered = true, undelivered = true, expired = true }

-- The error of a message that expired, which may have the status of one that was not delivered [note].
local EXPIRED = 2

-- 0 is both pending and sent: the date tells them apart.
local function state_of(record)
  local status = core.integer(record.status) or record.status
  if status == "0" then return record.sentDate and "sent" or "pending" end
  local state = STATES[ascii.lower(status)] or "unknown"
  return state == "undelivered" and record.error == EXPIRED and "expired" or state
end

local function read(decoded)
  local record, reason = records.read(decoded, FIELDS)
  if not record then return nil, reason end
  record.state = state_of(record)
  record.final = FINAL[record.state] or false
  return record
end

local function compare_ids(client, request, id, given)
  if not given or given == id then return end
  attempts.call_hook(client, "on_warning", {
    code = "id_differs", method = request.method, path = request.path, asked = id,
    id = attempts.without_token(client, given),
  })
end

local function ask(client, id, segment, timeout, process)
  local request = requests.get("/sms/status/" .. segment)
  request.alternate, request.timeout, request.process = true, timeout, process
  local record, err = requests.ask(client, request, read)
  if not record then return nil, err end
  compare_ids(client, request, id, record.id)
  record.id = record.id or id
  return record
end

--- What became of a message: GET /sms/status/{id} [ref], asked of `status_base_url`. Words and numbers in `status`
-- are both understood [note]; `status`, `dlrStatus` and `error` are as VertexSMS gave them.
---@param id string
---@return vertexsms.Status|nil
---@return vertexsms.Error|nil kind `not_found` when it is unknown, archived or of another account
function M:status(id)
  argument.check(id, "string", "id")
  local segment, err = paths.segment(id, "id", self.engine)
  if not segment then return nil, err end
  return ask(self, id, segment)
end

local WAIT_OPTIONS = schema.rules({
  { name = "timeout", type = "number", check = checks.between(0.1, 432000, "seconds") },
  { name = "interval", type = "number", check = checks.between(0.1, 3600, "seconds") },
  { name = "grace", type = "number", check = checks.between(0, 3600, "seconds") },
})

local INTERVAL_GROWTH, INTERVAL_MAX = 1.5, 30

local function wait_options(options)
  options = options or {}
  local err = schema.check(options, WAIT_OPTIONS, "an option of client:wait_delivered")
  if err then return nil, err end
  local interval = options.interval or 1
  return {
    timeout = options.timeout or 60, interval = interval, most = math.max(interval, INTERVAL_MAX),
    grace = options.grace or 30,
  }
end

-- A message may have been accepted before the status endpoint knows of it; what may pass is asked about again.
local function may_pass(err, waited, grace)
  return err.temporary or err.kind == "not_found" and waited <= grace
end

-- What the caller gets when the time is over: why the last question failed, or that there is no final state yet.
local function give_up(id, path, seconds, last, err, polls)
  if err then
    err.last = last
    return err
  end
  return errors.new({
    kind = "timeout", outcome = "unknown", retryable = true, method = "GET", path = path, attempts = polls, last = last,
    message = ("message %s had no final state after %s seconds; its state was %s"):format(id, numbers.write(seconds),
      last.state),
  })
end

-- The next pause; a last question is asked shortly before the end.
local function pause_before(left, interval)
  if interval < left then return interval, false end
  return math.max(left - 1, left / 2), true
end

-- The loop of wait_delivered: it sleeps before every question but the first.
local function poll(client, id, segment, plan)
  local process = calls.process()
  local started, interval, polls, is_last, last = core.now(), plan.interval, 0, false, nil
  while true do
    local left = plan.timeout - (core.now() - started)
    local status, err = ask(client, id, segment, math.min(client.timeout, math.max(left, 0.1)), process)
    polls, last = polls + 1, status or last
    if status and status.final then return status end
    local waited = core.now() - started
    if err and not may_pass(err, waited, plan.grace) then return nil, err end
    if is_last or waited >= plan.timeout then
      return nil, give_up(id, "/sms/status/" .. segment, plan.timeout, last, err, polls)
    end
    local pause
    pause, is_last = pause_before(plan.timeout - waited, interval)
    attempts.sleep(client, pause)
    interval = math.min(interval * INTERVAL_GROWTH, plan.most)
  end
end

--- Asks for the status of a message until it is final, with growing pauses. The state may be `undelivered`: look.
--
-- When the time is over, the error is of kind `timeout`, and its `last` the last status; if the last question itself
-- failed, it is that error. What may pass (503, a broken connection) is asked about again until then, anything else
-- ends the wait; "not found" does so after the first `grace` seconds.
-- Each question is GET /sms/status/{id} [ref]; VertexSMS does not limit how often it is asked [note].
---@param id string
---@param options vertexsms.WaitOptions|nil
---@return vertexsms.Status|nil
---@return vertexsms.Error|nil
function M:wait_delivered(id, options)
  argument.check(id, "string", "id")
  argument.check_optional(options, "table", "options")
  local plan, err = wait_options(options)
  if not plan then return nil, err end
  local segment
  segment, err = paths.segment(id, "id", self.engine)
  if not segment then return nil, err end
  return poll(self, id, segment, plan)
end

return M
