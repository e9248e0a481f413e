--- `vertexsms outbox import`: a campaign into the outbox, all of it or nothing.
--
-- Everything is checked first. The key of a message is the campaign's name and the number, so that the same import
-- again adds nothing twice.
--
-- Tested in spec/cli/outbox/import_spec.lua.

local filling = require("vertexsms.cli.outbox.filling")
local input = require("vertexsms.cli.input")
local message_options = require("vertexsms.cli.message_options")
local opening = require("vertexsms.cli.outbox.opening")
local outcome = require("vertexsms.cli.outcome")
local output = require("vertexsms.cli.output")
local rows = require("vertexsms.cli.outbox.rows")
local session = require("vertexsms.cli.session")

local M = {}

local TOLD_MAX = 20

---@param command table argparse's
function M.configure(command)
  command:argument("file", "CSV with a line of titles, or an object of JSON a line. - is stdin.")
  command:option("--from", "Sender: a number, or up to 11 Latin letters, digits, spaces and dots."):argname("SENDER")
    :count(1)
  command:option("--message", "The text. {name} stands for the column of that title, {{ for a brace."):argname("TEXT")
    :count(1)
  command:option("--campaign", "Name of the campaign, in which a number has one message. (default: the file's name)")
    :argname("NAME")
  command:option("--to-column", "Title of the column with the numbers. (default: to, number or phone, else the first)")
    :argname("TITLE")
  command:option("--send-before", "Seconds from now in which a message must have left."):convert(tonumber)
    :argname("SECONDS")
  message_options.configure_fields(command)
  command:flag("--dry-run", "Check everything, say the rows, the parts and the cost, and add nothing.")
  opening.configure(command)
  session.configure(command)
end

-- The message of a row, or what is wrong with it.
local function message_of(row, args, template, title)
  local number, reason, correct_by = require("vertexsms.address").normalize(row.values[title] or "",
    { country = args.correctBy })
  if not number then return nil, "number " .. reason end
  local text
  text, reason = rows.fill(template, row.values)
  if not text then return nil, reason end
  local message = message_options.add_fields(args, { to = number, from = args.from, message = text })
  message.correctBy = correct_by
  local wire, err, parts = require("vertexsms.message.rules").to_wire(message, true)
  if not wire then return nil, err.message end
  return message, nil, parts or require("vertexsms.text").count(message.message)
end

local Campaign = {}
Campaign.__index = Campaign

function Campaign:complain(row, reason)
  self.problem_count = self.problem_count + 1
  if self.problem_count > TOLD_MAX then return end
  self.problems[self.problem_count] = {
    line = row.line, message = ("line %d of %s: %s"):format(row.line, self.file, reason),
  }
end

function Campaign:add(row, message, parts)
  local first = self.seen[message.to]
  if not first then
    self.seen[message.to] = { line = row.line, text = message.message }
    self.parts = self.parts + parts
    self.items[#self.items + 1] = {
      message, key = filling.key_of(self.name, message.to), send_before = self.send_before,
    }
  elseif first.text == message.message then
    self.repeated = self.repeated + 1
  else
    self:complain(row, ("has the number of line %d and another text"):format(first.line))
  end
end

-- Reads and checks all of it.
local function prepare(args, template)
  local content, reason = input.file(args.file)
  local all, titles
  if content then all, reason, titles = rows.read(content) end
  if not all then return nil, reason end
  local title
  title, reason = rows.number_title(all, titles, args.to_column)
  if #all == 0 then title, reason = nil, "the file has no rows" end
  if not title then return nil, reason end
  local campaign = setmetatable({
    name = args.campaign or filling.name_of(args.file), file = args.file == "-" and "stdin" or args.file,
    items = {}, seen = {}, parts = 0, repeated = 0, problems = {}, problem_count = 0, rows = #all,
    send_before = args.send_before,
  }, Campaign)
  for _, row in ipairs(all) do
    local message, why, parts = message_of(row, args, template, title)
    if message then campaign:add(row, message, parts) else campaign:complain(row, why) end
  end
  return campaign
end

local function refuse(campaign, args)
  return outcome.refuse_all({
    message = campaign.problem_count == 1 and campaign.problems[1].message
      or ("%d of %d rows cannot be used"):format(campaign.problem_count, campaign.rows),
    problems = campaign.problems, count = campaign.problem_count,
  }, args.json)
end

local function show_dry_run(campaign, args, cost, err)
  if args.json then
    outcome.print_json { dry_run = true, campaign = campaign.name, rows = campaign.rows, messages = #campaign.items,
      repeated = campaign.repeated, parts = campaign.parts, cost = cost and cost.total,
      currency = cost and cost.currency, cost_error = err and err.message }
    return
  end
  output.print(("%d rows, %d messages, %d parts"):format(campaign.rows, #campaign.items, campaign.parts))
  if campaign.repeated > 0 then output.print(("%d rows have a number again"):format(campaign.repeated)) end
  if cost and cost.total then output.print(("cost: %s %s"):format(cost.total, cost.currency or "")) end
  output.print("nothing was added: this was a dry run")
  if err then outcome.say("the cost is not known: " .. err.message) end
end

local function dry_run(campaign, args)
  return session.run(args, true, function(client)
    local messages = {}
    for i, item in ipairs(campaign.items) do messages[i] = item[1] end
    local cost, err = session.call(client, "cost", messages)
    show_dry_run(campaign, args, cost, err)
    return outcome.DONE
  end)
end

---@param args table
---@return integer exit code
function M.run(args)
  local template, reason = input.message(args.message)
  local campaign
  if template then campaign, reason = prepare(args, template) end
  if not campaign then return outcome.refuse(reason, args.json) end
  if campaign.problem_count > 0 then return refuse(campaign, args) end
  if args.dry_run then return dry_run(campaign, args) end
  return opening.with(args, nil, function(outbox)
    local result, err = filling.add(outbox, campaign)
    if not result then return outcome.report(err, args.json) end
    filling.show(campaign, result, args)
    return outcome.DONE
  end, true)
end

return M
