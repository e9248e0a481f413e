--- `vertexsms send`: sends messages and says, in words and by exit code, what became of each.
--
-- Tested in spec/cli/init_spec.lua and spec/cli/send_many_spec.lua; through an outbox, in
-- spec/cli/outbox/submission_spec.lua.

local guard_file = require("vertexsms.cli.guard_file")
local message_options = require("vertexsms.cli.message_options")
local outcome = require("vertexsms.cli.outcome")
local output = require("vertexsms.cli.output")
local session = require("vertexsms.cli.session")
local submission_options = require("vertexsms.cli.outbox.submission_options")

local M = {
  name = "send",
  summary = "Send SMS and say what became of each.",
  sections = {
    { title = "What is printed", rows = {
      { "accepted", "VertexSMS has queued the message. Its ID and parts follow." },
      { "rejected", "VertexSMS refused the message. Nothing is billed." },
      { "not sent", "The request never left this machine. Nothing is billed." },
      { "unknown", "The request left, and no usable answer came. Do not send it again: it may arrive, and be billed"
        .. " twice." },
    } },
  },
  examples = {
    { "One message",
      'vertexsms send --to 37069912345 --from MyShop --message "Hello"' },
    { "Check a list and a text, say what they would cost, and send nothing",
      "vertexsms send --to @list.txt --from MyShop --message @text.txt --dry-run" },
    { "A list that a crash must not stop: run it again for the rest",
      "vertexsms send --to @list.txt --from MyShop --message @text.txt \\\n   --outbox spring.db" },
    { "With a delivery report, which `vertexsms listen` can receive",
      'vertexsms send --to 37069912345 --from MyShop --message "Hello" \\\n'
        .. "   --dlr-url https://example.com/dlr" },
  },
}

---@param command table argparse's
function M.configure(command)
  message_options.configure(command)
  command:flag("--allow-duplicates", "Send twice to a number that is given twice.")
  command:flag("--dry-run", "Check everything, say the parts and the cost, and send nothing.")
  submission_options.configure(command)
  session.configure(command)
  guard_file.configure(command, true)
end

local function parts_of(count)
  return count and ("%d %s"):format(count, count == 1 and "part" or "parts")
end

local function words_of_accepted(sent)
  local parts = parts_of(sent.parts)
  return "accepted " .. table.concat(sent.ids, " ") .. (parts and " (" .. parts .. ")" or "")
end

local function show_one(message, sent, as_json)
  if as_json then
    local fields = outcome.accepted_fields(message, sent)
    fields.status, fields.attempts, fields.elapsed = sent.status, sent.attempts, sent.elapsed
    outcome.print_json(fields)
  else
    output.print(words_of_accepted(sent), "accepted")
  end
  if output.lost then outcome.say(words_of_accepted(sent)) end
end

local function send_one(client, message, args, recipients)
  local sent, err = session.call(client, "send", message)
  if not sent then return session.fail(message_options.locate(err, recipients), args) end
  show_one(message, sent, args.json)
  return outcome.DONE
end

---@param args table
---@return integer exit code
function M.run(args)
  local reason = submission_options.refusal(args)
  if reason then return outcome.refuse(reason, args.json) end
  local messages, recipients, refusal = message_options.messages(args, not args.allow_duplicates)
  if not messages then return outcome.refuse_all(refusal, args.json) end
  return session.run(args, args.dry_run or false, function(client)
    if args.dry_run then return require("vertexsms.cli.dry_run").run(client, messages, args, recipients) end
    if args.outbox then return require("vertexsms.cli.outbox.submission").run(client, messages, args, recipients) end
    if #messages == 1 then return send_one(client, messages[1], args, recipients) end
    return require("vertexsms.cli.sending").run(client, messages, args, recipients)
  end)
end

return M
