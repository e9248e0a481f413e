--- How a worker takes messages.
--
-- Without a guard one statement takes as many as there is room for. With a guard each message is judged first, and
-- taken in a step of its own together with the statements that the guard wants to count it by.
--
-- Tested in spec/outbox/worker_spec.lua and spec/outbox/guard_spec.lua.

local columns = require("vertexsms.outbox.columns")
local core = require("vertexsms.core")

local M = {}

local FOREVER = 86400
-- After a claim that found nothing, though something was due: other workers were faster.
local LOST_SECONDS = 0.02
-- Messages of one claim at most: a step, and what a killed worker leaves behind, have a bound.
local CLAIM_MAX = 1000

local function add(step, sql, ...)
  step[#step + 1] = { sql = sql, params = { n = select("#", ...), ... } }
  return #step
end

-- The questions whose answers say when to look again.
local function append_view(step, sql)
  return { settings = add(step, sql.settings), waiting = add(step, sql.is_waiting), due = add(step, sql.is_due) }
end

-- Seconds until it is worth to look again, by the store's clock.
local function wait_of(settings, has_due, has_taken)
  if not has_due then return FOREVER end
  local next_at = settings.rate and settings.next_at or 0
  local wait = math.max(settings.resume_at, next_at) - settings.now_at
  if wait > 0 then return wait end
  return has_taken and 0 or LOST_SECONDS
end

local function read_view(worker, view, result, has_taken)
  local settings, now = result[view.settings].rows[1], core.now()
  local has_due = result[view.due].rows[1] ~= nil
  worker.trouble, worker.is_paused = settings.trouble, settings.pause_reason ~= nil
  worker.is_empty = result[view.waiting].rows[1] == nil
  worker.has_due = has_due and not worker.is_paused
  worker.look_at = now + wait_of(settings, worker.has_due, has_taken)
  worker.totals.paused = settings.pause_reason
end

--- Adds the statements that take messages, or those that look whether there are any.
---@param step table[] changed in place
---@param worker table
---@param room integer
---@param is_writing boolean whether the step changes something anyway
---@return table|nil claim
function M.append(step, worker, room, is_writing)
  local sql = worker.outbox.sql
  if worker.outbox.guard or room <= 0 then return nil end
  local is_time = worker.has_due and core.now() >= worker.look_at
  if not is_time and not is_writing then
    step.read_only = true
    return { view = append_view(step, sql) }
  end
  worker.claim_number = worker.claim_number + 1
  local number = worker.claim_number
  if worker.outbox.store.dialect == "postgresql" then add(step, sql.lock_rate) end
  local taken = add(step, sql.claim, worker.name, number, math.min(room, CLAIM_MAX), worker.lease)
  add(step, sql.spend, worker.name, number)
  return { number = number, taken = taken, view = append_view(step, sql) }
end

-- Until when a row may leave, by the clock that runs on while the machine sleeps. The step that took it began at
-- `started`, before the store looked at its own clock.
local function hold(worker, rows, started)
  for _, row in ipairs(rows) do
    row.held_until = started + worker.lease
    row.lapses_at = row.send_before and started + (row.send_before - row.now_at) or nil
  end
  worker.totals.taken = worker.totals.taken + #rows
  if #rows > 0 and worker.in_hand == 0 then worker.renew_at = core.now() + worker.lease / 3 end
  return rows
end

--- The rows that were taken.
---@param worker table
---@param claim table|nil
---@param result table
---@param started number when the step began, by core.uptime: its lease ends no earlier than a lease after that
---@return table[]
function M.read(worker, claim, result, started)
  if not claim then return {} end
  local rows = claim.taken and result[claim.taken].rows or {}
  read_view(worker, claim.view, result, #rows > 0)
  return hold(worker, rows, started)
end

--- After a step that failed: where it may have been committed, what it took is given back later.
---@param worker table
---@param claim table|nil
---@param err vertexsms.Error
function M.failed(worker, claim, err)
  if claim and claim.number and err.outcome == "unknown" then worker.doubtful[claim.number] = true end
end

--- Adds the statements that give back what may have been taken by a claim whose end is not known. Nothing of it was
-- sent.
---@param step table[] changed in place
---@param worker table
function M.append_release(step, worker)
  local released = {}
  for number in pairs(worker.doubtful) do
    add(step, worker.outbox.sql.unclaim, worker.name, number)
    released[#released + 1] = number
  end
  worker.releasing = released
end

--- After the step that gave them back.
---@param worker table
function M.released(worker)
  for _, number in ipairs(worker.releasing) do worker.doubtful[number] = nil end
end

-- ---- with a guard

-- What a guard sees of a row.
local function shown_to_guard(row)
  return { id = row.id, key = row.key, attempts = row.attempts, message = columns.message(row) }
end

-- A refusal with `wait` puts the message off; one without is for good.
local function refuse(step, worker, row, refusal)
  local sql = worker.outbox.sql
  if refusal.wait then
    add(step, sql.defer, row.id, row.attempts, refusal.wait, refusal.message, "guard")
  else
    add(step, sql.refuse, row.id, row.attempts, refusal.message, refusal.field, "guard")
  end
end

-- The row that all claims change comes first, so that two workers never wait for each other.
local function claim_step(worker, row, statements)
  local sql, step = worker.outbox.sql, {}
  worker.claim_number = worker.claim_number + 1
  step[1] = { sql = sql.take_turn, must = "turn" }
  step[2] = { sql = sql.claim_one, must = "claimed",
    params = { n = 5, worker.name, worker.claim_number, row.id, worker.lease, row.attempts } }
  for _, statement in ipairs(statements) do step[#step + 1] = statement end
  return { step = step, row = row, number = worker.claim_number }
end

local function judge(worker, rows)
  local wanted, refusals = {}, {}
  for _, row in ipairs(rows) do
    local statements, refusal = worker.outbox.guard:may_send(shown_to_guard(row))
    if statements then
      wanted[#wanted + 1] = claim_step(worker, row, statements)
    else
      refuse(refusals, worker, row, refusal)
    end
  end
  return wanted, refusals
end

local function read_claim(worker, claim, result, err, refusals)
  if not result then return M.failed(worker, claim, err) end
  if result.kind == "ok" then return result[2].rows[1] end
  if result.failed == "turn" or result.failed == "claimed" then return end
  refuse(refusals, worker, claim.row, worker.outbox.guard:refused(shown_to_guard(claim.row), result.failed))
end

local function candidates(worker, room)
  local step = { read_only = true }
  add(step, worker.outbox.sql.candidates, math.min(room, CLAIM_MAX))
  local view = append_view(step, worker.outbox.sql)
  local result = worker:perform(step)
  if not result then return {} end
  read_view(worker, view, result, #result[1].rows > 0)
  return result[1].rows
end

--- Takes messages that the guard lets through, each in a step of its own, all of them in one commit.
---@param worker table
---@param room integer
---@return table[] rows
function M.guarded(worker, room)
  if room <= 0 then return {} end
  local wanted, refusals = judge(worker, candidates(worker, room))
  local steps, rows, started = {}, {}, core.uptime()
  for i, claim in ipairs(wanted) do steps[i] = claim.step end
  for i, answer in ipairs(worker.outbox.store:perform_all(steps, worker.host)) do
    rows[#rows + 1] = read_claim(worker, wanted[i], answer.result, answer.err, refusals)
  end
  if #refusals > 0 then worker:perform(refusals) end
  return hold(worker, rows, started)
end

return M
