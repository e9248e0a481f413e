--- A database that holds what must not be lost: SQLite or PostgreSQL, through the core's store.
--
-- What asks it gives steps: lists of statements that are done all or not at all. No step blocks where the host can
-- wait.
--
-- Tested in spec/store/init_spec.lua.

local core = require("vertexsms.base.core")
local errors = require("vertexsms.error")
local hosts = require("vertexsms.host")
local shown = require("vertexsms.base.shown")

local M = {}

--- One statement of a step.
---@class vertexsms.store.Statement
---@field sql string with $1 to $n
---@field params table|nil with its length as `n`
---@field must string|nil the step is undone when this statement finds no row; the result names it as `failed`

---@class vertexsms.store.Store
---@field handle vertexsms.core.Store
---@field dialect "sqlite"|"postgresql"
---@field host vertexsms.Host
local Store = {}
Store.__index = Store

-- What is missing where the core was built without a library.
local PACKAGES = {
  sqlite = "SQLite: install libsqlite3-dev and build vertexsms again",
  postgresql = "PostgreSQL: install libpq-dev and build vertexsms again",
}

--- Is it meant for a database server? What looks like a URL or like libpq's keywords is, however it is mistyped: taken
-- for the name of a file, it would be shown, and the password in it.
---@param value string
---@return boolean
function M.is_url(value)
  return value:find(":/", 1, true) ~= nil or value:find("^file:") ~= nil or value:find("password *=") ~= nil
end

local function missing(kind)
  if core.stores and core.stores[kind] then return nil end
  return errors.invalid_argument("store", "store cannot be opened: vertexsms was built without " .. PACKAGES[kind])
end

-- What became of what the step should have changed.
local function outcome_of(refusal)
  if refusal.committed == nil then return "unknown" end
  return "not_sent"
end

local WORDS = {
  not_sent = "nothing was changed",
  unknown = "whether it was changed is not known",
}

--- An error of the database. Its `outcome` is `not_sent` where nothing was changed, else `unknown`.
---@param refusal table of the core
---@return vertexsms.Error
function M.failure(refusal)
  local outcome = outcome_of(refusal)
  return errors.new({
    kind = "store", code = refusal.kind, outcome = outcome, temporary = refusal.temporary or false,
    retryable = (refusal.temporary or false) and outcome == "not_sent",
    message = ("the store failed: %s (%s)"):format(refusal.message or refusal.kind, WORDS[outcome]),
  })
end

local function is_done(result) return result.kind == "ok" or result.kind == "refused" end

--- Is it a store that was opened here, or a handle of the core's? A null of JSON has nothing that could be looked at.
---@param option any
---@return boolean
function M.is_store(option)
  local kind = type(option)
  if kind ~= "table" and (kind ~= "userdata" or not getmetatable(option)) then return false end
  return type(option.perform) == "function" and option.dialect ~= nil
end

local function open_handle(option)
  if M.is_store(option) then return option end
  if type(option) ~= "string" then
    return nil, errors.invalid_argument("store", "store must be the path of a file, or a URL such as"
      .. " postgresql://shop@db/shop, not " .. shown.type_and_value(option))
  end
  local kind = M.is_url(option) and "postgresql" or "sqlite"
  local err = missing(kind)
  if err then return nil, err end
  local handle, refusal = core.store(kind == "sqlite" and { path = option } or { url = option })
  if handle then return handle end
  local reason = refusal.message or refusal.kind
  return nil, errors.invalid_argument("store", reason:find("^store ") and reason or "store " .. reason)
end

--- Opens a store. A handle of the core's, or a store that was opened here, is taken as it is.
---@param option string|table a path, a URL or a store
---@param host vertexsms.Host
---@return vertexsms.store.Store|nil
---@return vertexsms.Error|nil
function M.open(option, host)
  if getmetatable(option) == Store then return option end
  local handle, err = open_handle(option)
  if not handle then return nil, err end
  return setmetatable({ handle = handle, dialect = handle:dialect(), host = host }, Store)
end

-- A result as `perform` returns it.
local function conclude(result)
  if is_done(result) then return result end
  return nil, M.failure(result)
end

