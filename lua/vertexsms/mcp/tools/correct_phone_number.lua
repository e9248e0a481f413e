--- correct_phone_number: a number as people write it, as it goes over the wire. Nothing leaves this machine.
--
-- Tested in spec/mcp/init_spec.lua.

local address = require("vertexsms.address")
local errors = require("vertexsms.error")

local M = {
  title = "Correct a phone number", is_local = true, audited = { number = "number" },
  description = "Turns a phone number as people write it, such as +370 699 12345, into digits in international form."
    .. " Show the result to the person before it is sent to. It does not say whether the number exists.",
  required = { "number" },
  properties = { number = { type = "string", minLength = 1, maxLength = 60, description = "As it is written." } },
  output = { number = { type = "string" } },
}

function M.run(_, arguments)
  local number, reason = address.normalize(arguments.number)
  if not number then return nil, errors.invalid_argument("number", "number " .. reason) end
  return { number = number }
end

return M
