--- The kinds of reports. A new kind is one table here.

local M = {}

--- What a report is about.
---@alias vertexsms.ReportKind
---| "dlr" # a message: a delivery report
---| "hlr" # a number that was looked up
---| "sender" # a sender ID that was registered

---@class vertexsms.callback.Kind
---@field name vertexsms.ReportKind
---@field key string what the keys of its reports begin with in a store
---@field is fun(status: any, code: any, network: any): any whether a body that has these is of this kind
---@field has_state boolean whether its status is the state of a message
---@field is_final boolean of every report; else of those whose state is known
---@field mark fun(report: vertexsms.Report): "state"|"text" what tells it from others with the same ID: its state and
---  error, or its text
---@field headline fun(report: vertexsms.Report): string what a line for people begins with

local function headline(report)
  return table.concat({ report.kind, report.id, report.country }, " ")
end

--- In the order in which a body is tried: VertexSMS does not name the kind.
---@type vertexsms.callback.Kind[]
M.list = {
  {
    name = "dlr", key = "vsms.dlr:", has_state = true, is_final = false,
    -- Only delivery reports have a status, which may be one that is not known yet.
    is = function(status) return status end,
    -- Of an unknown state it is not known which one it is.
    mark = function(report) return report.state == "unknown" and "text" or "state" end,
    headline = function(report)
      return ("report %s %s (status %s)"):format(report.id, report.state, report.raw.status)
    end,
  },
  {
    name = "hlr", key = "vsms.hlr:", has_state = false, is_final = true,
    -- Only HLR results say where a number is at home, or why that is not known.
    is = function(_, code, network) return network or code end,
    mark = function() return "state" end,
    headline = headline,
  },
  {
    name = "sender", key = "vsms.sender:", has_state = false, is_final = false,
    -- Of sender notifications nothing but the ID is known.
    is = function() return true end,
    mark = function() return "text" end,
    headline = headline,
  },
}

---@type table<string, vertexsms.callback.Kind>
M.by_name = {}
---@type string[]
M.names = {}
for i, kind in ipairs(M.list) do M.by_name[kind.name], M.names[i] = kind, kind.name end

--- The kind of a body.
---@param status any what the body has there
---@param code any
---@param network any
---@return vertexsms.callback.Kind
function M.of(status, code, network)
  for _, kind in ipairs(M.list) do
    if kind.is(status, code, network) then return kind end
  end
end

return M
