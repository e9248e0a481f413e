--- The methods of a client that ask the service, of all resources. A new resource is one line here: its file, which is
-- loaded when it is used, and the names of its methods.
--
-- Tested in the specs of the resources, and in spec/client_spec.lua.

local errors = require("vertexsms.error")
local late = require("vertexsms.base.late")

local RESOURCES = {
  { "sms", { "send" } },
  { "send_many", { "send_many" } },
  { "cost", { "cost" } },
  { "status", { "status", "wait_delivered" } },
  { "viber", { "viber" } },
  { "hlr", { "hlr" } },
  { "sender", { "register_sender", "confirm_sender" } },
  { "operator", { "operator" } },
  { "rates", { "rates", "rate_for" } },
  { "mccmnc", { "mccmnc" } },
  { "request", { "request" } },
}

local M = {}

--- Adds them.
---@param methods table
function M.add_to(methods)
  for _, resource in ipairs(RESOURCES) do
    late.add(methods, "vertexsms.api." .. resource[1], resource[2], errors.exhausted)
  end
end

return M
