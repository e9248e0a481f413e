--- The tools, in the order of their list. A new tool is one line here, and a file beside this.
--
-- Tested in spec/mcp/init_spec.lua.

local arguments = require("vertexsms.mcp.arguments")
local results = require("vertexsms.mcp.result")

local M = {}

local NAMES = {
  "send_sms",
  "preview_sms",
  "analyze_text",
  "get_sms_cost",
  "get_sms_rates",
  "get_message_status",
  "wait_for_delivery",
  "list_recent_sends",
  "hlr_lookup",
  "get_operator",
  "list_networks",
  "correct_phone_number",
  "register_sender",
  "confirm_sender",
  "doctor",
}

---@class vertexsms.mcp.Tool
---@field name string
---@field title string
---@field description string
---@field properties table<string, vertexsms.mcp.Property>
---@field required string[]|nil
---@field output table<string, table> schemas of a result's fields
---@field audited table<string, "number"|"sender"|"text"|"secret"> what the audit does not show as it is
---@field is_billed boolean|nil it costs money, or changes something
---@field is_local boolean|nil it asks nothing outside of this machine
---@field run fun(call: vertexsms.mcp.Call, arguments: table): table|nil, vertexsms.Error|nil, table|nil

local all, by_name = {}, {}

for i, name in ipairs(NAMES) do
  local tool = require("vertexsms.mcp.tools." .. name)
  tool.name, tool.audited = name, tool.audited or {}
  all[i], by_name[name] = tool, tool
end

---@param name string
---@return vertexsms.mcp.Tool|nil
function M.find(name) return by_name[name] end

local function describe(tool)
  return {
    name = tool.name, title = tool.title, description = tool.description, inputSchema = arguments.schema(tool),
    outputSchema = results.schema(tool),
    annotations = {
      title = tool.title, readOnlyHint = not tool.is_billed, destructiveHint = tool.is_billed or false,
      idempotentHint = not tool.is_billed, openWorldHint = not tool.is_local,
    },
  }
end

local described = {}
for i, tool in ipairs(all) do described[i] = describe(tool) end

--- The tools as the protocol lists them.
---@return table[]
function M.described() return described end

return M
