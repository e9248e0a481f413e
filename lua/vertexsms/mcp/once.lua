--- What costs money, done once: consent, then a line in the ledger, then the request, then the line settled.

local consent = require("vertexsms.mcp.consent")
local errors = require("vertexsms.error")
local mask = require("vertexsms.mcp.mask")

local M = {}

---@class vertexsms.mcp.Job
---@field tool string
---@field mode "test"|"live"
---@field fields table by which the call is known again
---@field digest string|nil of them, once the ledger is there
---@field draft vertexsms.Draft|nil the guard judges it
---@field has_no_price boolean|nil what it costs cannot be asked
---@field recipient string|nil as a list shows it
---@field parts integer|nil
---@field price string|nil
---@field has_preview boolean|nil where the client is the consent, the token comes from preview_sms
---@field question fun(earlier: table|nil): string what the person is asked
---@field perform fun(client: vertexsms.SafeClient): table|nil, vertexsms.Error|nil

-- A call that another process, or another call of this one, is about to settle is waited for.
local LOOKS, LOOK_SECONDS = 30, 0.5

local STILL = "the same call is being sent at this moment, and its outcome is not known yet"
local LOST = "the same call was begun before, and its outcome is not known: it may have been sent"
local FREED = "the same call was made at the same time, and was not sent"

local function repeated(row)
  if row.state == "accepted" then
    return { outcome = "accepted", id = row.vertexsms_id, parts = row.parts, repeated = true,
      next = "This very call was accepted before, and was not sent again." }
  end
  return nil, errors.new({ kind = "conflict", outcome = "unknown",
    message = row.state == "sending" and STILL or row.reason or LOST })
end

-- What became of the same call. Nothing where there was none.
local function look_back(call, ledger, digest)
  for look = 1, LOOKS do
    local row, err = ledger:first(digest)
    if not row then return nil, err end
    if row.state ~= "sending" or look == LOOKS or call:must_stop() then return repeated(row) end
    call.server.loop.host.sleep(LOOK_SECONDS)
  end
end

-- The other call may have ended without having sent anything: then there is no such call any more.
local function await_other(call, ledger, digest)
  local first, err = look_back(call, ledger, digest)
  if first or err then return first, err end
  return nil, errors.new({ kind = "conflict", message = FREED, retryable = true })
end

local function refused(call, ledger, result, permit, pass, job)
  if result.failed == "repeated" then return await_other(call, ledger, job.digest) end
  if result.failed == "permit" then return nil, consent.stale(permit, job) end
  return nil, call:guard():explain(pass, result.failed, function(step) return ledger:perform(step) end)
end

local function stopped(call) return errors.new({ kind = "cancelled", message = call.STOPPED }) end

local IS_FREE = { not_sent = true, rejected = true }

