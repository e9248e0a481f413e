--- The entries of a tracking in a database: for several processes, and for what must outlive them.
--
-- An entry is read, and changed only while it is still the same; where another process was faster, all begins anew. So
-- nothing is locked while the host does something else.

local core = require("vertexsms.base.core")
local errors = require("vertexsms.error")
local hosts = require("vertexsms.host")
local json = require("vertexsms.json")
local old_files = require("vertexsms.tracking.old_file")
local program = require("vertexsms.host.program")
local steps = require("vertexsms.store.step")
local stores = require("vertexsms.store")

local M = {}

-- Of what the tables are, see docs/tracking.md.
local NAME, VERSION = "tracking", 1

-- A store that does not answer must not keep messages from leaving: they go out untracked. After such a step the next
-- ones are soon over, for a while.
local STEP_SECONDS, STEP_SECONDS_AFTER = 2, 0.05
local IMPATIENT_SECONDS = 10
local OPEN_SECONDS = 10
-- Statements in one step.
local STEP_SIZE = 500
local TRIES = 50
local DUE_MAX = 100000

---@class vertexsms.tracking.Database: vertexsms.tracking.Ledger
---@field store vertexsms.store.Store
---@field path string|nil of an SQLite file
local Database = {}
Database.__index = Database

-- ---- statements -----------------------------------------------------------------------------------

-- The same in SQLite and PostgreSQL.
local SCHEMA = {
  { sql = "CREATE TABLE IF NOT EXISTS vertexsms_schema (name text PRIMARY KEY, version integer NOT NULL)" },
  {
    sql = "SELECT 1 AS ok WHERE NOT EXISTS (SELECT 1 FROM vertexsms_schema WHERE name = $1 AND version > $2)",
    params = { n = 2, NAME, VERSION }, must = "version",
  },
  { sql = [[CREATE TABLE IF NOT EXISTS vertexsms_tracking (id text PRIMARY KEY, pending_until bigint NOT NULL,
    expires_at bigint NOT NULL, due_at bigint NOT NULL, holder bigint, held_until bigint, report text,
    version bigint NOT NULL)]] },
  { sql = "CREATE INDEX IF NOT EXISTS vertexsms_tracking_due ON vertexsms_tracking (due_at)" },
  {
    sql = "INSERT INTO vertexsms_schema (name, version) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
    params = { n = 2, NAME, VERSION },
  },
}
local READ = "SELECT pending_until, expires_at, due_at, holder, held_until, report, version FROM vertexsms_tracking"
  .. " WHERE id = $1"
local INSERT = [[INSERT INTO vertexsms_tracking (id, pending_until, expires_at, due_at, holder, held_until, report,
  version) VALUES ($1, $2, $3, $4, $5, $6, $7, 1) ON CONFLICT (id) DO NOTHING]]
local UPDATE = [[UPDATE vertexsms_tracking SET pending_until = $2, expires_at = $3, due_at = $4, holder = $5,
  held_until = $6, report = $7, version = version + 1 WHERE id = $1 AND version = $8]]
local DELETE = "DELETE FROM vertexsms_tracking WHERE id = $1"
local DELETE_SAME = "DELETE FROM vertexsms_tracking WHERE id = $1 AND version = $2"
local DUE = "SELECT id FROM vertexsms_tracking WHERE due_at <= $1 ORDER BY due_at LIMIT $2"

local function whole(number) return number and math.ceil(number) end

-- What is not UTF-8 cannot be kept as text.
local function clean(text)
  if type(text) ~= "string" or not core.invalid_utf8(text) then return text end
  return (text:gsub("[\128-\255]", "?"))
end

local function encode_report(report)
  if not report then return nil end
  local copy = {}
  for name, value in pairs(report) do copy[name] = clean(value) end
  return json.encode(copy)
end

local function values_of(id, entry, version)
  return {
    n = version and 8 or 7, id, whole(entry.pending_until), whole(entry.expires), whole(entry.due), entry.holder,
    whole(entry.held_until), encode_report(entry.report), version,
  }
end

local function entry_of(row)
  if not row then return nil end
  return {
    pending_until = row.pending_until, expires = row.expires_at, due = row.due_at, holder = row.holder,
    held_until = row.held_until, report = row.report and json.decode(row.report) or nil,
  }
end

-- ---- steps ----------------------------------------------------------------------------------------

local function seconds_for_step(self)
  return core.now() < self.impatient_until and STEP_SECONDS_AFTER or STEP_SECONDS
end

-- A path's old file may be the reason, which is a text.
local function note_failure(self, reason)
  local code = type(reason) == "table" and reason.code
  if code == "timeout" or code == "busy" then self.impatient_until = core.now() + IMPATIENT_SECONDS end
  return { reason = reason }
end

local function perform(self, step, host)
  local reason = self:open(host, seconds_for_step(self))
  if reason then return nil, note_failure(self, reason) end
  step.timeout = seconds_for_step(self)
  local result, err = self.store:perform(step, host)
  if result then return result end
  return nil, note_failure(self, err)
end

local function fail_all(failures, ids, from, to, failure)
  for i = from, to do failures[ids[i]] = failure end
end

