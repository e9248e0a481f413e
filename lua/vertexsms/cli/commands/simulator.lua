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
  summary = "Ask or steer a simulator that runs: messages, codes, reports.",
}

local EPILOG = [[
The simulator is that of --url, else of VERTEXSMS_BASE_URL, else http://127.0.0.1:8025. Where it was
started with VERTEXSMS_SIMULATOR_TOKEN, this command needs the same.

Exit codes: 0 found or done, 1 no message or code came in time, or the simulator cannot be asked.]]

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
  command:option("--from", "The sender.")
  command:option("--text", "What stands in the text, in any case.")
  command:option("--since", "Only those after this message, or since this time (2026-04-14T10:30:00Z).")
    :argname("ID|TIME")
  command:option("--state", "pending, sent, delivered, undelivered, expired or seen.")
end

local function configure_waiting(command)
  configure_filter(command)
  command:option("--wait", "Seconds to wait for one."):convert(convert.seconds):default("10")
end

local function configure_messages(command)
  configure_filter(command)
  command:option("--limit", "At most so many."):convert(whole):default("100")
end

local function configure_id(command)
  command:argument("id", "The message.")
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

local ACTIONS = {
  { name = "messages", summary = "List messages, newest first.", configure = configure_messages,
    run = function(inbox, args) return show(inbox:messages(filter_of(args)), args) end },
  { name = "wait", summary = "Wait for a message and print it.", configure = configure_waiting, run = run_wait },
  { name = "code", summary = "Wait for a one-time code and print its digits.", configure = configure_waiting,
    run = run_code },
  { name = "deliver", summary = "Deliver a message now.", configure = configure_id, run = steer("deliver") },
  { name = "fail", summary = "Have a message fail now.", configure = function(command)
    configure_id(command)
    command:option("--error", "The code that is reported."):convert(whole):default("43")
  end, run = steer("fail") },
  { name = "expire", summary = "Have a message expire now.", configure = configure_id, run = steer("expire") },
  { name = "seen", summary = "Have a Viber message seen.", configure = configure_id, run = steer("seen") },
  { name = "again", summary = "Send the last report of a message again.", configure = configure_id,
    run = steer("again") },
  { name = "clear", summary = "Forget all messages.", configure = function() end, run = run_clear },
}

---@param command table argparse's
function M.configure(command)
  command:command_target("simulator_command"):require_command(true)
  for _, action in ipairs(ACTIONS) do
    local configured = command:command(action.name, action.summary):summary(action.summary)
    help.configure(configured)
    action.configure(configured)
    configured:option("--url", "Of the simulator.")
    configured:option("--ca-file", "Certificates to trust (PEM file), for one with --tls-cert.")
    configured:flag("--json", "JSON on stdout, one object a line; for errors too.")
  end
  command:epilog(EPILOG)
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
