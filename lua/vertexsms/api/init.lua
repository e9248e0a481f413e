--- The methods of a client that ask the service, of all resources. A new resource is one line here.
--
-- Each file returns its methods by name. Tested in the specs of the resources, and in spec/client_spec.lua.

local RESOURCES = {
  "sms",
  "status",
  "viber",
  "hlr",
  "sender",
  "operator",
  "rates",
  "mccmnc",
  "request",
}

local M = {}

for _, resource in ipairs(RESOURCES) do
  for name, method in pairs(require("vertexsms.api." .. resource)) do
    M[name] = method
  end
end

return M
