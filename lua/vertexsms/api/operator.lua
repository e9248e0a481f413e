--- GET /operators/{operatorId}: who an operator is.

local argument = require("vertexsms.check.argument")
local paths = require("vertexsms.request.path")
local records = require("vertexsms.request.record")
local requests = require("vertexsms.request")

---@class vertexsms.SafeClient
local M = {}

--- The fields of VertexSMS's answer, and `id`, `attempts` and `elapsed`.
---@class vertexsms.Operator
---@field id string the one that was asked for
---@field name string|nil
---@field country string|nil
---@field mcc string|nil with its leading zeros
---@field mnc string[] with their leading zeros; empty when the answer has none
---@field attempts integer
---@field elapsed number seconds

local FIELDS = {
  { name = "name", type = "text", required = true }, { name = "country", type = "text" },
  { name = "mcc", type = "text" }, { name = "mnc", type = "texts" },
}

local function read(decoded)
  local operator, reason = records.read(decoded, FIELDS)
  if operator then operator.mnc = operator.mnc or {} end
  return operator, reason
end

-- The operatorId of an HLR result is documented as a number.
local function id_text(id)
  if type(id) == "number" and id % 1 == 0 and id >= 0 and id < 2 ^ 53 then return ("%.0f"):format(id) end
  return id
end

--- Who an operator is: GET /operators/{operatorId} [doc].
---@param id string|integer the `operatorId` of an HLR result or of client:mccmnc
---@return vertexsms.Operator|nil
---@return vertexsms.Error|nil
function M:operator(id)
  local text = id_text(id)
  argument.check(text, "string", "id")
  local segment, err = paths.segment(text, "id", self.engine)
  if not segment then return nil, err end
  local operator
  operator, err = requests.ask(self, requests.get("/operators/" .. segment), read)
  if operator then operator.id = text end
  return operator, err
end

return M
