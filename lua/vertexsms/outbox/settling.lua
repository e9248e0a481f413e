--- The statements that write down what became of a message.
--
-- Tested in spec/outbox/worker_spec.lua.

local add = require("vertexsms.store.step").add
local core = require("vertexsms.base.core")
local earlier = require("vertexsms.outbox.earlier")

local M = {}

-- The first question for the state of a message of which no report comes, and the longest time between two.
local CHECK_SECONDS = 30
M.CHECK_SECONDS_MAX = 3600

local function check_seconds(worker, verdict)
  return worker.outbox.poll and not verdict.has_report and CHECK_SECONDS or nil
end

local function accept(step, worker, row, verdict)
  local check = check_seconds(worker, verdict)
  add(step, worker.outbox.sql.accept, row.id, row.attempts, verdict.vertexsms_id, verdict.parts, worker.name,
    verdict.expires, check)
end

local function put_back(step, worker, row, verdict)
  add(step, worker.outbox.sql.put_back, row.id, row.attempts, verdict.reason, worker.name, verdict.counts and 1 or 0,
    verdict.wait or 0)
end

local function settle(step, worker, row, verdict)
  local sql = worker.outbox.sql
  if verdict.state == "accepted" then return accept(step, worker, row, verdict) end
  if verdict.state == "queued" then return put_back(step, worker, row, verdict) end
  if verdict.state == "unknown" then
    return add(step, sql.keep_unknown, row.id, row.attempts, verdict.reason, worker.name, verdict.expires)
  end
  add(step, sql.end_as, row.id, row.attempts, verdict.state, verdict.reason, verdict.field, worker.name)
end

-- What was certainly not accepted costs nothing; anything else stays counted.
local function tell_guard(step, worker, row, verdict)
  local guard = worker.outbox.guard
  if not guard or not row.pass then return end
  local lists = { guard:outcome(row.pass, verdict.err) }
  if verdict.state == "accepted" then
    lists[#lists + 1] = verdict.parts and guard:difference(row.pass, verdict.parts) or {}
  elseif verdict.state ~= "unknown" then
    lists[#lists + 1] = guard:give_back(row.pass)
  end
  for _, statements in ipairs(lists) do
    for _, statement in ipairs(statements) do step[#step + 1] = statement end
  end
end

local function settle_late(step, worker, row, verdict)
  earlier.append(step, worker.outbox.sql, row.tracking_id, {
    id = verdict.vertexsms_id, parts = verdict.parts, by = worker.name, check = check_seconds(worker, verdict),
  })
end

local FINAL = { delivered = true, undelivered = true, expired = true }

local function settle_check(step, worker, ended)
  local sql, row, status, err = worker.outbox.sql, ended.row, ended.status, ended.err
  if status and FINAL[status.state] then
    local code = type(status.error) == "number" and status.error or nil
    return add(step, sql.check_ends, row.id, status.state, code)
  end
  local is_over = (row.remaining or 0) <= 0 or err and not err.temporary and row.age > CHECK_SECONDS * 4
  if is_over then return add(step, sql.check_no_more, row.id) end
  add(step, sql.check_again, row.id, math.min(math.max(CHECK_SECONDS, row.age), M.CHECK_SECONDS_MAX))
end

-- What holds for all workers: a pause, a wait, or that something got through.
local function share(step, worker, pause, slow, has_success)
  local sql = worker.outbox.sql
  if pause then add(step, sql.stop, pause, worker.name) end
  if slow then add(step, sql.slow_down, slow) end
  if has_success and not slow and worker.trouble > 0 then add(step, sql.no_trouble) end
end

--- Adds the statements for all that has ended.
---@param step table[] changed in place
---@param worker table
---@param open table[]
function M.append(step, worker, open)
  local pause, slow, has_success
  for _, ended in ipairs(open) do
    local verdict = ended.verdict
    if ended.is_check then
      settle_check(step, worker, ended)
    elseif ended.is_late then
      settle_late(step, worker, ended.row, verdict)
    else
      ended.place = #step + 1
      settle(step, worker, ended.row, verdict)
      tell_guard(step, worker, ended.row, verdict)
      pause = pause or verdict.pause
      slow = verdict.slow and math.max(slow or 0, verdict.slow) or slow
      has_success = has_success or verdict.state == "accepted"
    end
  end
  share(step, worker, pause, slow, has_success)
end

-- It was accepted, but a person has decided about it meanwhile.
local function is_too_late(ended, result)
  return ended.place and ended.verdict.state == "accepted" and result[ended.place].changes == 0
end

--- After a step of which it is not known whether it was done.
---@param worker table
---@param open table[]
function M.doubt(worker, open)
  for _, ended in ipairs(open) do
    if ended.row.pass then worker.outbox.guard:doubt(ended.row.pass) end
  end
end

--- Counts what was written down.
---@param worker table
---@param open table[]
---@param result table of that step
function M.done(worker, open, result)
  for _, ended in ipairs(open) do
    local verdict = not ended.is_late and ended.verdict
    if ended.row.kept then ended.row.kept:tell() end
    if is_too_late(ended, result) then
      worker.open[#worker.open + 1] = { row = ended.row, verdict = verdict, is_late = true }
    end
    if verdict then worker.totals[verdict.state] = worker.totals[verdict.state] + 1 end
    if verdict and verdict.pause and not worker.is_paused then
      worker.outbox:log("the outbox is paused: " .. verdict.pause)
    end
    if verdict and (verdict.slow or verdict.pause) then worker.look_at = core.now() end
  end
end

return M
