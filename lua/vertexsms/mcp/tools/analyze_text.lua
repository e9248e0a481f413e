--- analyze_text: alphabet, units and parts of a text. Nothing leaves this machine.
--
-- Tested in spec/mcp/init_spec.lua.

local fields = require("vertexsms.mcp.tools.fields")
local text = require("vertexsms.text").safe

local M = {
  title = "Count a text", is_local = true, audited = { message = "text" },
  description = "Says how many SMS parts a text takes, in which encoding, which character makes it longer, and what it"
    .. " would be with plain typography. Nothing is sent, nothing leaves this machine.",
  required = { "message" }, properties = { message = fields.MESSAGE },
  output = {
    parts = { type = "integer" }, encoding = { type = "string" }, units = { type = "integer" },
    chars = { type = "integer" }, left = { type = "integer" }, culprit = { type = "string" },
    simpler = { type = "string" }, simpler_parts = { type = "integer" },
  },
}

function M.run(_, arguments)
  local cost, err = text.analyze(arguments.message)
  if not cost then return nil, err end
  local result = fields.pick(cost, { "parts", "encoding", "units", "chars", "left" })
  if not cost.culprit then return result end
  result.culprit = ("%s at character %d is not GSM-7"):format(cost.culprit.codepoint, cost.culprit.position)
  local simpler, changes = text.simplify(arguments.message)
  if simpler and #changes > 0 then result.simpler, result.simpler_parts = simpler, (text.count(simpler)) end
  return result
end

return M
