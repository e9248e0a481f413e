--- Methods of a guard that the attempts of a call ask.
--
-- Tested in spec/guard_spec.lua.

local passages = require("vertexsms.guard.passage")

local M = {}

--- For the attempts of a call: may this one be repeated?
---@return boolean
function M:may_retry()
  return not self.retries or self.retries:spend()
end

--- For the attempts of a call: another attempt is to begin.
---@param client vertexsms.AnyClient
---@param request vertexsms.Request
---@return boolean
function M.may_begin(_, client, request)
  return not request.drafts or passages.again(client, request.drafts)
end

--- For the attempts of a call: how the last one ended.
---@param request vertexsms.Request
---@param outcome vertexsms.Outcome
function M:on_attempt(request, outcome)
  if request.drafts then request.drafts.last_outcome = outcome end
  if outcome == "accepted" and self.retries then self.retries:refill() end
end

return M
