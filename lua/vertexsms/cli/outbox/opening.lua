--- Which outbox a command is about.
--
-- Tested in spec/cli/outbox/import_spec.lua.

local environment = require("vertexsms.cli.environment")
local outcome = require("vertexsms.cli.outcome")
local session = require("vertexsms.cli.session")

local M = {}

---@param command table argparse's
function M.configure(command)
  command:option("--store", "File or URL of the outbox. (default: $VERTEXSMS_OUTBOX)"):argname("PATH|URL")
end

--- Opens the outbox, works with it and closes it.
---@param args table
---@param options table|nil more for outbox.open
---@param work fun(outbox: vertexsms.SafeOutbox): integer returns the exit code
---@return integer exit code
function M.with(args, options, work)
  local store = args.store or environment.get("VERTEXSMS_OUTBOX")
  if not store then
    return outcome.refuse("--store is missing: give the path of the outbox, such as outbox.db, or set VERTEXSMS_OUTBOX",
      args.json)
  end
  local complete = { store = store }
  for name, value in pairs(options or {}) do complete[name] = value end
  if not complete.client then complete.host = "blocking" end
  local outbox, err = session.attempt(function() return require("vertexsms.outbox").safe.open(complete) end)
  if not outbox then return outcome.report(err, args.json) end
  local code, failure = session.attempt(work, outbox)
  outbox:close()
  return code or outcome.report(failure, args.json)
end

return M
