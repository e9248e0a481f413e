--- A campaign on its way into an outbox, in steps.
--
-- Tested in spec/cli/outbox/filling_spec.lua.

local interruption = require("vertexsms.cli.interruption")
local outcome = require("vertexsms.cli.outcome")
local output = require("vertexsms.cli.output")
local session = require("vertexsms.cli.session")

local M = {}

--- Messages of one step; the import of a large file can be looked at from outside meanwhile.
M.STEP = 1000

-- A conflict stays where it is, however often the command is repeated.
local function say_incomplete(added, err)
  if added == 0 then return end
  local more = err.kind == "conflict" and "" or "; the same command again adds the rest"
  outcome.say(("%d messages were added%s"):format(added, more))
end

-- In what a message that was checked differs from the row under its key.
local function difference(rules, message, row)
  local columns, drafts = require("vertexsms.outbox.columns"), require("vertexsms.message.draft")
  local wire = drafts.object(rules, message)
  return #columns.differences(wire, row) > 0 and columns.describe_differences(wire, row) or nil
end

--- What of a campaign is in the outbox already.
---@param outbox vertexsms.SafeOutbox
---@param campaign vertexsms.cli.outbox.Campaign
---@return { count: integer, differing: integer|nil, differs_in: string|nil }|nil `differing`: the place of the first
---  message whose key is that of another one
---@return table|nil err
function M.look(outbox, campaign)
  local found = { count = 0 }
  local failure = campaign:each_step(M.STEP, function(first, last)
    local rows, err = require("vertexsms.outbox.reading").kept(outbox, campaign:keys(first, last))
    if not rows then return err end
    for place = first, next(rows) and last or 0 do
      local row = rows[campaign:key(place)]
      if row then found.count = found.count + 1 end
      local differs_in = row and not found.differing and difference(outbox.rules, campaign:message(place), row)
      if differs_in then found.differing, found.differs_in = place, differs_in end
    end
  end)
  if failure then return nil, failure end
  return found
end

--- What is in the way where the key of a message is that of another one.
---@param campaign vertexsms.cli.outbox.Campaign
---@param found { differing: integer|nil, differs_in: string|nil }|nil as `look` returns it
---@return string|nil reason
function M.conflict(campaign, found)
  if not found or not found.differing then return nil end
  return campaign.at_place(found.differing,
    "the campaign already has another message for this number: it differs in " .. found.differs_in)
end

--- Why none would be added.
---@param outbox vertexsms.SafeOutbox
---@param campaign vertexsms.cli.outbox.Campaign
---@return table|nil err
function M.refusal(outbox, campaign)
  local found, err = M.look(outbox, campaign)
  if not found then return err end
  local reason = M.conflict(campaign, found)
  return reason and { kind = "conflict", message = reason, outcome = "not_sent", field = "key" } or nil
end

-- An error of one step, as one of the campaign.
local function of_campaign(campaign, err, first)
  err.index = err.index and first - 1 + err.index
  err.message = campaign:located(err)
  return err
end

-- A signal makes the store give up the step that is under way, or comes between two.
local function add_step(outbox, campaign, first, last)
  local list, err
  if not interruption.happened() then
    list, err = session.attempt(outbox.add_many, outbox, campaign:items(first, last))
    if list or err.code ~= "cancelled" or err.outcome ~= "not_sent" then return list, err end
  end
  return nil, { kind = "cancelled", message = "interrupted", outcome = "not_sent", retryable = true, temporary = true }
end

local function add_all(outbox, campaign)
  local added, duplicates = 0, 0
  interruption.defer()
  local failure = campaign:each_step(M.STEP, function(first, last)
    local list, err = add_step(outbox, campaign, first, last)
    if not list then
      say_incomplete(added, err)
      return of_campaign(campaign, err, first)
    end
    for _, one in ipairs(list) do
      if one.duplicate then duplicates = duplicates + 1 else added = added + 1 end
    end
  end)
  if failure then return nil, failure end
  return { added = added, duplicates = duplicates }
end

--- Adds all messages, but those that are there. Where the key of one is that of another message, none is added.
---@param outbox vertexsms.SafeOutbox
---@param campaign vertexsms.cli.outbox.Campaign
---@return { added: integer, duplicates: integer }|nil
---@return table|nil err
function M.add(outbox, campaign)
  local err = M.refusal(outbox, campaign)
  if err then return nil, err end
  return add_all(outbox, campaign)
end

--- Says that not all was added, and why.
---@param err table of `add`
---@param args table
---@return integer exit code
function M.fail(err, args)
  local code = outcome.report(err, args.json)
  return err.kind == "cancelled" and interruption.happened() and interruption.code() or code
end

--- Says what was added.
---@param campaign vertexsms.cli.outbox.Campaign
---@param result { added: integer, duplicates: integer }
---@param args table
function M.show(campaign, result, args)
  if args.json then
    return outcome.print_json { campaign = campaign.name, rows = campaign.rows, added = result.added,
      there_before = result.duplicates, repeated = campaign.repeated, parts = campaign.parts }
  end
  output.print(("added %d messages of campaign %s"):format(result.added, campaign.name))
  if result.duplicates > 0 then output.print(("%d were there before"):format(result.duplicates)) end
  if campaign.repeated > 0 then output.print(("%d rows have a number again"):format(campaign.repeated)) end
end

return M
