--- register_sender: asks VertexSMS to register a sender ID.
--
-- Tested in spec/mcp/policy_spec.lua.

local address = require("vertexsms.address")
local errors = require("vertexsms.error")
local fields = require("vertexsms.mcp.tools.fields")
local live = require("vertexsms.mcp.tools.live")
local mask = require("vertexsms.mcp.mask")

local M = {
  title = "Register a sender ID", is_billed = true,
  audited = { name = "sender", categoryDescription = "text", preview_token = "secret" },
  description = "Asks VertexSMS to register a sender ID for the account. The person is asked first. For a mobile number"
    .. " a PIN comes by SMS, which confirm_sender takes.",
  required = { "name", "type" },
  properties = {
    name = { type = "string", minLength = 1, maxLength = 16, description = "Such as MyShop, or a phone number." },
    type = { type = "string", enum = { "AlphaNumeric", "MSISDN" }, description = "What the name is." },
    category = { type = "string", enum = { "Company", "Product", "Brand", "Shortcode", "Landline", "Other" },
      description = "What the name stands for." },
    categoryDescription = { type = "string", minLength = 1, maxLength = 200, description = "More about it." },
    preview_token = fields.PREVIEW_TOKEN,
  },
  output = live.OUTPUT,
}

local function question(sender)
  local lines = {
    "Register this sender ID for the account?", "Type: " .. sender.type, "Name: " .. mask.quoted(sender.name),
  }
  if sender.category then lines[#lines + 1] = "Category: " .. sender.category end
  if sender.categoryDescription then lines[#lines + 1] = "About it: " .. mask.quoted(sender.categoryDescription) end
  if sender.type == "MSISDN" then lines[#lines + 1] = "A PIN goes to that number by SMS." end
  return table.concat(lines, "\n")
end

function M.run(call, arguments)
  local sender = fields.pick(arguments, { "name", "type", "category", "categoryDescription" })
  local msisdn, reason
  if sender.type == "MSISDN" then
    msisdn, reason = address.msisdn(sender.name)
    if not msisdn then return nil, errors.invalid_argument("name", "name " .. reason) end
    sender.name = msisdn
  end
  return live.perform(call, {
    tool = "register_sender", fields = sender, recipient = msisdn and mask.number(msisdn),
    draft = msisdn and live.draft(msisdn), has_no_price = true, question = question(sender),
    perform = function(client) return client:register_sender(sender) end,
  })
end

return M
