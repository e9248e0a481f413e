--- `vertexsms simulator`: asks and steers a running simulator, for tests in shell.
--
-- Tested in spec/cli/commands/simulator_spec.lua.

local convert = require("vertexsms.cli.convert")
local environment = require("vertexsms.cli.environment")
local help = require("vertexsms.cli.help")
local outcome = require("vertexsms.cli.outcome")
local output = require("vertexsms.cli.output")
local shown = require("vertexsms.base.shown")
local tables = require("vertexsms.cli.table")

local M = {
  name = "simulator",
  summary = "Ask or steer a simulator that runs, for tests.",
  sections = {
    { title = "Which simulator", text = "That of --url, else of VERTEXSMS_BASE_URL, else http://127.0.0.1:8025. Where"
      .. " it was started with VERTEXSMS_SIMULATOR_TOKEN, this command needs the same." },
    { title = "Exit codes", rows = {
      { "0", "Found, or done." },
      { "1", "No message or code came in time, or the simulator cannot be asked." },
    } },
  },
  examples = {
    { "The login code of a message to this number, when it comes", "vertexsms simulator code --to 37069912345" },
    { "A message that fails because the telephone is off", "vertexsms simulator fail 1281532560 --error 43" },
  },
}

local COLUMNS = { { title = "ID" }, { title = "TO" }, { title = "FROM" }, { title = "STATE" },
  { title = "PARTS", right = true }, { title = "TEXT" } }

-- The text on one line; the terminal is kept safe by the table.
local function cells_of(message)
  return { message.id, message.to, message.from, message.state, message.parts, (message.text:gsub("[\r\n]+", " ")) }
end

local function show(messages, args)
  tables.print_records(messages, args.json, COLUMNS, cells_of)
  return outcome.DONE
end

local function filter_of(args)
  return {
    to = args.to, from = args.from, text = args.text, since = args.since, state = args.state,
    timeout = args.wait, limit = args.limit,
  }
end

-- A whole number, for argparse's `convert`.
local function whole(text)
  local number = text:match("^[0-9]+$") and tonumber(text)
  if number then return number end
  return nil, ("%s is not a valid number: it must be a whole number, such as 43"):format(shown.text(text))
end

local function configure_filter(command)
  command:option("--to", "The recipient."):argname("NUMBER")
  command:option("--from", "The sender."):argname("SENDER")
  command:option("--text", "Words that the text has, in upper or lower case."):argname("TEXT")
  command:option("--since", "Only those after this message, or since this time, such as 2026-04-14T10:30:00Z.")
    :argname("ID|TIME")
  command:option("--state", "pending, sent, delivered, undelivered, expired or seen."):argname("STATE")
end

local function configure_waiting(command)
  configure_filter(command)
  command:option("--wait", "Seconds to wait for one."):argname("SECONDS"):convert(convert.seconds):default("10")
end

local function configure_messages(command)
  configure_filter(command)
  command:option("--limit", "At most this many."):argname("COUNT"):convert(whole):default("100")
end

local function configure_id(command)
  command:argument("id", "The ID of the message.")
end

local function none(reason, args)
  if args.json then outcome.print_json { kind = "not_found", message = reason } else outcome.say(reason) end
  return outcome.REFUSED
end

local function run_code(inbox, args)
  local code, id = inbox:code(filter_of(args))
  if not code then return none(id, args) end
  if args.json then outcome.print_json { code = code, id = id } else output.print(code) end
  return outcome.DONE
end

local function run_wait(inbox, args)
  local message, reason = inbox:wait(filter_of(args))
  if not message then return none(reason, args) end
  return show({ message }, args)
end

local function run_clear(inbox)
  inbox:clear()
  return outcome.DONE
end

-- An action of the client's on one message.
local function steer(method)
  return function(inbox, args)
    return show({ inbox[method](inbox, args.id, args.error) }, args)
  end
end

local function configure_fail(command)
  configure_id(command)
  command:option("--error", "The error code that is reported."):argname("CODE"):convert(whole):default("43")
end

-- An action that is done to the message of an ID.
local function on_id(name, summary)
  return {
    name = name, summary = summary, configure = name == "fail" and configure_fail or configure_id, run = steer(name),
    examples = { { "The message with this ID", "vertexsms simulator " .. name .. " 1281532560" } },
  }
end

local ACTIONS = {
  { name = "messages", summary = "List messages, newest first.", configure = configure_messages,
    run = function(inbox, args) return show(inbox:messages(filter_of(args)), args) end,
    examples = { { "Those to one number", "vertexsms simulator messages --to 37069912345" } } },
  { name = "wait", summary = "Wait for a message and print it.", configure = configure_waiting, run = run_wait,
    examples = { { "At most 30 seconds", 'vertexsms simulator wait --text "order 17" --wait 30' } } },
  { name = "code", summary = "Wait for a one-time code and print its digits.", configure = configure_waiting,
    run = run_code, examples = { { "A test of a login", 'code=$(vertexsms simulator code --to 37069912345)' } } },
  on_id("deliver", "Deliver a message now."),
  on_id("fail", "Have a message fail now."),
  on_id("expire", "Have a message expire now."),
  on_id("seen", "Have a Viber message seen."),
  on_id("again", "Send the last report of a message again."),
  { name = "clear", summary = "Forget all messages.", configure = function() end, run = run_clear,
    examples = { { "Before a test", "vertexsms simulator clear" } } },
}

---@param command table argparse's
function M.configure(command)
  command:command_target("simulator_command"):require_command(true)
  for _, action in ipairs(ACTIONS) do
    local configured = help.add(command, action)
    configured:option("--url", "URL of the simulator."):argname("URL")
    configured:option("--ca-file", "Certificates to trust, of a simulator with --tls-cert: a PEM file."):argname("FILE")
    configured:flag("--json", "Print JSON on stdout, one object a line, errors too.")
  end
end

local function find(name)
  for _, action in ipairs(ACTIONS) do
    if action.name == name then return action end
  end
end

local function new_client(args)
  local inbox = require("vertexsms.simulator.client").new {
    url = args.url, ca_file = args.ca_file, token = environment.get("VERTEXSMS_SIMULATOR_TOKEN"), host = "blocking",
  }
  return inbox
end

-- What is raised may be an error of the client's, or of Lua's where the core is not there.
local function fail(err, args)
  if type(err) ~= "table" then return none(tostring(err), args) end
  outcome.report(err, args.json, true)
  return outcome.REFUSED
end

---@param args table
---@return integer exit code
function M.run(args)
  local ok, result = pcall(function()
    local inbox = new_client(args)
    return find(args.simulator_command).run(inbox, args)
  end)
  if ok then return result end
  return fail(result, args)
end

return M