-- What the guard has to count once the outcome is known.
local function counted(guard, pass, sent, err)
  if not pass then return {} end
  local list = {}
  local function add(statements)
    for _, statement in ipairs(statements) do list[#list + 1] = statement end
  end
  if err and IS_FREE[err.outcome] then add(guard:give_back(pass)) end
  if sent and sent.parts then add(guard:difference(pass, sent.parts)) end
  add(guard:outcome(pass, err))
  return list
end

-- How often an outcome that could not be written down is tried to be, and the seconds in between. A step that was done
-- after all is not done twice.
local SETTLE_TRIES, SETTLE_SECONDS = 100, 3

local IS_KEPT_BACK = { text = true, secret = true }

-- Why it was not accepted. The service may have repeated what the audit does not show either.
local function reason_of(call, err)
  if not err then return nil end
  local texts = {}
  for name, kind in pairs(call.tool.audited) do
    local value = call.arguments[name]
    if IS_KEPT_BACK[kind] and value then texts[#texts + 1] = value end
  end
  return mask.words(err.message, texts)
end

-- Waits until the outcome is written down. The answer does not wait for longer than it may.
local function settle(call, ledger, id, pass, sent, err)
  local outcome = sent and "accepted" or err.outcome
  local facts = { id = sent and sent.id, parts = sent and sent.parts, reason = reason_of(call, err) }
  local guarded = counted(call:guard(), pass, sent, err)
  for try = 1, SETTLE_TRIES do
    local failure = ledger:settle(id, outcome, facts, guarded)
    if not failure then return end
    if try == 1 or try == SETTLE_TRIES then
      call.server.log(("vertexsms: mcp: an outcome (%s%s) is not written down: %s"):format(outcome,
        facts.id and ", id " .. facts.id or "", failure.message))
    end
    call.server:pause(SETTLE_SECONDS)
  end
end

-- From here on the request may leave. It is committed in the ledger.
local function perform(call, ledger, id, pass, job, client)
  call.server.options.defer()
  local sent, err
  if call:must_stop() then
    err = stopped(call) -- while it was written down
  else
    call.has_begun = true
    sent, err = job.perform(client)
  end
  local done = sent and { outcome = "accepted", id = sent.id, parts = sent.parts } or nil
  call.done, call.err = done, err
  settle(call, ledger, id, pass, sent, err)
  return done, err
end

local function begin(call, ledger, permit, pass, job, client)
  local guarded = pass and call:guard():statements(pass) or {}
  local result, err, first = ledger:begin(job, permit.text and permit, guarded)
  if not result then
    err.outcome = "not_sent" -- of the ledger it may be unknown; nothing has left
    return nil, err
  end
  if result.kind ~= "ok" then return refused(call, ledger, result, permit, pass, job) end
  if pass then call:guard():taken(pass, result, first) end
  return perform(call, ledger, result.id, pass, job, client)
end

local NO_PRICE = "what this costs cannot be asked, and the guard has a rule of prices (allow_unknown_price = true of"
  .. " the guard lets it pass all the same)"

local NOT_LIVE = "this is switched off here, because of VERTEXSMS_LIVE or live = false of the guard"

-- Without a draft there is nothing that the guard could judge or count, but the switch.
local function examine(call, client, job)
  local guard = call:guard()
  if not job.draft then
    if guard.is_live then return true end
    return nil, errors.new({ kind = "guarded", rule = "live", message = NOT_LIVE })
  end
  if job.has_no_price and guard.prices and not guard.allow_unknown_price then
    return nil, errors.new({ kind = "guarded", rule = "price", message = NO_PRICE })
  end
  return guard:examine(client, job.draft, { guard_key = "mcp" })
end

-- The guard is asked before the person: what it refuses anyway is not asked about.
local function would_pass(call, ledger, pass)
  local result, err = ledger:try(call:guard():statements(pass))
  if not result then return err end
  if result.failed == "undone" then return nil end
  return call:guard():explain(pass, result.failed, function(step) return ledger:perform(step) end)
end
M.would_pass = would_pass

--- Does a job once.
---@param call vertexsms.mcp.Call
---@param client vertexsms.SafeClient
---@param job vertexsms.mcp.Job
---@return table|nil fields
---@return vertexsms.Error|nil
---@return table|nil question
function M.perform(call, client, job)
  local ledger, err = call:ledger()
  if not ledger then return nil, err end
  job.digest = ledger:digest(job.tool, job.mode, job.fields)
  local first
  first, err = look_back(call, ledger, job.digest)
  if first or err then return first, err end
  local pass
  pass, err = examine(call, client, job)
  if pass == true then pass = nil else err = err or would_pass(call, ledger, pass) end
  if err then return nil, err end
  local earlier
  earlier, err = ledger:earlier(job.digest)
  if err then return nil, err end
  if call:must_stop() then return nil, stopped(call) end
  local permit, question
  permit, err, question = consent.get(call, ledger, job, function() return job.question(earlier) end)
  if not permit then return nil, err, question end
  return begin(call, ledger, permit, pass, job, client)
end

return M
