--- get_operator: who an operator is.
--
-- Tested in spec/mcp/init_spec.lua.

local fields = require("vertexsms.mcp.tools.fields")
local json = require("vertexsms.json")

local M = {
  title = "Who an operator is", description = "Names a mobile operator by its operatorId, which list_networks gives.",
  required = { "operatorId" },
  properties = { operatorId = { type = "string", minLength = 1, maxLength = 20, description = "Such as 1234." } },
  output = {
    id = { type = "string" }, name = { type = "string" }, country = { type = "string" }, mcc = { type = "string" },
    mnc = { type = "array", items = { type = "string" } },
  },
}

function M.run(call, arguments)
  local client, err = call:client()
  if not client then return nil, err end
  local operator
  operator, err = client:operator(arguments.operatorId)
  if not operator then return nil, err end
  local shown = fields.pick(operator, { "id", "name", "country", "mcc" })
  shown.mnc = json.array(operator.mnc)
  return shown
end

return M
