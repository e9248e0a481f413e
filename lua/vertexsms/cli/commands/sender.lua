--- `vertexsms sender`: registers a sender ID, and confirms one that is a number.
--
-- Tested in spec/cli/submission_spec.lua.

local help = require("vertexsms.cli.help")
local input = require("vertexsms.cli.input")
local outcome = require("vertexsms.cli.outcome")
local output = require("vertexsms.cli.output")
local recipients = require("vertexsms.cli.recipients")
local session = require("vertexsms.cli.session")

local M = {
  name = "sender",
  summary = "Register a sender ID, or confirm one.",
  examples = {
    { "A name, which VertexSMS checks", "vertexsms sender register MyShop --category Brand" },
    { "A mobile number, and the PIN that comes to it by SMS", "vertexsms sender register 37069555555 --type MSISDN\n"
      .. "vertexsms sender confirm 124 12345" },
  },
}

local function configure_register(command)
  command:argument("name", "3 to 11 letters, digits and - _ & # !, or a mobile number with its country code.")
  command:option("--type", "AlphaNumeric is a name, MSISDN a mobile number.")
    :choices({ "AlphaNumeric", "MSISDN" }):default("AlphaNumeric")
  command:option("--category", "What the name stands for.")
    :choices({ "Company", "Product", "Brand", "Shortcode", "Landline", "Other" })
  command:option("--description", "More about the category."):target("categoryDescription"):argname("TEXT")
  command:option("--notification-url", "URL that VertexSMS sends the sender's status to."):target("notificationUrl")
    :argname("URL")
  session.configure(command)
end

local function configure_confirm(command)
  command:argument("id", "The ID that `sender register` printed.")
  command:argument("pin", "The 5 digits that came by SMS. - reads them from stdin.")
  session.configure(command)
end

local ACTIONS = {
  { name = "register", summary = "Register a sender ID.", configure = configure_register, examples = M.examples },
  { name = "confirm", summary = "Confirm a mobile number by the PIN that came to it.", configure = configure_confirm,
    examples = { { "The ID and the PIN", "vertexsms sender confirm 124 12345" } } },
}

---@param command table argparse's
function M.configure(command)
  command:command_target("sender_command"):require_command(true)
  for _, action in ipairs(ACTIONS) do help.add(command, action) end
end

-- A sender that is a number is written as numbers are.
local function name_of(args)
  if args.type ~= "MSISDN" then return args.name end
  return recipients.one(args.name, "NAME")
end

local function register(args)
  local name, reason = name_of(args)
  if not name then return outcome.refuse(reason, args.json) end
  local sender = {
    name = name, type = args.type, category = args.category, categoryDescription = args.categoryDescription,
    notificationUrl = args.notificationUrl,
  }
  return session.run_one(args, false, function(registered)
    outcome.show_accepted(registered, args.json, "registered")
    if not args.json and args.type == "MSISDN" then
      output.print(("a PIN comes by SMS: vertexsms sender confirm %s PIN"):format(registered.id))
    end
  end, "register_sender", sender)
end

local function confirm(args)
  local pin, reason = input.text(args.pin)
  if not pin then return outcome.refuse(reason, args.json) end
  return session.run_one(args, false, function(confirmed)
    outcome.show_accepted(confirmed, args.json, "confirmed")
  end, "confirm_sender", args.id, pin)
end

---@param args table
---@return integer exit code
function M.run(args)
  return (args.sender_command == "register" and register or confirm)(args)
end

return M