--- Does a step, all of it or nothing, in the host's way.
---@param step vertexsms.store.Statement[]
---@param host vertexsms.Host|nil default: that of the store
---@return table|nil result `kind` is "ok" and [i].rows are those of statement i; or "refused", and `failed` is a name
---@return vertexsms.Error|nil
function Store:perform(step, host)
  local result, refusal
  if self.handle.submit then
    result, refusal = hosts.perform(host or self.host, self.handle, step)
  else
    result, refusal = self.handle:perform(step)
  end
  if not result then return nil, self.of_refusal(refusal) end
  return conclude(result)
end

-- A step without a table for it or for its result, in the host's way: the methods of the handle, and of its ticket.
local ROW = { perform = "perform_one", submit = "submit_one", read = "row" }
local COLUMNS = { perform = "perform_each", submit = "submit_each", read = "columns" }

local function take_performed(is_row, result, ...)
  if is_row == false then return false, conclude(result) end
  return is_row, result, ...
end

-- `read` is the ticket's method that gives what is waited for.
local function wait_for(host, handle, ticket, read, is_row, ...)
  if is_row then return true, ... end
  if is_row == false then return false, conclude(ticket:response()) end
  host.wait(handle, ticket)
  return wait_for(host, handle, ticket, read, read(ticket))
end

local function perform_as(self, way, ...)
  local host, handle = self.host, self.handle
  if not handle[way.submit] then return nil end
  local can_wait, reason = hosts.can_wait(host)
  if reason then return nil end
  if not can_wait then return take_performed(handle[way.perform](handle, ...)) end
  local ticket = handle[way.submit](handle, ...)
  if not ticket then return nil end
  return wait_for(host, handle, ticket, ticket[way.read])
end

--- Does a step of one statement that is to give one row, without a table for either.
---@param sql string
---@param must string|nil
---@param ... string|number|boolean|nil its parameters
---@return boolean|nil is_row nil: nothing was done, and it is for `perform` to do it, or to say why not
---@return any ... the cells of the row; where there is not one row: the result and the error that `perform` returns
function Store:perform_one(sql, must, ...)
  return perform_as(self, ROW, sql, must, ...)
end

--- Does a step of one statement that is done several times, and is to give one row each time, without a table for each.
---@param sql string
---@param must boolean each is to find a row, and is named by its number
---@param count integer
---@param ... string|number|boolean|table|nil its parameters; a list has one for each time
---@return boolean|nil is_row nil: nothing was done, and it is for `perform` to do it, or to say why not
---@return any ... a list for each column; where there is not one row each time: the result and the error that `perform`
---  returns
function Store:perform_each(sql, must, count, ...)
  return perform_as(self, COLUMNS, sql, must, count, ...)
end

local function submit_all(self, steps)
  local answers = {}
  for i, step in ipairs(steps) do
    local ticket, refusal = self.handle:submit(step)
    answers[i] = ticket and { ticket = ticket } or { err = self.of_refusal(refusal) }
  end
  return answers
end

local function perform_one_by_one(self, steps, host)
  local answers = {}
  for i, step in ipairs(steps) do
    local result, err = self:perform(step, host)
    answers[i] = { result = result, err = err }
  end
  return answers
end

--- Does several steps, each by itself, in as few commits as may be.
---@param steps vertexsms.store.Statement[][]
---@param host vertexsms.Host that can wait, or blocks
---@return { result: table|nil, err: vertexsms.Error|nil }[] as `perform` returns them
function Store:perform_all(steps, host)
  if not self.handle.submit then return perform_one_by_one(self, steps, host) end
  local answers = submit_all(self, steps)
  for _, answer in ipairs(answers) do
    local result = answer.ticket and hosts.wait_for(host, self.handle, answer.ticket)
    if result and is_done(result) then answer.result = result
    elseif result then answer.err = M.failure(result) end
  end
  return answers
end

-- Where the host cannot wait, the refusal is about the caller's place.
function Store.of_refusal(refusal)
  if refusal.kind == "invalid_argument" then return errors.from_refusal(refusal) end
  if refusal.committed == nil then refusal.committed = false end
  return M.failure(refusal)
end

--- Closes the connections; twice is fine.
function Store:close()
  self.handle:close()
end

return M
