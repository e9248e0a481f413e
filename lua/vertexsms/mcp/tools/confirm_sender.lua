--- confirm_sender: confirms a mobile number as a sender, with the PIN that came by SMS.
--
-- Tested in spec/mcp/consent_spec.lua.

local fields = require("vertexsms.mcp.tools.fields")
local live = require("vertexsms.mcp.tools.live")
local mask = require("vertexsms.mcp.mask")

local M = {
  title = "Confirm a sender ID", is_billed = true, audited = { pin = "secret", preview_token = "secret" },
  description = "Confirms a mobile number as a sender of the account, with the 5 digits that came to it by SMS. The"
    .. " person is asked first.",
  required = { "id", "pin" },
  properties = {
    id = { type = "string", minLength = 1, maxLength = 20, description = "The id that register_sender gave." },
    pin = { type = "string", minLength = 5, maxLength = 5, description = "The digits of the SMS." },
    preview_token = fields.PREVIEW_TOKEN,
  },
  output = live.OUTPUT,
}

function M.run(call, arguments)
  return live.perform(call, {
    tool = "confirm_sender", fields = { id = arguments.id, pin = arguments.pin },
    question = "Confirm this sender ID?\nID: " .. mask.quoted(arguments.id),
    perform = function(client) return client:confirm_sender(arguments.id, arguments.pin) end,
  })
end

return M
