--- Methods of a guard whose counters are in an outbox's own store: the outbox puts these statements into its steps, so
-- that a message is taken and counted at once, or neither.
--
-- Tested in spec/guard/row_spec.lua.

local breakers = require("vertexsms.guard.breaker")
local passages = require("vertexsms.guard.passage")
local refusals = require("vertexsms.guard.refusal")

local M = {}

local PAUSED = "guard:paused"

--- The tables of the counters.
---@return table[] statements
function M:schema()
  return self.counters.sql:schema()
end

--- Judges a message by all rules that need no counter. May ask for its price, so never within a step.
---@param client vertexsms.AnyClient
---@param draft vertexsms.Draft
---@param options { guard_key: string|nil }|nil
---@return vertexsms.guard.Facts|nil pass for the methods below
---@return vertexsms.Error|nil
function M:examine(client, draft, options)
  local facts = passages.facts(self, client, draft, options and options.guard_key, nil)
  local err = passages.check(self, facts) or passages.price(self, client, { facts })
  if err then
    err.index = nil
    passages.tell(client, err)
    return nil, err
  end
  return facts
end

--- Counts the message, in the step that takes it.
---@param pass vertexsms.guard.Facts
---@return table[] statements
function M:statements(pass)
  local step, about = self.counters:counting(self.limits, { pass })
  pass.about = about
  if not self.breaker then return step end
  local open, try = self.counters.sql.probe(self.breaker:names(pass.prefix), self.breaker.seconds, PAUSED)
  step[#step + 1], step[#step + 2] = open, try
  return step
end

--- That step was done.
---@param pass vertexsms.guard.Facts
---@param result table of the step
---@param first integer place of the first of the statements in it
function M:taken(pass, result, first)
  pass.taken = self.counters.taken_at(result, first)
  pass.is_probe = self.breaker ~= nil and result[#result].changes > 0
end

--- That step was refused: why.
---@param pass vertexsms.guard.Facts
---@param failed string of the result
---@param perform fun(step: table): table|nil, any
---@return vertexsms.Error
function M:explain(pass, failed, perform)
  if failed ~= PAUSED then return refusals.limit(self.counters:explained(pass.about[failed], perform)) end
  local mark, seconds = self.counters:stopped_by(self.breaker:names(pass.prefix), perform)
  return mark and refusals.paused(mark, seconds) or refusals.unreachable(tostring(seconds))
end

--- The message was certainly not billed. What may have been given back already is counted too often rather than too
-- rarely.
---@param pass vertexsms.guard.Facts
---@return table[] statements
function M:give_back(pass)
  if not pass.taken or pass.is_doubtful then return {} end
  return self.counters:uncounting(self.limits, { pass })
end

--- It is not known whether the step was done that counted it: for one that finds out that it was.
---@param pass vertexsms.guard.Facts
---@return table[] statements
function M:take_back(pass)
  return self.counters:uncounting(self.limits, { pass })
end

--- It is not known whether a step was done that had these statements.
---@param pass vertexsms.guard.Facts
function M.doubt(_, pass)
  pass.is_doubtful = true
end

--- VertexSMS counted other parts.
---@param pass vertexsms.guard.Facts
---@param parts integer
---@return table[] statements
function M:difference(pass, parts)
  local more = parts - (pass.parts or parts)
  if more == 0 or pass.is_test or not pass.taken or #self.budgets == 0 then return {} end
  local facts = { billed = math.abs(more), price = math.abs(more) * (pass.part_price or 0), taken = pass.taken }
  if more > 0 then return self.counters:adding(self.budgets, facts) end
  if pass.is_doubtful then return {} end
  return self.counters:uncounting(self.budgets, { facts })
end

--- A send has ended.
---@param pass vertexsms.guard.Facts
---@param err vertexsms.Error|nil
---@return table[] statements
function M:outcome(pass, err)
  if not self.breaker then return {} end
  local sql = self.counters.sql
  local pause, reason, resume = breakers.of_outcome(err)
  if pause then return { sql:tick(), sql:pause(pause, reason, self.breaker.seconds) } end
  return resume and pass.is_probe and { sql.resume(resume) } or {}
end

--- A report came.
---@param report vertexsms.Report
---@param to string|nil the recipient
---@return table[] statements
function M:report(report, to)
  local breaker = self.breaker
  if not breaker or not report.final then return {} end
  local means, sql = breakers.of_report(report), self.counters.sql
  local step = {}
  if means.pause then step = { sql:tick(), sql:pause(means.pause, means.reason, breaker.seconds) } end
  if means.resume then step[1] = sql.resume(means.resume) end
  if not breaker.undelivered or not to or means.failed == nil then return step end
  local prefix = to:gsub("^%+", ""):sub(1, self.prefix_digits)
  for _, statement in ipairs(sql:tally(breaker, prefix, means.failed)) do step[#step + 1] = statement end
  return step
end

return M
