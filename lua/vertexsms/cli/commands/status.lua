--- `vertexsms status`: what became of a message.

local convert = require("vertexsms.cli.convert")
local outcome = require("vertexsms.cli.outcome")
local session = require("vertexsms.cli.session")
local tables = require("vertexsms.cli.table")
local waiting = require("vertexsms.cli.waiting")

local M = {
  name = "status",
  summary = "Say what became of a message.",
  sections = {
    { title = "Exit codes with --wait", rows = {
      { "0", "The message was delivered." },
      { "1", "It was not delivered and will not be." },
      { "3", "That was not known in time." },
    } },
  },
  examples = {
    { "Once", "vertexsms status 1281532560" },
    { "Until it is delivered or has failed, at most 5 minutes (300 seconds)",
      "vertexsms status 1281532560 --wait --wait-timeout 300" },
  },
}

-- The library's own default.
local WAIT_SECONDS = 60

local FIELDS = {
  "id", "state", "status", "error", "type", "to", "from", "text", "udh", "createDate", "sentDate", "dlrDate",
}

---@param command table argparse's
function M.configure(command)
  command:argument("id", "The ID that send printed.")
  command:flag("--wait", "Ask again until the state is final: delivered, undelivered or expired.")
  command:option("--wait-timeout", "Seconds to wait for that. (default: 60)"):argname("SECONDS")
    :convert(convert.seconds)
  command:option("--interval", "Seconds between the first two questions. Later pauses are longer. (default: 1)")
    :argname("SECONDS"):convert(convert.seconds)
  session.configure(command)
end

local function show(status, as_json)
  if as_json then return outcome.print_json(status) end
  local pairs_ = {}
  for i, name in ipairs(FIELDS) do pairs_[i] = { name, status[name] } end
  tables.print_fields(pairs_, status.state)
end

local function code_of(status, waited)
  if waited and status.state ~= "delivered" then return outcome.REFUSED end
  return outcome.DONE
end

---@param args table
---@return integer exit code
function M.run(args)
  local function shown(status)
    show(status, args.json)
    return code_of(status, args.wait)
  end
  if not args.wait then return session.run_one(args, true, shown, "status", args.id) end
  return session.run(args, true, function(client)
    local options = { timeout = args.wait_timeout, interval = args.interval }
    client.host = waiting.host(client.host, "the final state", args.wait_timeout or WAIT_SECONDS)
    local status, err = session.call(client, "wait_delivered", args.id, options)
    if status then return shown(status) end
    local code = session.fail(err, args, true)
    return err.kind == "timeout" and outcome.UNKNOWN or code
  end)
end

return M
