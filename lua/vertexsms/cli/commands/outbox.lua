--- `vertexsms outbox`: many messages that must leave once, imported, sent, looked at and decided about.
--
-- Tested in spec/cli/outbox/view_spec.lua, spec/cli/outbox/import_spec.lua and spec/cli/outbox/worker_spec.lua.

local convert = require("vertexsms.cli.convert")
local help = require("vertexsms.cli.help")
local opening = require("vertexsms.cli.outbox.opening")
local outcome = require("vertexsms.cli.outcome")
local states = require("vertexsms.outbox.states")

local M = {
  name = "outbox",
  summary = "Send many messages once, whatever dies on the way.",
  sections = {
    { title = "Environment", rows = { { "VERTEXSMS_OUTBOX", "File or URL of the outbox, for --store." } } },
  },
  examples = {
    { "Check a campaign, add it, send it", "export VERTEXSMS_OUTBOX=campaign.db\n"
      .. 'vertexsms outbox import list.csv --from MyShop --message "Hi" --dry-run\n'
      .. 'vertexsms outbox import list.csv --from MyShop --message "Hi"\n'
      .. "vertexsms outbox run --rate 50" },
    { "Look at it", "vertexsms outbox status\nvertexsms outbox list --state unknown" },
  },
}

-- Loaded when it is used: they need the core, and the help does not.
local function module(name)
  return require("vertexsms.cli.outbox." .. name)
end

local function view(name)
  return function(args) return module("view")[name](args) end
end

local function configure_view(command)
  opening.configure(command)
  command:flag("--json", "Print JSON on stdout, one object a line, errors too.")
end

local function configure_state(command)
  command:option("--state", "Only messages in this state, such as unknown."):argname("STATE"):choices(states.names)
end

local function configure_list(command)
  configure_state(command)
  command:option("--limit", "At most that many. (default: 100)"):convert(convert.number_of("--limit", "100"))
    :argname("NUMBER")
  command:option("--after", "Begin after this ID."):convert(convert.number_of("--after", "17")):argname("ID")
  configure_view(command)
end

local function configure_one(command)
  command:argument("id", "The ID of a message in the outbox."):convert(convert.number_of("the ID", "17"))
  configure_view(command)
end

local function configure_decision(command)
  configure_one(command)
  command:option("--by", "Who decides so, for the history of the message. (default: $USER)"):argname("NAME")
end

local function configure_resolve(command)
  configure_decision(command)
  command:mutex(
    command:flag("--resend", "Send it again: it may be its second time."),
    command:flag("--drop", "Give it up as unconfirmed."))
end

local function configure_export(command)
  configure_state(command)
  command:flag("--csv", "Print CSV in place of JSON.")
  configure_view(command)
end

local function configure_pause(command)
  command:argument("reason", "Why nothing is sent.")
  configure_view(command)
  command:option("--by", "Who decides so. (default: $USER)"):argname("NAME")
end

-- Calls a method of the outbox, and shows the message that it returns.
local function decide(args, name, ...)
  local arguments = { ... }
  return opening.with(args, nil, function(outbox)
    local row, err = outbox[name](outbox, arguments[1], arguments[2], arguments[3])
    if not row then return outcome.report(err, args.json, true) end
    if row ~= true then module("view").print(row, args) end
    return outcome.DONE
  end)
end

local function resolve(args)
  if not args.resend and not args.drop then return outcome.refuse("give --resend or --drop", args.json) end
  return decide(args, "resolve", args.id, args.resend and "resend" or "drop", args.by)
end

local ACTIONS = {
  { name = "import", summary = "Add the messages of a CSV or JSON lines file.",
    examples = { { "A column `to`, and a column `name` for the text",
      'vertexsms outbox import list.csv --from MyShop --message "Hi {name}"' } },
    configure = function(command) module("import").configure(command) end,
    run = function(args) return module("import").run(args) end },
  { name = "run", summary = "Send what is in the outbox, until it is empty.",
    sections = { { title = "Environment", rows = {
      { "VERTEXSMS_CALLBACK_SECRET", "The URL gets it as its secret, so that it is not an argument." },
    } } },
    examples = { { "At most 50 messages a second", "vertexsms outbox run --rate 50" } },
    configure = function(command) module("worker").configure(command) end,
    run = function(args) return module("worker").run(args) end },
  { name = "status", summary = "Count the messages in each state.", configure = configure_view, run = view("status"),
    examples = { { "Of one outbox", "vertexsms outbox status --store campaign.db" } } },
  { name = "list", summary = "List messages.", configure = configure_list, run = view("list"),
    examples = { { "Those whose outcome is unknown", "vertexsms outbox list --state unknown" } } },
  { name = "show", summary = "Show a message and its history.", configure = configure_one, run = view("show"),
    examples = { { "The ID is the one that list prints", "vertexsms outbox show 17" } } },
  { name = "cancel", summary = "Take back a message that is queued.", configure = configure_decision,
    examples = { { "Before it is sent", "vertexsms outbox cancel 17" } },
    run = function(args) return decide(args, "cancel", args.id, args.by) end },
  { name = "resolve", summary = "Decide about a message whose outcome is unknown.", configure = configure_resolve,
    examples = { { "It did not arrive: send it again", "vertexsms outbox resolve 17 --resend" },
      { "It arrived, or is no longer wanted", "vertexsms outbox resolve 17 --drop" } },
    run = resolve },
  { name = "export", summary = "Print every message.", configure = configure_export, run = view("export"),
    examples = { { "For a spreadsheet", "vertexsms outbox export --csv > campaign.csv" } } },
  { name = "pause", summary = "Stop all workers from taking messages.", configure = configure_pause,
    examples = { { "With the reason, for the others", 'vertexsms outbox pause "wrong text"' } },
    run = function(args) return decide(args, "pause", args.reason, args.by) end },
  { name = "resume", summary = "Let the workers go on.", configure = configure_view,
    examples = { { "After pause", "vertexsms outbox resume" } },
    run = function(args) return decide(args, "resume") end },
}

---@param command table argparse's
function M.configure(command)
  command:command_target("outbox_command"):require_command(true)
  for _, action in ipairs(ACTIONS) do help.add(command, action) end
end

---@param args table
---@return integer exit code
function M.run(args)
  for _, action in ipairs(ACTIONS) do
    if action.name == args.outbox_command then return action.run(args) end
  end
end

return M
