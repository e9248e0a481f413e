--- What is in the outbox: get, list, counts, status.
--
-- Tested in spec/outbox/reading_spec.lua.

local argument = require("vertexsms.check.argument")
local checks = require("vertexsms.check.value")
local columns = require("vertexsms.outbox.columns")
local errors = require("vertexsms.error")
local numbers = require("vertexsms.base.number")
local schema = require("vertexsms.check.table")
local shown = require("vertexsms.base.shown")
local statements = require("vertexsms.outbox.statements")
local states = require("vertexsms.outbox.states")

---@class vertexsms.SafeOutbox
local M = { methods = { "get", "list", "counts", "status" } }

local unpack = rawget(table, "unpack") or rawget(_G, "unpack")

-- What names one message: an ID, or { key = … }.
local function check_name(name)
  if type(name) == "number" and name % 1 == 0 and name > 0 then return nil end
  if type(name) == "table" and type(name.key) == "string" and next(name) == "key" and next(name, "key") == nil then
    return nil
  end
  return errors.invalid_argument("id", ("id must be the ID of a message, a positive integer, or a table such as"
    .. ' { key = "order-4711" }, not %s'):format(shown.type_and_value(name)))
end

---@param id any
---@return vertexsms.Error|nil
function M.check_id(id)
  if type(id) == "number" and id % 1 == 0 and id > 0 then return nil end
  return errors.invalid_argument("id", ("id must be the ID of a message, a positive integer, not %s")
    :format(shown.type_and_value(id)))
end

---@param name integer|table
---@return vertexsms.Error
function M.not_found(name)
  local words = type(name) == "table" and "the key " .. shown.text(name.key) or "the ID " .. numbers.write(name)
  return errors.new({ kind = "not_found", message = "no message in the outbox has " .. words })
end

local function get_step(sql, name)
  local is_key = type(name) == "table"
  local params = { n = 1, is_key and name.key or name }
  return {
    { sql = is_key and sql.by_key or sql.by_id, params = params },
    { sql = is_key and sql.history_by_key or sql.history, params = params },
    read_only = true,
  }
end

--- A message and its history.
---@param id integer|{ key: string }
---@return vertexsms.OutboxRow|nil
---@return vertexsms.Error|nil kind `not_found` when there is none
function M:get(id)
  local err = check_name(id)
  if err then return nil, err end
  local result
  result, err = self:perform(get_step(self.sql, id))
  if not result then return nil, err end
  local row = result[1].rows[1]
  if not row then return nil, M.not_found(id) end
  local public = columns.public(row)
  public.history = {}
  for i, line in ipairs(result[2].rows) do public.history[i] = columns.change(line) end
  return public
end

--- The messages that are there under some keys, by these. A look only: they may be added meanwhile.
---@param outbox vertexsms.SafeOutbox
---@param keys string[] at most statements.KEYS_MAX
---@return table<string, table>|nil rows
---@return vertexsms.Error|nil
function M.kept(outbox, keys)
  local params, rows = { n = statements.KEYS_MAX }, {} -- a NULL is equal to no key
  for i, key in ipairs(keys) do params[i] = key end
  local result, err = outbox:perform({ { sql = outbox.sql.kept, params = params }, read_only = true })
  if not result then return nil, err end
  for _, row in ipairs(result[1].rows) do rows[row.key] = row end
  return rows
end

---@class vertexsms.OutboxListOptions
---@field state vertexsms.OutboxState|nil default: all
---@field after integer|nil the ID after which the list begins; for the next page, the last ID of the one before
---@field limit integer|nil of a page, default 100

local LIST_OPTIONS = schema.rules({
  { name = "state", type = "string", check = checks.one_of(unpack(states.names)) },
  { name = "after", type = "integer", check = checks.between(0, 2 ^ 53) },
  { name = "limit", type = "integer", check = checks.between(1, 10000) },
})

