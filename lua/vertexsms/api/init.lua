--- The methods of a client that ask the service, of all resources. A new resource is one line here: its file, and the
-- names of its methods.
--
-- A file is loaded when one of its methods is called, that of SMS at once. Tested in the specs of the resources, and in
-- spec/client_spec.lua.

local late = require("vertexsms.base.late")

local RESOURCES = {
  { "sms", "send", "send_many", "cost" },
  { "status", "status", "wait_delivered" },
  { "viber", "viber" },
  { "hlr", "hlr" },
  { "sender", "register_sender", "confirm_sender" },
  { "operator", "operator" },
  { "rates", "rates", "rate_for" },
  { "mccmnc", "mccmnc" },
  { "request", "request" },
}

local M = {}

for _, resource in ipairs(RESOURCES) do
  for i = 2, #resource do M[resource[i]] = late.method("vertexsms.api." .. resource[1], resource[i]) end
end
for name, method in pairs(require("vertexsms.api.sms")) do M[name] = method end

return M
