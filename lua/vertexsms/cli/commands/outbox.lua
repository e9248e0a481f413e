--- `vertexsms outbox`: many messages that must leave once, imported, sent, looked at and decided about.
--
-- Tested in spec/cli/outbox/view_spec.lua, spec/cli/outbox/import_spec.lua and spec/cli/outbox/worker_spec.lua.

local help = require("vertexsms.cli.help")
local opening = require("vertexsms.cli.outbox.opening")
local outcome = require("vertexsms.cli.outcome")

local M = {
  name = "outbox",
  summary = "Send many messages once, whatever dies on the way.",
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
  command:flag("--json", "JSON on stdout, one object a line; for errors too.")
end

local function configure_list(command)
  command:option("--state", "Only messages in this state.")
  command:option("--limit", "At most that many, default 100."):convert(tonumber):argname("NUMBER")
  command:option("--after", "Begin behind this ID."):convert(tonumber):argname("ID")
  configure_view(command)
end

local function configure_one(command)
  command:argument("id", "The ID of a message in the outbox."):convert(tonumber)
  configure_view(command)
end

local function configure_decision(command)
  configure_one(command)
  command:option("--by", "Who decides so, for the message's history; default $USER."):argname("NAME")
end

local function configure_resolve(command)
  configure_decision(command)
  command:mutex(
    command:flag("--resend", "Send it again: it may be its second time."),
    command:flag("--drop", "Give it up as unconfirmed."))
end

local function configure_export(command)
  command:option("--state", "Only messages in this state.")
  command:flag("--csv", "CSV in place of JSON.")
  configure_view(command)
end

local function configure_pause(command)
  command:argument("reason", "Why nothing is sent.")
  configure_view(command)
  command:option("--by", "Who decides so; default $USER."):argname("NAME")
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
    configure = function(command) module("import").configure(command) end,
    run = function(args) return module("import").run(args) end },
  { name = "run", summary = "Send what is in the outbox, until it is empty.",
    configure = function(command) module("worker").configure(command) end,
    run = function(args) return module("worker").run(args) end },
  { name = "status", summary = "How many messages are in each state.", configure = configure_view,
    run = view("status") },
  { name = "list", summary = "List messages.", configure = configure_list, run = view("list") },
  { name = "show", summary = "Show a message and its history.", configure = configure_one, run = view("show") },
  { name = "cancel", summary = "Take back a message that is queued.", configure = configure_decision,
    run = function(args) return decide(args, "cancel", args.id, args.by) end },
  { name = "resolve", summary = "Decide about a message whose outcome is unknown.", configure = configure_resolve,
    run = resolve },
  { name = "export", summary = "Print every message.", configure = configure_export, run = view("export") },
  { name = "pause", summary = "Stop all workers from taking messages.", configure = configure_pause,
    run = function(args) return decide(args, "pause", args.reason, args.by) end },
  { name = "resume", summary = "Let the workers go on.", configure = configure_view,
    run = function(args) return decide(args, "resume") end },
}

---@param command table argparse's
function M.configure(command)
  command:command_target("outbox_command"):require_command(true)
  for _, action in ipairs(ACTIONS) do
    local configured = command:command(action.name, action.summary):summary(action.summary)
    help.configure(configured)
    action.configure(configured)
  end
end

---@param args table
---@return integer exit code
function M.run(args)
  for _, action in ipairs(ACTIONS) do
    if action.name == args.outbox_command then return action.run(args) end
  end
end

return M