--- Messages in the order of their IDs, a page at a time.
---@param options vertexsms.OutboxListOptions|nil
---@return vertexsms.OutboxRow[]|nil
---@return vertexsms.Error|nil
function M:list(options)
  argument.check_optional(options, "table", "options")
  options = options or {}
  local err = schema.check(options, LIST_OPTIONS, "an option of outbox:list")
  if err then return nil, err end
  local result
  local params = { options.after or 0, options.limit or 100, options.state, n = options.state and 3 or 2 }
  local sql = options.state and self.sql.list_of_state or self.sql.list
  result, err = self:perform({ { sql = sql, params = params }, read_only = true })
  if not result then return nil, err end
  local list = {}
  for i, row in ipairs(result[1].rows) do list[i] = columns.public(row) end
  return list
end

local function counts_of(rows)
  local counts = { total = 0 }
  for _, name in ipairs(states.names) do counts[name] = 0 end
  for _, row in ipairs(rows) do
    counts[row.state] = row.count
    counts.total = counts.total + row.count
  end
  return counts
end

--- How many messages are in each state, and in `total`.
---@return table<string, integer>|nil
---@return vertexsms.Error|nil
function M:counts()
  local result, err = self:perform({ { sql = self.sql.counts }, read_only = true })
  if not result then return nil, err end
  return counts_of(result[1].rows)
end

--- The outbox as a whole.
---@class vertexsms.OutboxStatus
---@field counts table<string, integer>
---@field paused string|nil why nothing is sent
---@field paused_at number|nil seconds since 1970
---@field paused_by string|nil a worker, or a person
---@field waits number|nil seconds for which nothing is sent: VertexSMS, the network or a guard is in the way
---@field waits_for string|nil why: what the message that was put off has for its reason
---@field rate number|nil messages a second, of all workers
---@field oldest number|nil when the oldest message that is queued was added
---@field workers table<string, integer> how many messages each has in hand
---@field leases number|nil seconds until the last of their leases is over, if it is not renewed

-- Adds the questions that wait_in reads.
local function append_wait(step, sql)
  for _, name in ipairs({ "settings", "slowed_by", "is_due", "next_due" }) do step[#step + 1] = { sql = sql[name] } end
end

-- Seconds for which nothing can be sent, though something is queued, and why.
local function wait_in(result, first)
  local settings, slowed = result[first].rows[1], result[first + 1].rows[1]
  local due, later = result[first + 2].rows[1], result[first + 3].rows[1]
  if settings.resume_at > settings.now_at then return settings.resume_at - settings.now_at, slowed and slowed.reason end
  if due or not later then return nil end
  return later.due_at - settings.now_at, later.reason
end

--- For how long nothing can be sent, though something is queued.
---@param outbox vertexsms.SafeOutbox
---@return number|nil seconds
---@return string|nil reason
function M.wait_of(outbox)
  local step = { read_only = true }
  append_wait(step, outbox.sql)
  local result = outbox:perform(step)
  if result then return wait_in(result, 1) end
end

--- Counts, and what holds the outbox up.
---@return vertexsms.OutboxStatus|nil
---@return vertexsms.Error|nil
function M:status()
  local sql = self.sql
  local step = { { sql = sql.settings }, { sql = sql.counts }, { sql = sql.oldest }, { sql = sql.workers },
    read_only = true }
  append_wait(step, sql)
  local result, err = self:perform(step)
  if not result then return nil, err end
  local settings, workers = result[1].rows[1], {}
  local leases
  for _, row in ipairs(result[4].rows) do
    workers[row.worker or ""] = row.count
    leases = math.max(leases or 0, row.lease or 0)
  end
  local waits, waits_for = wait_in(result, 5)
  return {
    counts = counts_of(result[2].rows), paused = settings.pause_reason, paused_at = settings.paused_at,
    paused_by = settings.paused_by, waits = waits, waits_for = waits_for, rate = settings.rate,
    oldest = result[3].rows[1].created_at, workers = workers, leases = leases,
  }
end

return M
