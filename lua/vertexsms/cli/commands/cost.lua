--- `vertexsms cost`: what messages would cost; nothing is sent.

local message_options = require("vertexsms.cli.message_options")
local outcome = require("vertexsms.cli.outcome")
local session = require("vertexsms.cli.session")
local tables = require("vertexsms.cli.table")

local M = {
  name = "cost",
  summary = "Say what messages would cost; nothing is sent.",
}

local COLUMNS = {
  { title = "TO" }, { title = "COUNTRY" }, { title = "NETWORK" }, { title = "PARTS", right = true },
  { title = "PER PART", right = true }, { title = "PRICE", right = true }, { title = "CURRENCY" },
}

---@param command table argparse's
function M.configure(command)
  message_options.configure(command)
  session.configure(command)
end

local function cells_of(row)
  return { row.to, row.countryISO, row.mccmnc, row.parts, row.pricePerPart, row.totalPrice, row.currency }
end

local function show(cost, as_json)
  if not as_json and #cost > 1 and cost.total then
    cost[#cost + 1] = { to = "total", parts = cost.parts, totalPrice = cost.total, currency = cost.currency }
  end
  tables.print_records(cost, as_json, COLUMNS, cells_of)
end

---@param args table
---@return integer exit code
function M.run(args)
  local messages, recipients = message_options.messages(args)
  if not messages then return outcome.refuse(recipients, args.json) end
  local question = #messages == 1 and messages[1] or messages
  return session.run(args, true, function(client)
    local cost, err = session.call(client, "cost", question)
    if not cost then return session.fail(message_options.locate(err, recipients), args, true) end
    show(cost, args.json)
    return outcome.DONE
  end)
end

return M
