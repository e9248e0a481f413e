--- hlr_lookup: asks the home network of a number about it. It is billed; the result comes to the account's callback.
--
-- Tested in spec/mcp/send_spec.lua.

local address = require("vertexsms.address")
local errors = require("vertexsms.error")
local live = require("vertexsms.mcp.tools.live")
local mask = require("vertexsms.mcp.mask")

local M = {
  title = "Look a number up (HLR)", is_billed = true, audited = { msisdn = "number" },
  description = "Asks the home network of a phone number about it. It costs money, and the person is asked first. The"
    .. " result goes to the callback URL of the account, not here: this gives the id of the lookup.",
  required = { "msisdn" },
  properties = { msisdn = { type = "string", minLength = 7, maxLength = 16,
    description = "Phone number in international form, digits only." } },
  output = live.OUTPUT,
}

-- For the guard a lookup is a message of one part to that number.
local function draft_of(msisdn)
  return { wire = { to = msisdn, from = "", message = "hlr_lookup" }, estimate = { parts = 1 } }
end

function M.run(call, arguments)
  local msisdn, reason = address.msisdn(arguments.msisdn)
  if not msisdn then return nil, errors.invalid_argument("msisdn", "msisdn " .. reason) end
  return live.perform(call, {
    tool = "hlr_lookup", fields = { msisdn = msisdn }, recipient = mask.number(msisdn),
    draft = draft_of(msisdn), has_no_price = true,
    question = "Look this number up (HLR)? It is billed.\nNumber: " .. msisdn,
    perform = function(client) return client:hlr(msisdn) end,
  })
end

return M
