--- How a worker takes messages.
--
-- One statement takes as many as there is room for. Where there is a guard, guarded.lua does.
--
-- Tested in spec/outbox/worker_spec.lua.

local add = require("vertexsms.store.step").add
local core = require("vertexsms.base.core")

local M = {}

local FOREVER = 86400
-- After a claim that found nothing, though something is due: other workers were faster, or it has lapsed.
local LOST_SECONDS, LOST_SECONDS_MAX = 0.01, 0.5
--- Messages of one claim at most: a step, and what a killed worker leaves behind, have a bound.
M.ROWS_MAX = 1000

--- Adds the questions whose answers say when to look again.
---@param step table[] changed in place
---@param sql table<string, string>
---@return table view
function M.append_view(step, sql)
  return { settings = add(step, sql.settings), waiting = add(step, sql.is_waiting), due = add(step, sql.is_due) }
end

-- Seconds until it is worth to look again, by the store's clock.
local function wait_of(worker, settings, has_taken)
  if not worker.has_due then return FOREVER end
  local next_at = settings.rate and settings.next_at or 0
  local wait = math.max(settings.resume_at, next_at) - settings.now_at
  if wait > 0 then return wait end
  worker.lost = has_taken and 0 or worker.lost + 1
  if worker.lost == 0 then return 0 end
  if worker.lost == 1 then worker.keep_at = 0 end -- the sweep says whether it has lapsed
  return math.min(LOST_SECONDS * 2 ^ worker.lost, LOST_SECONDS_MAX)
end

--- Reads the answers to those questions.
---@param worker table
---@param view table
---@param result table
---@param has_taken boolean false: nothing was there to be taken
function M.read_view(worker, view, result, has_taken)
  local settings, now = result[view.settings].rows[1], core.now()
  local has_due = result[view.due].rows[1] ~= nil
  worker.trouble, worker.is_paused = settings.trouble, settings.pause_reason ~= nil
  worker.is_empty = result[view.waiting].rows[1] == nil
  worker.has_due = has_due and not worker.is_paused
  worker.look_at = now + wait_of(worker, settings, has_taken)
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
    return { view = M.append_view(step, sql) }
  end
  worker.claim_number = worker.claim_number + 1
  local number = worker.claim_number
  if worker.outbox.store.dialect == "postgresql" then add(step, sql.lock_rate) end
  local taken = add(step, sql.claim, worker.name, number, math.min(room, M.ROWS_MAX), worker.lease)
  add(step, sql.spend, worker.name, number)
  return { number = number, taken = taken, view = M.append_view(step, sql) }
end

--- Says until when each row may leave, by the clock that runs on while the machine sleeps. The step that took them
-- began at `started`, before the store looked at its own clock.
---@param worker table
---@param rows table[]
---@param started number
---@return table[] rows
function M.hold(worker, rows, started)
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
  M.read_view(worker, claim.view, result, not claim.taken or #rows > 0)
  return M.hold(worker, rows, started)
end

--- After a step that failed: where it may have been committed, what it took is given back later.
---@param worker table
---@param claim table|nil
---@param err vertexsms.Error
function M.failed(worker, claim, err)
  if claim and claim.number and err.outcome == "unknown" then worker.doubtful[claim.number] = claim end
end

-- What a guard has counted in that step is taken back in the same one, where there is something to give back.
local function release_counted(worker, number, pass)
  local step = {}
  add(step, worker.outbox.sql.unclaim, worker.name, number)
  step[1].must = "taken"
  for _, statement in ipairs(worker.outbox.guard:take_back(pass)) do step[#step + 1] = statement end
  local is_done = worker:perform(step) ~= nil
  if is_done then worker.doubtful[number] = nil end
  return is_done
end

--- Adds the statements that give back what may have been taken by a claim whose end is not known. Nothing of it was
-- sent.
---@param step table[] changed in place
---@param worker table
function M.append_release(step, worker)
  local released = {}
  for number, claim in pairs(worker.doubtful) do
    if not claim.pass then
      add(step, worker.outbox.sql.unclaim, worker.name, number)
      released[#released + 1] = number
    elseif not release_counted(worker, number, claim.pass) then
      break
    end
  end
  worker.releasing = released
end

--- After the step that gave them back.
---@param worker table
function M.released(worker)
  for _, number in ipairs(worker.releasing) do worker.doubtful[number] = nil end
end

return M
