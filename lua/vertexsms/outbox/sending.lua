--- One message, or one batch of them, from its row to what became of it.
--
-- Tested in spec/outbox/worker_spec.lua.

local columns = require("vertexsms.outbox.columns")
local core = require("vertexsms.base.core")
local errors = require("vertexsms.error")
local kept_calls = require("vertexsms.request.kept")
local reasons = require("vertexsms.base.reason")
local urls = require("vertexsms.message.callback_url")
local verdicts = require("vertexsms.outbox.verdict")

local M = {}

-- The outbox repeats what may be repeated, and writes each time down.
local NO_RETRY = { attempts = 1, base = 0, max_wait = 0, server_errors = false, random = core.random }

-- The worker's client for one request, which must leave while the lease holds and before the message lapses.
local function client_for(client, leave_by)
  local changed = { retry = NO_RETRY, tracking = false, leave_by = leave_by, is_plain = false }
  return setmetatable(changed, { __index = client })
end

local function url_of(worker, message, tracking_id)
  local base = message.dlrUrl or worker.outbox.url
  if not base then return nil end
  local secret = not message.dlrUrl and worker.outbox.secret or nil
  return urls.build(base, { track = tracking_id, secret = secret })
end

-- The message of a row, as it is sent.
local function message_of(worker, row)
  local err
  local message = columns.message(row)
  message.dlrUrl, err = url_of(worker, message, row.tracking_id)
  if err then err.field = "dlrUrl" end
  return message, err
end

local function leave_by(row)
  return math.min(row.held_until, row.lapses_at or math.huge)
end

local function accepted(worker, row, sent)
  local message = columns.message(row)
  worker:ended(row, {
    state = "accepted", vertexsms_id = sent.id, parts = sent.parts, expires = verdicts.expires_in(message, core.time()),
    has_report = message.dlrUrl ~= nil or worker.outbox.url ~= nil,
  })
end

local function failed(worker, row, err, leave)
  local now, message = core.uptime(), columns.message(row)
  local verdict = verdicts.of(err, {
    failures = row.failures, scheduled = message.scheduled, expireIn = message.expireIn,
  }, {
    attempts = worker.outbox.attempts, trouble = worker.trouble, now = core.time(),
    is_late = now >= leave, may_lapse = row.lapses_at and now >= row.lapses_at,
  })
  verdict.err = err
  worker:ended(row, verdict)
end

-- What became of a row stays claimed until it is written down.
local function send_one(worker, client, row)
  local message, err = message_of(worker, row)
  local sent
  client, row.kept = kept_calls.client(client)
  local leave = leave_by(row)
  if not err then sent, err = client.methods.send(client_for(client, leave), message) end
  if sent then return accepted(worker, row, sent) end
  failed(worker, row, err, leave)
end

-- One wrong message must not take the others of its batch with it: each goes alone then.
local function is_about_one(err)
  local is_refused = err.outcome == "rejected" and not err.temporary
  return is_refused and err.status == 400 or err.kind == "invalid_argument" and err.outcome == "not_sent"
end

local function send_batch(worker, client, rows)
  local messages, leave = {}, math.huge
  local sent, err
  for i, row in ipairs(rows) do
    messages[i], err = message_of(worker, row)
    if err then return false end
    leave = math.min(leave, leave_by(row))
  end
  local kept
  client, kept = kept_calls.client(client)
  sent, err = client.methods.send_many(client_for(client, leave), messages, { batch_size = #rows })
  if err and is_about_one(err) then
    if kept then kept:tell() end
    return false
  end
  rows[#rows].kept = kept
  for i, row in ipairs(rows) do
    if sent then accepted(worker, row, sent[i]) else failed(worker, row, err, leave) end
  end
  return true
end

--- Sends the messages of some rows, and tells the worker what became of each.
---@param client vertexsms.AnyClient that waits for its batch
---@param worker table
---@param rows table[]
function M.deliver(client, worker, rows)
  if #rows > 1 and send_batch(worker, client, rows) then return true end
  for _, row in ipairs(rows) do send_one(worker, client, row) end
  return true
end

--- For rows whose delivery raised: a hook, or a fault of ours.
---@param worker table
---@param rows table[]
---@param reason any
function M.broke(worker, rows, reason)
  local err = errors.new({ kind = "internal", outcome = "unknown", message = reasons.text(reason) })
  for _, row in ipairs(rows) do
    if not row.has_ended then failed(worker, row, err, math.huge) end
  end
end

--- Asks for the state of an accepted message of which no report comes.
---@param client vertexsms.AnyClient
---@param worker table
---@param row { id: integer, vertexsms_id: string, age: number, remaining: number|nil } `remaining`: until it expires
function M.check(client, worker, row)
  local status, err = client.methods.status(client_for(client, nil), row.vertexsms_id)
  worker:checked(row, status, err)
  return true
end

return M
