--- How a worker takes messages that a guard must let through.
--
-- What the guard can judge without its counters it says first. Then each message is taken in a step of its own, in
-- which the guard's statements count it: where a limit is reached the step is undone, and the message is still queued.
-- All those steps are one commit.
--
-- Tested in spec/outbox/guarded_spec.lua.

local add = require("vertexsms.store.step").add
local claims = require("vertexsms.outbox.claims")
local columns = require("vertexsms.outbox.columns")
local core = require("vertexsms.base.core")
local drafts = require("vertexsms.message.draft")
local verdicts = require("vertexsms.outbox.verdict")

local M = {}

-- Of the statements of a claim's step, the guard's come after these.
local OWN_STATEMENTS = 2

-- A refusal that may pass puts the message off. One that is about all messages pauses the outbox. Any other is for
-- good.
local function refuse(step, worker, row, err)
  local sql, verdict = worker.outbox.sql, verdicts.of_guard(err)
  if verdict.pause then
    add(step, sql.stop, verdict.pause, worker.name)
  elseif verdict.state == "queued" then
    add(step, sql.defer, row.id, row.attempts, verdict.wait, verdict.reason, "guard")
  else
    add(step, sql.refuse, row.id, row.attempts, verdict.reason, verdict.field, "guard")
  end
end

-- The row that all claims change comes first, so that two workers never wait for each other.
local function claim_of(worker, row, pass)
  local sql = worker.outbox.sql
  worker.claim_number = worker.claim_number + 1
  local step = {
    { sql = sql.take_turn, must = "turn" },
    { sql = sql.claim_one, must = "claimed",
      params = { n = 5, worker.name, worker.claim_number, row.id, worker.lease, row.attempts } },
  }
  for _, statement in ipairs(worker.outbox.guard:statements(pass)) do step[#step + 1] = statement end
  return { step = step, row = row, pass = pass, number = worker.claim_number }
end

-- A row that a person has added was not checked yet.
local function examine(worker, row)
  local draft, err = drafts.new(worker.client, columns.message(row))
  if not draft then return nil, err end
  return worker.outbox.guard:examine(worker.client, draft, { guard_key = row.key })
end

local function judge(worker, rows)
  local wanted, refusals = {}, {}
  for _, row in ipairs(rows) do
    local pass, err = examine(worker, row)
    if pass then wanted[#wanted + 1] = claim_of(worker, row, pass) else refuse(refusals, worker, row, err) end
  end
  return wanted, refusals
end

-- The row that a claim took, or nothing.
local function read(worker, claim, answer, refusals)
  local result, guard = answer.result, worker.outbox.guard
  if not result then return claims.failed(worker, claim, answer.err) end
  if result.kind == "ok" then
    guard:taken(claim.pass, result, OWN_STATEMENTS + 1)
    local row = result[OWN_STATEMENTS].rows[1]
    row.pass = claim.pass
    return row
  end
  if result.failed == "turn" or result.failed == "claimed" then return nil end
  local function perform(step) return worker:perform(step) end
  refuse(refusals, worker, claim.row, guard:explain(claim.pass, result.failed, perform))
end

local function candidates(worker, room)
  local step = { read_only = true }
  add(step, worker.outbox.sql.candidates, math.min(room, claims.ROWS_MAX))
  local view = claims.append_view(step, worker.outbox.sql)
  local result = worker:perform(step)
  if not result then return {} end
  claims.read_view(worker, view, result, #result[1].rows > 0)
  return result[1].rows
end

--- Takes messages.
---@param worker table
---@param room integer how many it may take
---@return table[] rows
function M.take(worker, room)
  if room <= 0 then return {} end
  local wanted, refusals = judge(worker, candidates(worker, room))
  local steps, rows, started = {}, {}, core.uptime()
  for i, claim in ipairs(wanted) do steps[i] = claim.step end
  for i, answer in ipairs(worker.outbox.store:perform_all(steps, worker.host)) do
    rows[#rows + 1] = read(worker, wanted[i], answer, refusals)
  end
  if #refusals > 0 then worker:perform(refusals) end
  return claims.hold(worker, rows, started)
end

return M
