--- `vertexsms operator`: who an operator is.
--
-- Tested in spec/cli/tables_spec.lua.

local outcome = require("vertexsms.cli.outcome")
local session = require("vertexsms.cli.session")
local tables = require("vertexsms.cli.table")

local M = {
  name = "operator",
  summary = "Say which operator has an ID, and its networks.",
  examples = { { "Name, country and networks", "vertexsms operator 102" } },
}

---@param command table argparse's
function M.configure(command)
  command:argument("id", "The operatorId of an HLR result or of `vertexsms mccmnc`.")
  session.configure(command)
end

---@param args table
---@return integer exit code
function M.run(args)
  return session.run_one(args, true, function(operator)
    if args.json then return outcome.print_json(operator) end
    tables.print_fields({
      { "name", operator.name }, { "country", operator.country }, { "mcc", operator.mcc },
      { "mnc", table.concat(operator.mnc, " ") },
    })
  end, "operator", args.id)
end

return M