-- Does something with some IDs at a time.
local function in_steps(ids, fn)
  local failures = {}
  for from = 1, #ids, STEP_SIZE do
    local to = math.min(from + STEP_SIZE - 1, #ids)
    local failure = fn(from, to)
    if failure then fail_all(failures, ids, from, to, failure) end
  end
  return failures
end

local function write_all(self, ids, statement_of, host)
  return in_steps(ids, function(from, to)
    local step = {}
    for i = from, to do step[#step + 1] = statement_of(ids[i]) end
    local _, failure = perform(self, step, host)
    return failure
  end)
end

-- ---- entries --------------------------------------------------------------------------------------

function Database:add(entries, host)
  local ids = {}
  for id in pairs(entries) do ids[#ids + 1] = id end
  local function insert(id) return { sql = INSERT, params = values_of(id, entries[id]) } end
  return write_all(self, ids, insert, host)
end

function Database:remove(ids, _, host)
  local function delete(id) return { sql = DELETE, params = { n = 1, id } } end
  return write_all(self, ids, delete, host)
end

-- The statement that changes what was read; nil where there is nothing to change.
local function change_of(id, row, after)
  if after == nil or after == false and not row then return nil end
  if after == false then return { sql = DELETE_SAME, params = { n = 2, id, row.version }, must = "same" } end
  if not row then return { sql = INSERT, params = values_of(id, after), must = "same" } end
  return { sql = UPDATE, params = values_of(id, after, row.version), must = "same" }
end

local function read(self, ids, from, to, host)
  local step = { read_only = true }
  for i = from, to do step[#step + 1] = { sql = READ, params = { n = 1, ids[i] } } end
  return perform(self, step, host)
end

-- Returns whether it is done, or has to be tried again; and a failure.
local function try_change(self, ids, from, to, fn, host)
  local found, failure = read(self, ids, from, to, host)
  if not found then return true, failure end
  local step = {}
  for i = from, to do
    local row = found[i - from + 1].rows[1]
    step[#step + 1] = change_of(ids[i], row, (fn(ids[i], entry_of(row))))
  end
  if #step == 0 then return true end
  local result, refused = perform(self, step, host)
  return not result or result.kind == "ok", refused
end

local FASTER = "other processes changed the same entry again and again"

function Database:change(ids, fn, host)
  return in_steps(ids, function(from, to)
    for _ = 1, TRIES do
      local is_done, failure = try_change(self, ids, from, to, fn, host)
      if is_done then return failure end
    end
    return { reason = FASTER }
  end)
end

function Database:due(now, most, host)
  local params = { n = 2, math.min(math.ceil(now), 2 ^ 53), math.min(most, DUE_MAX) }
  if now == math.huge then params[1] = 2 ^ 53 end
  local result, failure = perform(self, { { sql = DUE, params = params }, read_only = true }, host)
  if not result then return nil, failure end
  local ids = {}
  for i, row in ipairs(result[1].rows) do ids[i] = row.id end
  return ids
end

-- ---- opening --------------------------------------------------------------------------------------

local NEWER = "%s was written by a newer version of this library: update the library on this machine"

local function schema_step(dialect, seconds)
  local step = { timeout = seconds }
  if dialect == "postgresql" then step[1] = { sql = steps.LOCK_TABLES } end
  for _, statement in ipairs(SCHEMA) do step[#step + 1] = statement end
  return step
end

-- Returns why the tables are not there.
local function make_tables(self, host, seconds)
  local result, err = self.store:perform(schema_step(self.store.dialect, seconds), host)
  if not result then return err end
  if result.kind == "refused" then return NEWER:format(self.store.handle:name()) end
  self.is_ready = true
end

-- A store of its own, which ends with it: for what an old file held.
local function fill(path, entries, host)
  local made = M.of_location(path, host)
  if not made then return "cannot be opened" end
  local reason = make_tables(made, host, OPEN_SECONDS)
  local _, failure = next(reason and {} or made:add(entries, host))
  made.store:close()
  return reason or failure and failure.reason
end

-- In a place that can neither wait nor block, as inside of `require` in nginx, opening blocks: it takes a moment.
local function opener(host)
  if host.can_wait and not host.can_wait() then return hosts.pick("blocking") end
  return host
end

--- Makes the tables, and takes an old file over; nothing when that is done.
---@param host vertexsms.Host
---@param seconds number how long it may take
---@return any reason
function Database:open(host, seconds)
  if self.is_ready then return nil end
  host = opener(host)
  local reason = make_tables(self, host, seconds)
  if not reason or not self.path or reason.code ~= "foreign" then return reason end
  local problem
  problem = old_files.take_over(self.path, host, self.store.handle, fill)
  if problem then return problem end
  return make_tables(self, host, seconds)
end

--- The database at a path or URL, which is not opened yet.
---@param location string
---@param host vertexsms.Host
---@return vertexsms.tracking.Database|nil
---@return vertexsms.Error|nil
function M.of_location(location, host)
  local store, err = stores.open(location, host)
  if not store then return nil, err end
  local path = store.dialect == "sqlite" and location or nil
  return setmetatable({ store = store, path = path, is_ready = false, impatient_until = 0 }, Database)
end

--- Opens the database at a path or URL.
---@param location string
---@param host vertexsms.Host
---@return vertexsms.tracking.Database|nil
---@return vertexsms.Error|nil
function M.new(location, host)
  local database, err = M.of_location(location, host)
  if not database then return nil, err end
  -- In nginx's master, which is root, the file would become one that the workers cannot open.
  local reason = not program.is_master() and database:open(host, OPEN_SECONDS) or nil
  if not reason then return database end
  database.store:close()
  if type(reason) == "table" and reason.code == "exhausted" then return nil, errors.exhausted(reason.message) end
  local text = type(reason) == "table" and reason.message or reason
  return nil, errors.invalid_argument("store", "store cannot be opened: " .. text)
end

--- Is this what `new` has made?
---@param value any
---@return boolean
function M.is_one(value) return getmetatable(value) == Database end

return M
