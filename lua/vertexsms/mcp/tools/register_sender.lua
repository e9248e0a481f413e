--- register_sender: asks VertexSMS to register a sender ID.
--
-- Tested in spec/mcp/send_spec.lua.

local fields = require("vertexsms.mcp.tools.fields")
local live = require("vertexsms.mcp.tools.live")
local mask = require("vertexsms.mcp.mask")

local M = {
  title = "Register a sender ID", is_billed = true,
  description = "Asks VertexSMS to register a sender ID for the account. The person is asked first. For a mobile number"
    .. " a PIN comes by SMS, which confirm_sender takes.",
  required = { "name", "type" },
  properties = {
    name = { type = "string", minLength = 1, maxLength = 16, description = "Such as MyShop, or a phone number." },
    type = { type = "string", enum = { "AlphaNumeric", "MSISDN" }, description = "What the name is." },
    category = { type = "string", enum = { "Company", "Product", "Brand", "Shortcode", "Landline", "Other" },
      description = "What the name stands for." },
    categoryDescription = { type = "string", minLength = 1, maxLength = 200, description = "More about it." },
  },
  output = live.OUTPUT,
}

function M.run(call, arguments)
  local sender = fields.pick(arguments, { "name", "type", "category", "categoryDescription" })
  return live.perform(call, {
    tool = "register_sender", fields = sender,
    question = ("Register this sender ID for the account?\nType: %s\nName: %s"):format(sender.type,
      mask.quoted(sender.name)),
    perform = function(client) return client:register_sender(sender) end,
  })
end

return M
