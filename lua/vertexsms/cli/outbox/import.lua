--- `vertexsms outbox import`: a campaign into the outbox.
--
-- Everything is checked before the first message is added. The key of a message is the campaign's name and the number,
-- so that the same import again adds nothing twice.
--
-- Tested in spec/cli/outbox/import_spec.lua.

local convert = require("vertexsms.cli.convert")
local filling = require("vertexsms.cli.outbox.filling")
local guard_file = require("vertexsms.cli.guard_file")
local input = require("vertexsms.cli.input")
local message_options = require("vertexsms.cli.message_options")
local opening = require("vertexsms.cli.outbox.opening")
local outcome = require("vertexsms.cli.outcome")
local session = require("vertexsms.cli.session")

local M = {}

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
  command:option("--send-before", "Seconds from now in which a message must have left.")
    :convert(convert.number_of("--send-before", "3600")):argname("SECONDS")
  message_options.configure_fields(command)
  command:flag("--dry-run", "Check everything, say the rows, the parts, the cost and what the guard says, and add"
    .. " nothing.")
  opening.configure(command)
  session.configure(command)
  guard_file.configure(command)
end

local function refuse(file, args)
  return outcome.refuse_all({
    message = file.problem_count == 1 and file.problems[1].message
      or ("%d of %d rows cannot be used"):format(file.problem_count, file.campaign.rows),
    problems = file.problems, count = file.problem_count,
  }, args.json)
end

local function add(file, args, outbox)
  local result, err = filling.add(outbox, file.campaign)
  if not result then return filling.fail(err, args) end
  filling.show(file.campaign, result, args)
  return outcome.DONE
end

---@param args table
---@return integer exit code
function M.run(args)
  local template, reason = input.message(args.message)
  local file
  if template then file, reason = require("vertexsms.cli.outbox.campaign_file").read(args, template) end
  if not file then return outcome.refuse(reason, args.json) end
  if file.problem_count > 0 then return refuse(file, args) end
  if args.dry_run then return require("vertexsms.cli.outbox.rehearsal").run(file.campaign, args) end
  return opening.with(args, nil, function(outbox) return add(file, args, outbox) end, { may_make = true })
end

return M
