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

local NOT_THERE = 2 -- ENOENT

-- Not by opening it: a guard of this process may have the file open, and would lose its locks with a descriptor that is
-- closed (sqlite.org/howtocorrupt.html, section 2.2). A file that takes its own name stays as it is (rename(2)).
local function is_missing(store)
  if store == "" or require("vertexsms.store").is_url(store) then return false end
  local is_there, _, code = os.rename(store, store)
  return not is_there and code == NOT_THERE
end

--- Opens the outbox, works with it and closes it. A file that is not there is made only for those who add to it: a name
-- that was mistyped is not an empty outbox.
---@param args table
---@param options table|nil more for outbox.open
---@param work fun(outbox: vertexsms.SafeOutbox): integer returns the exit code
---@param may_make boolean|nil
---@return integer exit code
function M.with(args, options, work, may_make)
  local store = args.store or environment.get("VERTEXSMS_OUTBOX")
  if not store then
    return outcome.refuse("--store is missing: give the path of the outbox, such as outbox.db, or set VERTEXSMS_OUTBOX",
      args.json)
  end
  if not may_make and is_missing(store) then
    return outcome.refuse(("there is no outbox %s: `vertexsms outbox import` makes one"):format(store), args.json)
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
