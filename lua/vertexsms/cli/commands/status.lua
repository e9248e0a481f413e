--- `vertexsms status`: what became of a message.

local convert = require("vertexsms.cli.convert")
local outcome = require("vertexsms.cli.outcome")
local session = require("vertexsms.cli.session")
local tables = require("vertexsms.cli.table")

local M = {
  name = "status",
  summary = "Say what became of a message.",
}

local FIELDS = {
  "id", "state", "status", "error", "type", "to", "from", "text", "udh", "createDate", "sentDate", "dlrDate",
}

local EPILOG = [[
With --wait it exits with 0 when the message was delivered, with 1 when it was not and will not be,
and with 3 when that was not known in time.]]

---@param command table argparse's
function M.configure(command)
  command:argument("id", "The ID that send printed.")
  command:flag("--wait", "Ask again until the state is final.")
  command:option("--wait-timeout", "Seconds to wait for that; default 60."):convert(convert.seconds)
  command:option("--interval", "Seconds between the first two questions; default 1, later ones are rarer.")
    :convert(convert.seconds)
  session.configure(command)
  command:epilog(EPILOG)
end

local function show(status, as_json)
  if as_json then return outcome.print_json(status) end
  local pairs_ = {}
  for i, name in ipairs(FIELDS) do pairs_[i] = { name, status[name] } end
  tables.print_fields(pairs_)
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
    local status, err = session.call(client, "wait_delivered", args.id, options)
    if status then return shown(status) end
    local code = session.fail(err, args, true)
    return err.kind == "timeout" and outcome.UNKNOWN or code
  end)
end

return M
