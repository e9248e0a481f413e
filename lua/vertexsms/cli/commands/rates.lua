--- `vertexsms rates`: what SMS cost, by country and network.
--
-- Tested in spec/cli/tables_spec.lua.

local output = require("vertexsms.cli.output")
local session = require("vertexsms.cli.session")
local tables = require("vertexsms.cli.table")

local M = {
  name = "rates",
  summary = "List the prices of a part in EUR, by network.",
  examples = {
    { "One country", "vertexsms rates --country LT" },
    { "All of them, for a spreadsheet", "vertexsms rates --csv > rates.csv" },
  },
}

local COLUMNS = {
  { title = "COUNTRY" }, { title = "" }, { title = "OPERATOR" }, { title = "NETWORK" }, { title = "MCC" },
  { title = "MNC" }, { title = "EUR", right = true },
}

---@param command table argparse's
function M.configure(command)
  command:option("--country", "Only this country: two letters, such as LT (ISO 3166-1)."):argname("CODE")
  command:flag("--csv", "Print CSV, as VertexSMS writes it.")
  session.configure(command)
end

local function cells_of(rate)
  return { rate.CountryName, rate.CountryCode, rate.Operator, rate.Network, rate.MCC, rate.MNC, rate.Rate }
end

---@param args table
---@return integer exit code
function M.run(args)
  if args.csv then
    return session.run_one(args, true, output.write, "rates", { country = args.country, format = "csv" })
  end
  return session.run_one(args, true, function(rates)
    tables.print_records(rates, args.json, COLUMNS, cells_of)
  end, "rates", { country = args.country })
end

return M
