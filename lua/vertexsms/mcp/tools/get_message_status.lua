--- get_message_status: what became of a message. Its text is left out: it may be another person's.
--
-- Tested in spec/mcp/init_spec.lua.

local fields = require("vertexsms.mcp.tools.fields")
local mask = require("vertexsms.mcp.mask")

local M = {
  title = "What became of an SMS",
  description = "Says what became of an SMS that was accepted: pending, sent, delivered, undelivered or expired.",
  required = { "id" }, properties = { id = fields.ID },
  output = {
    id = { type = "string" }, state = { type = "string" }, final = { type = "boolean" }, to = { type = "string" },
    createDate = { type = "string" }, sentDate = { type = "string" }, dlrDate = { type = "string" },
    reason = { type = "string" },
  },
}

--- A status as tools tell it.
---@param status vertexsms.Status
---@return table
function M.shown(status)
  local shown = fields.pick(status, { "id", "state", "final", "createDate", "sentDate", "dlrDate" })
  shown.to = status.to and mask.number(status.to)
  if status.error and tostring(status.error) ~= "0" then shown.reason = tostring(status.error) end
  return shown
end

function M.run(call, arguments)
  local client, err = call:client()
  if not client then return nil, err end
  local status
  status, err = client:status(arguments.id)
  return status and M.shown(status), err
end

return M
