--- What time brings about: leases end, messages lapse, what is unknown is called unconfirmed, old rows go.
--
-- Each worker, and each handler of reports, does so now and then. Every step is bounded.
--
-- Tested in spec/outbox/keeping_spec.lua.

local add = require("vertexsms.store.step").add
local expiry = require("vertexsms.message.expiry")
local statements = require("vertexsms.outbox.statements")

local M = {}

local BY_CLOCK = { "shorten_leases", "shorten_waits", "shorten_pause", "end_leases", "lapse" }

local function by_clock(sql)
  local step = {}
  for _, name in ipairs(BY_CLOCK) do add(step, sql[name]) end
  add(step, sql.overdue)
  return step
end

-- Is there more of what the clock brings about than a step may change?
local function has_more(result)
  for i = 1, #BY_CLOCK do
    if result[i].changes >= statements.SWEPT_MAX then return true end
  end
  return false
end

-- A message that is scheduled expires as long after that, which SQL cannot read.
local function expiry_of(row)
  if not row.scheduled then return 0 end
  return expiry.at({ scheduled = row.scheduled, expireIn = row.expire_in }, 0) + expiry.SLACK_SECONDS
end

local function call_unconfirmed(step, sql, rows)
  for _, row in ipairs(rows) do
    local later = expiry_of(row)
    if later > row.now_at then
      add(step, sql.expire_later, row.id, later)
    else
      add(step, sql.unconfirm, row.id)
    end
  end
end

local function delete(step, sql, rows)
  for _, row in ipairs(rows) do
    add(step, sql.delete_history, row.id)
    add(step, sql.delete, row.id)
  end
end

--- Does what is due, for a moment.
---@param outbox table
---@param perform fun(step: table): table|nil, vertexsms.Error|nil
---@return vertexsms.Error|nil
---@return boolean|nil has_more is due, and should be done soon
function M.sweep(outbox, perform)
  local sql, keep = outbox.sql, outbox.keep or {}
  local step = by_clock(sql)
  local overdue = #step
  if keep.texts then add(step, sql.drop_texts, keep.texts) end
  if keep.rows then add(step, sql.old, keep.rows) end
  local result, err = perform(step)
  if not result then return err end
  local second = {}
  call_unconfirmed(second, sql, result[overdue].rows)
  if keep.rows then delete(second, sql, result[#step].rows) end
  local is_behind = has_more(result)
  if #second == 0 then return nil, is_behind end
  result, err = perform(second)
  return not result and err or nil, is_behind
end

return M
