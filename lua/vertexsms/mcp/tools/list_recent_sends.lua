--- list_recent_sends: what was asked to be sent through this server, and what became of it. After a call that was
-- cancelled, or a restart, this is where the outcome is.
--
-- Tested in spec/mcp/once_spec.lua.

local fields = require("vertexsms.mcp.tools.fields")
local json = require("vertexsms.json")

local M = {
  title = "What was sent lately", is_local = true,
  description = "Lists what was sent through this server, newest first, with outcomes: accepted, rejected, not_sent,"
    .. " unknown, or sending. Look here after a call that timed out or was cancelled, before anything is sent again.",
  properties = { count = { type = "integer", minimum = 1, maximum = 100, description = "How many. Left out: 20." } },
  output = { sends = { type = "array", items = { type = "object" } } },
}

local NAMES = { "tool", "mode", "parts", "price", "reason" }

local function shown(row)
  local send = fields.pick(row, NAMES)
  send.outcome, send.id, send.to = row.state, row.vertexsms_id, row.recipient
  send.seconds_ago = math.max(0, math.floor(row.age))
  if row.state == "unknown" then send.next = "It may have been sent. Do not send it again." end
  return send
end

function M.run(call, arguments)
  local ledger, err = call:ledger()
  if not ledger then return nil, err end
  local rows
  rows, err = ledger:recent(arguments.count or 20)
  if not rows then return nil, err end
  local list = json.array({})
  for i, row in ipairs(rows) do list[i] = shown(row) end
  return { sends = list }
end

return M
