--- A campaign on its way into an outbox, in steps.
--
-- Tested in spec/cli/outbox/import_spec.lua and spec/cli/outbox/submission_spec.lua.

local outcome = require("vertexsms.cli.outcome")
local output = require("vertexsms.cli.output")
local session = require("vertexsms.cli.session")

local M = {}

-- Messages of one step; the import of a large file can be looked at from outside meanwhile.
local STEP = 1000

--- Messages that were checked, each with its key.
---@class vertexsms.cli.outbox.Campaign
---@field name string
---@field items table[] as outbox:add_many takes them
---@field drafts vertexsms.Draft[]|nil of the same messages
---@field rows integer recipients as they were given
---@field repeated integer rows whose number stands there before
---@field parts integer|nil of all messages

--- The name of a campaign whose numbers are in a file.
---@param path string
---@return string
function M.name_of(path)
  return (path:match("([^/]*)$"):gsub("%.[^.]*$", ""))
end

--- The key that keeps a number from having two messages of a campaign.
---@param name string of the campaign
---@param number string
---@return string
function M.key_of(name, number)
  return ("%s/%s"):format(name, number)
end

-- A conflict stays where it is, however often the command is repeated.
local function say_incomplete(added, err)
  if added == 0 then return end
  local more = err.kind == "conflict" and "" or "; the same command again adds the rest"
  outcome.say(("%d messages were added%s"):format(added, more))
end

-- An error of one step is about the campaign's message, and says which in its `index` alone.
local function within_campaign(err, first)
  if not err.index then return err end
  err.index = first - 1 + err.index
  err.message = err.message:gsub("^messages%[[0-9]+%]: ", "")
  return err
end

--- Adds all messages, but those that are there.
---@param outbox vertexsms.SafeOutbox
---@param campaign vertexsms.cli.outbox.Campaign
---@return { added: integer, duplicates: integer }|nil
---@return table|nil err its `index` is that of the campaign's message
function M.add(outbox, campaign)
  local added, duplicates = 0, 0
  for first = 1, #campaign.items, STEP do
    local some = {}
    for i = first, math.min(first + STEP - 1, #campaign.items) do some[#some + 1] = campaign.items[i] end
    local list, err = session.attempt(outbox.add_many, outbox, some)
    if not list then
      say_incomplete(added, err)
      return nil, within_campaign(err, first)
    end
    for _, one in ipairs(list) do
      if one.duplicate then duplicates = duplicates + 1 else added = added + 1 end
    end
  end
  return { added = added, duplicates = duplicates }
end

--- What of a campaign is in the outbox already.
---@param outbox vertexsms.SafeOutbox
---@param campaign vertexsms.cli.outbox.Campaign
---@return { count: integer, differing: integer|nil, differs_in: string|nil }|nil `differing`: the first item whose key
---  is that of another message
---@return table|nil err
function M.look(outbox, campaign)
  local columns, reading = require("vertexsms.outbox.columns"), require("vertexsms.outbox.reading")
  local found = { count = 0 }
  for first = 1, #campaign.items, STEP do
    local keys, last = {}, math.min(first + STEP - 1, #campaign.items)
    for i = first, last do keys[#keys + 1] = campaign.items[i].key end
    local rows, err = reading.kept(outbox, keys)
    if not rows then return nil, err end
    for i = first, last do
      local row, wire = rows[campaign.items[i].key], campaign.drafts[i].wire
      if row then found.count = found.count + 1 end
      if row and not found.differing and #columns.differences(wire, row) > 0 then
        found.differing, found.differs_in = i, columns.describe_differences(wire, row)
      end
    end
  end
  return found
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
