--- The attempt before a resend, when it turns out to have been accepted.
--
-- A person took it for lost. Where nothing is known of the next attempt, or it has come to nothing, the message is
-- accepted, and there is no further attempt. Where the next one was accepted, too, the history has a line.
-- Of several resends of one message the last two attempts are known.
--
-- Tested in spec/outbox/reports_spec.lua and spec/outbox/lease_spec.lua.

local add = require("vertexsms.store.step").add

local M = {}

--- Adds the statements for an accepted attempt that is not the last one. Without such a resend they change nothing.
---@param step table[] changed in place
---@param sql table<string, string>
---@param tracking_id string of the attempt
---@param accepted { id: string, parts: integer|nil, by: string, check: number|nil } `check`: seconds until it is asked
---  what became of it
function M.append(step, sql, tracking_id, accepted)
  add(step, sql.earlier_accepted, tracking_id, accepted.id, accepted.parts, accepted.by, accepted.check)
  add(step, sql.note_earlier, tracking_id, accepted.by)
  add(step, sql.forget_earlier, tracking_id)
end

return M
