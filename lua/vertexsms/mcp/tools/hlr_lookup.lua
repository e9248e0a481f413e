--- hlr_lookup: asks the home network of a number about it. It is billed; the result comes to the account's callback.
--
-- Tested in spec/mcp/policy_spec.lua.

local address = require("vertexsms.address")
local errors = require("vertexsms.error")
local fields = require("vertexsms.mcp.tools.fields")
local live = require("vertexsms.mcp.tools.live")
local mask = require("vertexsms.mcp.mask")

local M = {
  title = "Look a number up (HLR)", is_billed = true, audited = { msisdn = "number", preview_token = "secret" },
  description = "Asks the home network of a phone number about it. It costs money, and the person is asked first. The"
    .. " result goes to the callback URL of the account, not here: this gives the id of the lookup.",
  required = { "msisdn" },
  properties = {
    msisdn = { type = "string", minLength = 7, maxLength = 16,
      description = "Phone number in international form, digits only." },
    preview_token = fields.PREVIEW_TOKEN,
  },
  output = live.OUTPUT,
}

function M.run(call, arguments)
  local msisdn, reason = address.msisdn(arguments.msisdn)
  if not msisdn then return nil, errors.invalid_argument("msisdn", "msisdn " .. reason) end
  return live.perform(call, {
    tool = "hlr_lookup", fields = { msisdn = msisdn }, recipient = mask.number(msisdn),
    draft = live.draft(msisdn), has_no_price = true,
    question = "Look this number up (HLR)? It is billed.\nNumber: " .. msisdn,
    perform = function(client) return client:hlr(msisdn) end,
  })
end

return M
