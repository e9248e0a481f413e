--- `vertexsms viber`: sends one message over Viber.
--
-- Tested in spec/cli/submission_spec.lua.

local guard_file = require("vertexsms.cli.guard_file")
local input = require("vertexsms.cli.input")
local message_options = require("vertexsms.cli.message_options")
local outcome = require("vertexsms.cli.outcome")
local recipients = require("vertexsms.cli.recipients")
local session = require("vertexsms.cli.session")

local M = {
  name = "viber",
  summary = "Send a message over Viber.",
  examples = {
    { "With a button under the text", 'vertexsms viber --to 37069912345 --from MyShop --message "We are open" \\\n'
      .. "   --button-url https://example.com --button-title Visit" },
  },
}

---@param command table argparse's
function M.configure(command)
  command:option("--to", "Recipient: a number with its country code, such as 37069912345."):argname("NUMBER"):count(1)
  command:option("--from", "Sender that VertexSMS has approved for Viber."):argname("SENDER"):count(1)
  command:option("--message", message_options.MESSAGE_HELP .. " At most 1000 characters."):argname("TEXT")
    :count(1)
  command:option("--button-url", "A button under the text that opens this URL."):argname("URL")
  command:option("--button-title", "The words on the button."):argname("TEXT")
  command:option("--im", "The whole field im as JSON, for what has no option. @FILE reads it from a file, - from"
    .. " stdin."):argname("JSON")
  message_options.configure_fields(command, true)
  session.configure(command)
  guard_file.configure(command)
end

local function read_im(text)
  local content, reason = input.json(text)
  if not content then return nil, reason end
  local value
  value, reason = require("vertexsms.check.json").decode(content)
  if value == nil then return nil, "--im " .. reason end
  if type(value) == "table" and not require("vertexsms.json").is_array(content) then return value end
  return nil, '--im must be a JSON object, such as {"action":{"url":"https://example.com","title":"go"}}'
end

local function im_of(args)
  if args.im then
    if args.button_url or args.button_title then
      return nil, "--im cannot be used together with --button-url or --button-title"
    end
    return read_im(args.im)
  end
  if not args.button_url and not args.button_title then return nil end
  return { action = { url = args.button_url, title = args.button_title } }
end

---@param args table
---@return integer exit code
function M.run(args)
  local im, reason = im_of(args)
  if reason then return outcome.refuse(reason, args.json) end
  local text
  text, reason = input.message(args.message)
  if not text then return outcome.refuse(reason, args.json) end
  local to, correct_by
  to, reason, correct_by = recipients.one(args.to, "--to", args.correctBy, true)
  if not to then return outcome.refuse(reason, args.json) end
  local message = message_options.add_fields(args, { to = to, from = args.from, message = text, im = im })
  message.correctBy = correct_by
  return session.run_one(args, false, function(sent) outcome.show_accepted(sent, args.json) end, "viber", message)
end

return M
