--- Reports that settle messages of the outbox: what callback.handler asks of it.
--
-- A report carries the tracking ID that its message had in its dlrUrl, so that it settles also a message whose
-- outcome is unknown. It may come before the worker has written down that the message was accepted.
--
-- Tested in spec/outbox/reports_spec.lua.

local add = require("vertexsms.store.step").add
local codes = require("vertexsms.callback.codes")
local core = require("vertexsms.base.core")
local earlier = require("vertexsms.outbox.earlier")
local errors = require("vertexsms.error")
local keeping = require("vertexsms.outbox.keeping")
local states = require("vertexsms.outbox.states")

local M = {}

local TICK_SECONDS = 60

-- The last statement of a step: what a report says of an accepted message.
local function append_end(step, sql, tracking_id, report)
  if not states.reported[report.state] then return end
  local reason = report.error and report.error ~= 0 and codes.describe(report.error) or nil
  add(step, sql.report_ends, tracking_id, report.state, report.error, reason)
end

local function report_step(sql, tracking_id, report)
  local step = {}
  add(step, sql.report_accepts, tracking_id, report.id)
  append_end(step, sql, tracking_id, report)
  return step
end

-- No message has this tracking ID, or it says nothing new of one.
local function earlier_step(sql, tracking_id, report)
  local step = {}
  earlier.append(step, sql, tracking_id, { id = report.id, by = "report" })
  append_end(step, sql, tracking_id, report)
  return step
end

local function perform(outbox, step)
  local result, err = outbox:perform(step)
  if not result then errors.raise(err) end
  return result
end

--- For a handler: a report with this tracking ID came. Raises where the store fails, so that VertexSMS repeats the
-- report.
---@param outbox table
---@param tracking_id string
---@param report vertexsms.Report
function M.settle(outbox, tracking_id, report)
  local result = perform(outbox, report_step(outbox.sql, tracking_id, report))
  local row = result[#result].rows[1]
  if result[1].changes == 0 and not row then
    result = perform(outbox, earlier_step(outbox.sql, tracking_id, report))
    row = result[#result].rows[1]
  end
  local statements = row and outbox.guard and outbox.guard:report(report, row.recipient) or {}
  if #statements > 0 then perform(outbox, statements) end
end

--- For a handler: once a minute, what time brings about.
---@param outbox table
function M.tick(outbox)
  local now = core.now()
  if now < (outbox.next_tick or 0) then return end
  outbox.next_tick = now + TICK_SECONDS * (0.5 + core.random())
  local err = keeping.sweep(outbox, function(step) return outbox:perform(step) end)
  if err then errors.raise(err) end
end

return M
