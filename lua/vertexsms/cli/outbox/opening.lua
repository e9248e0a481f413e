--- Which outbox a command is about.
--
-- Tested in spec/cli/outbox/import_spec.lua.

local environment = require("vertexsms.cli.environment")
local names = require("vertexsms.cli.names")
local outcome = require("vertexsms.cli.outcome")
local session = require("vertexsms.cli.session")

local M = {}

---@param command table argparse's
function M.configure(command)
  command:option("--store", "File or URL of the outbox. (default: $VERTEXSMS_OUTBOX)"):argname("PATH|URL")
    :hidden_name("--outbox") -- as `send` calls it
end

local NOT_THERE = 2 -- ENOENT

-- Not by opening it: a guard of this process may have the file open, and would lose its locks with a descriptor that is
-- closed (sqlite.org/howtocorrupt.html, section 2.2). A file that takes its own name stays as it is (rename(2)).
local function is_missing(store)
  if store == "" or require("vertexsms.store").is_url(store) then return false end
  local is_there, _, code = os.rename(store, store)
  return not is_there and code == NOT_THERE
end

local function store_of(args) return args.store or environment.get("VERTEXSMS_OUTBOX") end

--- What is wrong where no outbox is named.
---@param args table
---@return string|nil reason
function M.missing(args)
  if store_of(args) then return nil end
  return "--store is missing: give the path of the outbox, such as outbox.db, or set VERTEXSMS_OUTBOX"
end

--- Is an outbox named that need not be made first?
---@param args table
---@return boolean
function M.is_there(args)
  local store = store_of(args)
  return store ~= nil and not is_missing(store)
end

--- How an outbox is opened for a command.
---@class vertexsms.cli.outbox.Opening
---@field may_make boolean|nil a file that is not there is made: a name that was mistyped is not an empty outbox
---@field is_question boolean|nil nothing is changed by it, so that no outcome is spoken of

local function refuse(reason, args, is_question)
  local err = { kind = "invalid_argument", message = reason, outcome = "not_sent", retryable = false }
  return outcome.report(err, args.json, is_question)
end

--- Opens the outbox, works with it and closes it.
---@param args table
---@param options table|nil more for outbox.open
---@param work fun(outbox: vertexsms.SafeOutbox): integer returns the exit code
---@param how vertexsms.cli.outbox.Opening|nil
---@return integer exit code
function M.with(args, options, work, how)
  local store, is_question = store_of(args), how and how.is_question
  if not store then return refuse(M.missing(args), args, is_question) end
  if not (how and how.may_make) and is_missing(store) then
    return refuse(("there is no outbox %s: `vertexsms outbox import` makes one"):format(store), args, is_question)
  end
  local complete = { store = store }
  for name, value in pairs(options or {}) do complete[name] = value end
  if not complete.client then complete.host = "blocking" end
  local outbox, err = session.attempt(function() return require("vertexsms.outbox").safe.open(complete) end)
  if not outbox then return outcome.report(names.of_call(err, "outbox"), args.json, is_question) end
  local code, failure = session.attempt(work, outbox)
  outbox:close()
  return code or outcome.report(failure, args.json, is_question)
end

return M
