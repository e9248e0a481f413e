--- `vertexsms guard`: what is used of the limits of a guard, and how to forget it.

local ascii = require("vertexsms.base.ascii")
local duration = require("vertexsms.base.duration")
local guard_file = require("vertexsms.cli.guard_file")
local help = require("vertexsms.cli.help")
local interruption = require("vertexsms.cli.interruption")
local outcome = require("vertexsms.cli.outcome")
local output = require("vertexsms.cli.output")
local tables = require("vertexsms.cli.table")

local M = {
  name = "guard",
  summary = "Say what is used of a guard's limits, or forget it.",
  examples = {
    { "What is used of the limits in a file", "vertexsms guard status --guard guard.json" },
    { "What one number has used of them", "vertexsms guard status --guard guard.json --to 37069912345" },
  },
}

local function configure_common(command)
  guard_file.configure(command)
  command:flag("--json", "Print JSON on stdout, one object a line, errors too.")
end

local function configure_status(command)
  command:option("--to", "A recipient, for the limits of a number."):argname("NUMBER")
  command:option("--key", "A guard_key, for the limits of a key."):argname("KEY")
  configure_common(command)
end

local function configure_reset(command)
  command:argument("rule", "Of this rule of the guard alone: per_recipient, per_prefix, per_key, budget, duplicate,"
    .. " breaker."):args("?")
  configure_common(command)
end

local ACTIONS = {
  { name = "status", summary = "Say what is used of each limit, and what is paused.", configure = configure_status,
    examples = M.examples },
  { name = "reset", summary = "Forget what was counted, and end pauses.", configure = configure_reset,
    examples = { { "The budget begins anew", "vertexsms guard reset budget --guard guard.json" } } },
}

---@param command table argparse's
function M.configure(command)
  command:command_target("guard_command"):require_command(true)
  for _, action in ipairs(ACTIONS) do help.add(command, action) end
end

local COLUMNS = {
  { title = "RULE" }, { title = "USED", right = true }, { title = "LIMIT", right = true }, { title = "OF" },
  { title = "SECONDS", right = true }, { title = "ROOM IN", right = true },
}

local function cells_of(limit)
  local used = limit.used == nil and "?" or limit.used
  local room = limit.retry_after and duration.words(limit.retry_after)
  return { limit.rule, used, limit.limit, limit.unit, ("%.0f"):format(limit.seconds), room }
end

local function print_limits(limits)
  local rows = {}
  for i, limit in ipairs(limits) do rows[i] = cells_of(limit) end
  if #rows > 0 then tables.print(rows, COLUMNS) end
end

local function print_paused(paused)
  local names = {}
  for name in pairs(paused) do names[#names + 1] = name end
  ascii.sort(names)
  for _, name in ipairs(names) do
    local mark = paused[name]
    output.print(("paused: %s: %s; one message may try in %s"):format(name, mark.reason,
      duration.words(mark.retry_after)))
  end
end

-- That of a URL may have a password in it, and is the same from every folder.
local function shown_store(list)
  local store = guard_file.store(list)
  return store and not require("vertexsms.store").is_url(store) and store or nil
end

local function show(status, as_json)
  if as_json then return outcome.print_json(status) end
  if not status.live then output.print("live is off: nothing but test messages and the numbers of only is sent") end
  print_limits(status.limits)
  print_paused(status.paused)
  if status.store then output.print("store: " .. status.store) end
end

local function status_of(guard, args, list)
  local status, err = guard:status({ to = args.to, guard_key = args.key }, interruption.host())
  if not status then
    return outcome.report(require("vertexsms.error").renamed(err, { to = "--to" }), args.json, true)
  end
  status.store = shown_store(list)
  show(status, args.json)
  return outcome.DONE
end

local function reset(guard, args)
  local ok, err = guard:reset(args.rule, interruption.host())
  if not ok then return outcome.report(err, args.json, true) end
  if not args.json then output.print("forgotten") end
  return outcome.DONE
end

---@param args table
---@return integer exit code
function M.run(args)
  local list, reason = guard_file.list(args)
  if list and #list == 0 then reason = "no guard is named: give --guard FILE, or set VERTEXSMS_GUARD" end
  if reason then return outcome.refuse(reason, args.json) end
  local guard, err = require("vertexsms.guard").make(list)
  if not guard then return outcome.report(err, args.json, true) end
  return (args.guard_command == "reset" and reset or status_of)(guard, args, list)
end

return M
