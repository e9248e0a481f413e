--- The states of a message in the outbox, and every way from one to another.
--
-- The schema's triggers are made of this table, so that the database itself refuses any other change, also one that a
-- person makes by hand.
--
-- Tested in spec/outbox/states_spec.lua.

local M = {}

--- What became of a message in the outbox.
---@alias vertexsms.OutboxState
---| "queued" # waits for its turn
---| "sending" # a worker has it: the request may leave at any moment, or has left
---| "accepted" # VertexSMS took it
---| "delivered" # it reached the handset
---| "undelivered" # it did not reach the handset
---| "expired" # it did not reach the handset in time
---| "seen" # it was read
---| "rejected" # VertexSMS refused it; `reason` has its words
---| "unknown" # it may have been accepted: it is not sent again by itself
---| "unconfirmed" # it was unknown, and no report came before it expired
---| "cancelled" # by the caller, while it was queued
---| "lapsed" # its `send_before` was over before it could leave
---| "failed" # it was certainly not sent, and will not be

--- In the order of a message's life.
---@type vertexsms.OutboxState[]
M.names = {
  "queued", "sending", "accepted", "delivered", "undelivered", "expired", "seen", "rejected", "unknown", "unconfirmed",
  "cancelled", "lapsed", "failed",
}

M.known = {}
for _, name in ipairs(M.names) do M.known[name] = true end

-- From `unknown` lead the same ways as from `sending`: a worker whose lease has ended may still come back and say what
-- became of its request. A message that was believed lost may still arrive (see the ranks in callback/report.lua).
-- What a person had sent again may have been accepted before, whatever became of the next attempt (see earlier.lua).
local TRANSITIONS = {
  queued = { "sending", "cancelled", "lapsed", "failed", "accepted" },
  sending = { "accepted", "rejected", "unknown", "queued", "failed", "lapsed" },
  unknown = { "accepted", "rejected", "unconfirmed", "queued", "failed", "lapsed" },
  unconfirmed = { "accepted", "queued" },
  accepted = { "delivered", "undelivered", "expired", "seen" },
  undelivered = { "delivered", "seen" },
  expired = { "delivered", "seen" },
  delivered = { "seen" },
  rejected = { "accepted" },
  cancelled = { "accepted" },
  lapsed = { "accepted" },
  failed = { "accepted" },
}
M.transitions = TRANSITIONS

--- States that a message leaves no more, unless a person or a late report changes it.
M.final = {
  delivered = true, undelivered = true, expired = true, seen = true, rejected = true, unconfirmed = true,
  cancelled = true, lapsed = true, failed = true,
}

--- What a report may say of an accepted message.
M.reported = {}
for _, name in ipairs(TRANSITIONS.accepted) do M.reported[name] = true end

---@param from string
---@param to string
---@return boolean
function M.may_change(from, to)
  for _, name in ipairs(TRANSITIONS[from] or {}) do
    if name == to then return true end
  end
  return false
end

local function quoted(names)
  local list = {}
  for i, name in ipairs(names) do list[i] = "'" .. name .. "'" end
  return table.concat(list, ", ")
end

--- The table as an SQL condition over two columns.
---@param from string an SQL expression
---@param to string likewise
---@return string
function M.condition(from, to)
  local ways = {}
  for _, name in ipairs(M.names) do
    if TRANSITIONS[name] then
      ways[#ways + 1] = ("(%s = '%s' AND %s IN (%s))"):format(from, name, to, quoted(TRANSITIONS[name]))
    end
  end
  return table.concat(ways, " OR ")
end

return M
