--- What messages would cost, as a table.
--
-- Tested in spec/cli/commands/cost_spec.lua.

local tables = require("vertexsms.cli.table")

local M = {}

local COLUMNS = {
  { title = "TO" }, { title = "COUNTRY" }, { title = "NETWORK" }, { title = "PARTS", right = true },
  { title = "PER PART", right = true }, { title = "PRICE", right = true }, { title = "CURRENCY" },
}

local function cells_of(row)
  return { row.to, row.countryISO, row.mccmnc, row.parts, row.pricePerPart, row.totalPrice, row.currency }
end

--- Prints a row for each message, for people with the sum below.
---@param cost vertexsms.CostOf
---@param as_json boolean|nil
function M.print(cost, as_json)
  if not as_json and #cost > 1 and cost.total then
    cost[#cost + 1] = { to = "total", parts = cost.parts, totalPrice = cost.total, currency = cost.currency }
  end
  tables.print_records(cost, as_json, COLUMNS, cells_of)
end

return M
