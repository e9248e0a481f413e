--- `vertexsms send --outbox`: a list of numbers into an outbox, and what is in it sent, in one step.
--
-- Tested in spec/cli/outbox/submission_spec.lua.

local campaigns = require("vertexsms.cli.outbox.campaign")
local message_options = require("vertexsms.cli.message_options")
local outcome = require("vertexsms.cli.outcome")
local session = require("vertexsms.cli.session")
local shown = require("vertexsms.base.shown")
local submission_options = require("vertexsms.cli.outbox.submission_options")

local M = {}

local function place_of(recipient)
  if not recipient.file then return "--to " .. shown.text(recipient.written) end
  return ("line %d of %s"):format(recipient.line, recipient.file)
end

-- Of messages that differ in their numbers alone.
local function campaign(args, messages, recipients)
  local fields = {}
  for name, value in pairs(messages[1]) do fields[name] = value end
  fields.to, fields.message, fields.correctBy = nil, nil, nil
  local all = campaigns.new(submission_options.campaign(args), fields, function(place, reason)
    return place_of(recipients[place]) .. ": " .. reason
  end)
  for _, message in ipairs(messages) do all:add(message.to, message.message, message.correctBy) end
  all.rows = #messages
  return all
end

local function fail(err, all, args)
  if err.kind == "conflict" then
    outcome.say(("the campaign %s has another message already: give this one a name with --campaign")
      :format(shown.text(all.name)))
  end
  return require("vertexsms.cli.outbox.filling").fail(err, args)
end

-- Opens the outbox of the command. A store that blocks gives up a step at Ctrl-C. Without a host it has the client's,
-- which finishes what it has begun.
local function with_outbox(client, args, host, work)
  return require("vertexsms.cli.outbox.opening").with({ store = args.outbox, json = args.json },
    { client = client, rate = args.rate, host = host }, work, { may_make = true })
end

--- What adding messages would be refused for, where that can be known.
---@param client vertexsms.SafeClient
---@param messages table[]
---@param args table
---@param recipients vertexsms.cli.Recipient[]
---@return integer|nil exit code nil: nothing is in the way
function M.rehearse(client, messages, args, recipients)
  local all = campaign(args, messages, recipients)
  local reason = all:refusal()
  if reason then return outcome.refuse(reason, args.json) end
  if not require("vertexsms.cli.outbox.opening").is_there({ store = args.outbox }) then return nil end
  local code = with_outbox(client, args, "blocking", function(outbox)
    local err = require("vertexsms.cli.outbox.filling").refusal(outbox, all)
    return err and fail(err, all, args) or outcome.DONE
  end)
  return code ~= outcome.DONE and code or nil
end

--- Adds messages, and sends what is in the outbox until it is empty.
---@param client vertexsms.SafeClient
---@param messages table[]
---@param args table
---@param recipients vertexsms.cli.Recipient[]
---@return integer exit code
function M.run(client, messages, args, recipients)
  local drafts, invalid = require("vertexsms.message.draft").list(client, messages)
  if not drafts then return session.fail(message_options.locate(invalid, recipients), args) end
  local all = campaign(args, messages, recipients)
  local reason = all:refusal()
  if reason then return outcome.refuse(reason, args.json) end
  local code = with_outbox(client, args, "blocking", function(outbox)
    local filling = require("vertexsms.cli.outbox.filling")
    local result, err = filling.add(outbox, all)
    if not result then return fail(err, all, args) end
    filling.show(all, result, args)
    return outcome.DONE
  end)
  if code ~= outcome.DONE then return code end
  return with_outbox(client, args, nil, function(outbox)
    return require("vertexsms.cli.outbox.worker").work(outbox, args)
  end)
end

return M
