--- `vertexsms outbox import`: a campaign into the outbox.
--
-- Everything is checked before the first message is added. The key of a message is the campaign's name and the number,
-- so that the same import again adds nothing twice.
--
-- Tested in spec/cli/outbox/import_spec.lua.

local ascii = require("vertexsms.base.ascii")
local filling = require("vertexsms.cli.outbox.filling")
local guard_file = require("vertexsms.cli.guard_file")
local input = require("vertexsms.cli.input")
local message_options = require("vertexsms.cli.message_options")
local opening = require("vertexsms.cli.outbox.opening")
local outcome = require("vertexsms.cli.outcome")
local output = require("vertexsms.cli.output")
local rows = require("vertexsms.cli.outbox.rows")
local session = require("vertexsms.cli.session")
local shown = require("vertexsms.base.shown")

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
  command:flag("--dry-run", "Check everything, say the rows, the parts, the cost and what the guard says, and add"
    .. " nothing.")
  opening.configure(command)
  session.configure(command)
  guard_file.configure(command)
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
  local drafts = require("vertexsms.message.draft")
  local draft, err = drafts.new(drafts.NO_CLIENT, message)
  if not draft then return nil, err.message end
  return message, nil, draft
end

local Campaign = {}
Campaign.__index = Campaign

function Campaign:complain(row, reason)
  self.problem_count = self.problem_count + 1
  if self.problem_count > TOLD_MAX then return end
  self.problems[self.problem_count] = { line = row.line, message = self:at_line(row.line, reason) }
end

function Campaign:at_line(line, reason)
  return ("line %d of %s: %s"):format(line, self.file, reason)
end

function Campaign:add(row, message, draft)
  local first = self.seen[message.to]
  if not first then
    local number = #self.items + 1
    self.seen[message.to], self.lines[number], self.drafts[number] = number, row.line, draft
    self.parts = self.parts + draft.estimate.parts
    self.items[number] = { message, key = filling.key_of(self.name, message.to), send_before = self.send_before }
  elseif self.items[first][1].message == message.message then
    self.repeated = self.repeated + 1
  else
    self:complain(row, ("has the number of line %d and another text"):format(self.lines[first]))
  end
end

-- All that any row has: an object of JSON need not have what others have.
local function columns_of(all, titles)
  local columns = {}
  for _, title in ipairs(titles or {}) do columns[title] = true end
  for _, row in ipairs(titles and {} or all) do
    for name in pairs(row.values) do columns[name] = true end
  end
  return columns
end

-- What all rows lack is said once.
local function check_columns(all, titles, template)
  local columns = columns_of(all, titles)
  local missing = rows.missing(template, function(name) return columns[name] end)
  if not missing then return nil end
  local known = {}
  for name in pairs(columns) do known[#known + 1] = shown.text(name) end
  ascii.sort(known)
  return ("the file has no column %s, which --message names; it has %s"):format(shown.text(missing),
    table.concat(known, ", "))
end

local function read_file(args, template)
  local content, reason = input.file(args.file)
  local all, titles, title
  if content then all, reason, titles = rows.read(content) end
  if not all then return nil, reason end
  title, reason = rows.number_title(all, titles, args.to_column)
  if not title then return nil, reason end
  if #all == 0 then return nil, "the file has no rows" end
  reason = check_columns(all, titles, template)
  if reason then return nil, reason end
  return all, nil, title
end

-- Reads and checks all of it.
local function prepare(args, text)
  local template = rows.template(text)
  local all, reason, title = read_file(args, template)
  if not all then return nil, reason end
  local campaign = setmetatable({
    name = args.campaign or filling.name_of(args.file), file = args.file == "-" and "stdin" or args.file,
    items = {}, drafts = {}, lines = {}, seen = {}, parts = 0, repeated = 0, problems = {}, problem_count = 0,
    rows = #all, send_before = args.send_before,
  }, Campaign)
  for _, row in ipairs(all) do
    local message, why, draft = message_of(row, args, template, title)
    if message then campaign:add(row, message, draft) else campaign:complain(row, why) end
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

local function show_dry_run(campaign, args, facts)
  local cost, err, found = facts.cost, facts.cost_error, facts.found
  if args.json then
    outcome.print_json { dry_run = true, campaign = campaign.name, rows = campaign.rows, messages = #campaign.items,
      repeated = campaign.repeated, parts = campaign.parts, there_before = found and found.count,
      cost = cost and cost.total, currency = cost and cost.currency, cost_error = err and err.message,
      refused = facts.refused }
    return
  end
  output.print(("%d rows, %d messages, %d parts"):format(campaign.rows, #campaign.items, campaign.parts))
  if campaign.repeated > 0 then output.print(("%d rows have a number again"):format(campaign.repeated)) end
  if found and found.count > 0 then output.print(("%d are in the outbox already"):format(found.count)) end
  if cost and cost.total then output.print(("cost: %s %s"):format(cost.total, cost.currency or "")) end
  output.print("nothing was added: this was a dry run")
  if facts.refused then outcome.say(facts.refused) end
  if err then outcome.say("the cost is not known: " .. err.message) end
end

-- Where there is an outbox already.
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

-- Where the key of a row is that of another message.
local function conflict_of(campaign, found)
  if not found or not found.differing then return nil end
  return campaign:at_line(campaign.lines[found.differing],
    ("another message of the campaign is there for this number, which differs in %s"):format(found.differs_in))
end

-- What is wrong with a message of the campaign, with its line.
local function located(campaign, err)
  local line = campaign.lines[err.index or 0]
  return line and campaign:at_line(line, (err.message:gsub("^messages%[[0-9]+%]: ", ""))) or err.message
end

-- What the import, or the worker after it, would refuse.
local function refusal_of(campaign, args, client, found)
  local reason = conflict_of(campaign, found)
  if reason then return reason end
  local err = guard_file.refusal(client, campaign.drafts, args)
  return err and located(campaign, err) or nil
end

local function dry_run(campaign, args)
  return session.run(args, true, function(client)
    local found, code = look(campaign, args)
    if code and not found then return code end
    local messages, facts = {}, { found = found, refused = refusal_of(campaign, args, client, found) }
    for i, item in ipairs(campaign.items) do messages[i] = item[1] end
    facts.cost, facts.cost_error = session.call(client, "cost", messages)
    show_dry_run(campaign, args, facts)
    return facts.refused and outcome.REFUSED or outcome.DONE
  end)
end

local function add(campaign, args, outbox)
  local found, err = filling.look(outbox, campaign)
  local reason, result = conflict_of(campaign, found), nil
  if reason then
    return outcome.report({ kind = "conflict", message = reason, outcome = "not_sent", field = "key" }, args.json)
  end
  if found then result, err = filling.add(outbox, campaign) end
  if not result then
    err.message = located(campaign, err)
    return outcome.report(err, args.json)
  end
  filling.show(campaign, result, args)
  return outcome.DONE
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
  return opening.with(args, nil, function(outbox) return add(campaign, args, outbox) end, { may_make = true })
end

return M
