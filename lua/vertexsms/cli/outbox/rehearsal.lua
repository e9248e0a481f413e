--- `vertexsms outbox import --dry-run`: what an import would add, what that would cost, and what would be refused.
--
-- Tested in spec/cli/outbox/import_spec.lua.

local decimal = require("vertexsms.message.decimal")
local drafts = require("vertexsms.message.draft")
local filling = require("vertexsms.cli.outbox.filling")
local guard_file = require("vertexsms.cli.guard_file")
local opening = require("vertexsms.cli.outbox.opening")
local outcome = require("vertexsms.cli.outcome")
local output = require("vertexsms.cli.output")
local session = require("vertexsms.cli.session")

local M = {}

-- What is there already. An outbox that is not there yet has nothing.
local function look(campaign, args)
  if not opening.is_there(args) then return nil end
  local found, err
  local code = opening.with(args, nil, function(outbox)
    found, err = filling.look(outbox, campaign)
    if not found then return outcome.report(err, args.json, true) end
    return outcome.DONE
  end, { is_question = true })
  return found, code
end

-- The guard's refusal of the first message that it would not let pass.
local function guard_refusal(campaign, args, client)
  local guard, err = guard_file.of_command(args, client.host)
  if not guard then return err and err.message end
  local judge = require("vertexsms.guard.passage").judge
  return campaign:each_step(filling.STEP, function(first, last)
    local list
    list, err = drafts.list(drafts.NO_CLIENT, campaign:messages(first, last))
    if list then list.is_list, err = true, judge(guard, client, list) end
    if not err then return nil end
    err.index = err.index and first - 1 + err.index
    return campaign:located(err)
  end)
end

-- A sum is nothing where currencies differ.
local function add_cost(sum, cost)
  if not sum then return { total = cost.total, currency = cost.currency } end
  if not sum.total or not cost.total or sum.currency ~= cost.currency then return {} end
  return { total = decimal.add(sum.total, cost.total), currency = sum.currency }
end

local function cost_of(campaign, client)
  local sum
  local err = campaign:each_step(filling.STEP, function(first, last)
    local cost, failure = session.call(client, "cost", campaign:messages(first, last))
    if not cost then return failure end
    sum = add_cost(sum, cost)
  end)
  if err then return nil, err end
  return sum
end

local function show_json(campaign, facts)
  outcome.print_json { dry_run = true, campaign = campaign.name, rows = campaign.rows, messages = campaign.count,
    repeated = campaign.repeated, parts = campaign.parts, there_before = facts.found and facts.found.count,
    cost = facts.cost and facts.cost.total, currency = facts.cost and facts.cost.currency,
    cost_error = facts.cost_error and facts.cost_error.message, refused = facts.refused }
end

local function show(campaign, facts)
  local found, cost = facts.found, facts.cost
  output.print(("%d rows, %d messages, %d parts"):format(campaign.rows, campaign.count, campaign.parts))
  if campaign.repeated > 0 then output.print(("%d rows have a number again"):format(campaign.repeated)) end
  if found and found.count > 0 then output.print(("%d are in the outbox already"):format(found.count)) end
  if cost and cost.total then output.print(("cost: %s %s"):format(cost.total, cost.currency or "")) end
  output.print("nothing was added: this was a dry run")
  if facts.refused then outcome.say(facts.refused) end
  if facts.cost_error then outcome.say("the cost is not known: " .. facts.cost_error.message) end
end

-- What the import, or the worker after it, would refuse comes first of all that is in the way.
local function rehearse(campaign, args, client)
  local found, code = look(campaign, args)
  if code and not found then return code end
  local facts = { found = found }
  facts.refused = opening.missing(args) or filling.conflict(campaign, found) or guard_refusal(campaign, args, client)
  facts.cost, facts.cost_error = cost_of(campaign, client)
  if args.json then show_json(campaign, facts) else show(campaign, facts) end
  return facts.refused and outcome.REFUSED or outcome.DONE
end

-- An import needs no token, so what would be refused is said without one, too.
local function without_client(err)
  local client = { host = require("vertexsms.host.blocking"), cost = function() return nil, err end }
  return setmetatable(client, { __index = drafts.NO_CLIENT })
end

---@param campaign vertexsms.cli.outbox.Campaign
---@param args table
---@return integer exit code
function M.run(campaign, args)
  return session.with(args, true, function(client, err)
    return rehearse(campaign, args, client or without_client(err))
  end)
end

return M
