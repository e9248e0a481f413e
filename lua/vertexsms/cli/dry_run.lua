--- `vertexsms send --dry-run`: everything that is done before a send, what it would cost, and no send.
--
-- Tested in spec/cli/dry_run_spec.lua.

local guard_file = require("vertexsms.cli.guard_file")
local message_options = require("vertexsms.cli.message_options")
local outcome = require("vertexsms.cli.outcome")
local output = require("vertexsms.cli.output")
local prices = require("vertexsms.cli.prices")
local session = require("vertexsms.cli.session")
local tables = require("vertexsms.cli.table")

local M = {}

local UNITS = { ["GSM-7"] = "septets", ["8-bit"] = "octets", ["UCS-2"] = "UTF-16 code units" }

-- These say of POST /sms/cost that it is not here, and nothing of a send.
local NO_SUCH_ENDPOINT = { not_found = true, method_not_allowed = true }

-- Every message has the same text.
local function counted(draft)
  local estimate, units = draft.estimate, require("vertexsms.message.rules").units(draft.wire)
  return { encoding = estimate.encoding, units = units, parts = estimate.parts }
end

local function parts_of(count, messages)
  if messages == 1 then return count end
  return ("%d for each of %d recipients, %d in all"):format(count, messages, count * messages)
end

local function show(messages, count, cost)
  tables.print_fields({
    { "encoding", count.encoding }, { "units", ("%d %s"):format(count.units, UNITS[count.encoding]) },
    { "parts", parts_of(count.parts, #messages) },
  })
  if cost then
    output.print()
    prices.print(cost)
    output.print()
  end
  output.print("nothing was sent: this was a dry run")
end

local function show_json(messages, count, cost, err)
  for i, message in ipairs(messages) do
    outcome.print_json {
      outcome = "not_sent", dry_run = true, to = message.to, correctBy = message.correctBy, encoding = count.encoding,
      units = count.units, parts = count.parts, cost = cost and cost[i] or nil, cost_error = err and err.message,
    }
  end
end

-- A send would fail as the question does, unless that cannot be asked here.
local function code_of(err)
  if not err or NO_SUCH_ENDPOINT[err.kind] then return outcome.DONE end
  return outcome.code(err, true)
end

--- Checks messages, says what they would become and cost.
---@param client vertexsms.SafeClient
---@param messages table[]
---@param args table
---@param recipients vertexsms.cli.Recipient[]
---@return integer exit code
function M.run(client, messages, args, recipients)
  local drafts, invalid = require("vertexsms.message.draft").list(client, messages)
  if not drafts then return session.fail(message_options.locate(invalid, recipients), args) end
  local refusal = guard_file.refusal(client, drafts, args)
  if refusal then return session.fail(refusal, args) end
  local code = args.outbox and require("vertexsms.cli.outbox.submission").rehearse(client, messages, args, recipients)
  if code then return code end
  local cost, err = session.call(client, "cost", messages)
  local count = counted(drafts[1])
  if args.json then show_json(messages, count, cost, err) else show(messages, count, cost) end
  if err and not args.json then outcome.say("the cost is not known: " .. err.message) end
  return code_of(err)
end

return M
