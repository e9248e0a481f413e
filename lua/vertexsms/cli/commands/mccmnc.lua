--- `vertexsms mccmnc`: the networks of a country.
--
-- Tested in spec/cli/tables_spec.lua.

local outcome = require("vertexsms.cli.outcome")
local session = require("vertexsms.cli.session")
local tables = require("vertexsms.cli.table")

local M = {
  name = "mccmnc",
  summary = "List the mobile networks of a country.",
  examples = { { "Codes of networks and IDs of operators", "vertexsms mccmnc LT" } },
}

local COLUMNS = { { title = "COUNTRY" }, { title = "MCC" }, { title = "MNC" }, { title = "OPERATOR ID", right = true } }

---@param command table argparse's
function M.configure(command)
  command:argument("country", "Two letters, such as LT (ISO 3166-1).")
  session.configure(command)
end

-- The iterator of a safe client gives false and the error where a later page fails.
local function collect(client, country)
  local networks, err = client:mccmnc(country)
  if not networks then return nil, err end
  local all = {}
  for network, reason in networks do
    if network == false then return nil, reason end
    all[#all + 1] = network
  end
  return all
end

local function cells_of(network)
  return { network.country, network.mcc, network.mnc, network.operatorId }
end

---@param args table
---@return integer exit code
function M.run(args)
  return session.run(args, true, function(client)
    local all, err = session.attempt(collect, client, args.country)
    if not all then return session.fail(err, args, true) end
    tables.print_records(all, args.json, COLUMNS, cells_of)
    return outcome.DONE
  end)
end

return M
