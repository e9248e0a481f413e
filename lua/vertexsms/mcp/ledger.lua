--- What was asked to be sent and what became of it, in a database: once across processes and restarts.
--
-- A call is written down as `sending` and committed before its request leaves. A process that dies in between leaves
-- `sending` behind, which reads as unknown from then on, and is not sent again. Permits (the person's yes, a preview's
-- token) are used once, in the step that writes the call down.
--
-- Tested in spec/mcp/once_spec.lua, spec/mcp/consent_spec.lua and spec/mcp/postgres_spec.lua.

local core = require("vertexsms.base.core")
local dialects = require("vertexsms.outbox.dialect")
local errors = require("vertexsms.error")
local json = require("vertexsms.json")
local steps = require("vertexsms.store.step")
local stores = require("vertexsms.store")

local M = {}

--- Seconds in which the same call gives the first outcome, and in which a permit is good.
M.REPEAT_SECONDS, M.PERMIT_SECONDS = 600, 600
-- How long a no holds for the same call; how many of them, in how many seconds, hold for any call.
local SAME_NO_SECONDS, NOES_MAX, NOES_SECONDS = 120, 3, 600
-- How long a step may take.
local STEP_SECONDS = 10
-- A call that is older than this and still `sending` has no process that would settle it.
local SENDING_SECONDS = 60
-- How long an earlier message is told of, and how long all are kept.
local EARLIER_SECONDS, KEPT_SECONDS = 86400, 30 * 86400

local VERSION = 1

local TABLES = {
  "CREATE TABLE IF NOT EXISTS vertexsms_schema (name text PRIMARY KEY, version integer NOT NULL)",
  "INSERT INTO vertexsms_schema (name, version) VALUES ('mcp', 1) ON CONFLICT (name) DO NOTHING",
  "CREATE TABLE IF NOT EXISTS vertexsms_mcp_secret (id integer PRIMARY KEY CHECK (id = 1), secret text NOT NULL)",
  [[CREATE TABLE IF NOT EXISTS vertexsms_mcp_call (
    id {id}, call text UNIQUE, digest text NOT NULL, tool text NOT NULL, mode text NOT NULL, state text NOT NULL,
    recipient text, parts integer, price text, vertexsms_id text, reason text, changed_at {real} NOT NULL,
    created_at {real} NOT NULL)]],
  "CREATE INDEX IF NOT EXISTS vertexsms_mcp_call_digest ON vertexsms_mcp_call (digest, id)",
  [[CREATE TABLE IF NOT EXISTS vertexsms_mcp_permit (
    permit text PRIMARY KEY, purpose text NOT NULL, digest text NOT NULL, expires_at {real} NOT NULL,
    used_at {real})]],
}

local SQL = {
  version = "SELECT version FROM vertexsms_schema WHERE name = 'mcp'",
  add_secret = "INSERT INTO vertexsms_mcp_secret (id, secret) VALUES (1, $1) ON CONFLICT (id) DO NOTHING",
  secret = "SELECT secret FROM vertexsms_mcp_secret WHERE id = 1",
  clean_calls = "DELETE FROM vertexsms_mcp_call WHERE created_at < {now} - " .. KEPT_SECONDS,
  clean_permits = "DELETE FROM vertexsms_mcp_permit WHERE expires_at < {now} - 86400",
  release = "UPDATE vertexsms_mcp_call SET call = NULL WHERE call = $1 AND created_at < {now} - " .. M.REPEAT_SECONDS,
  begin = [[INSERT INTO vertexsms_mcp_call
    (call, digest, tool, mode, state, recipient, parts, price, created_at, changed_at)
    VALUES ($1, $1, $2, $3, 'sending', $4, $5, $6, {now}, {now}) ON CONFLICT (call) DO NOTHING RETURNING id]],
  use_permit = [[UPDATE vertexsms_mcp_permit SET used_at = {now}
    WHERE permit = $1 AND purpose = $2 AND digest = $3 AND used_at IS NULL AND expires_at > {now}]],
  add_permit = [[INSERT INTO vertexsms_mcp_permit (permit, purpose, digest, expires_at)
    VALUES ($1, $2, $3, {now} + ]] .. M.PERMIT_SECONDS .. ")",
  drop_permit = "UPDATE vertexsms_mcp_permit SET used_at = {now} WHERE permit = $1 AND used_at IS NULL",
  add_no = [[INSERT INTO vertexsms_mcp_permit (permit, purpose, digest, expires_at, used_at)
    VALUES ($1, 'no', $2, {now} + ]] .. NOES_SECONDS .. ", {now})",
  noes = [[SELECT digest, expires_at - {now} AS seconds FROM vertexsms_mcp_permit
    WHERE purpose = 'no' AND expires_at > {now} ORDER BY expires_at DESC LIMIT ]] .. NOES_MAX,
  settle = [[UPDATE vertexsms_mcp_call SET state = $2, vertexsms_id = $3, parts = COALESCE($4, parts), reason = $5,
    changed_at = {now}, call = CASE WHEN $2 IN ('not_sent', 'rejected') THEN NULL ELSE call END
    WHERE id = $1 AND state = 'sending']],
  first = [[SELECT *, {now} - created_at AS age FROM vertexsms_mcp_call
    WHERE call = $1 AND created_at >= {now} - ]] .. M.REPEAT_SECONDS,
  earlier = [[SELECT *, {now} - created_at AS age FROM vertexsms_mcp_call
    WHERE digest = $1 AND state IN ('sending', 'accepted', 'unknown') AND created_at >= {now} - ]]
    .. EARLIER_SECONDS .. " ORDER BY id DESC LIMIT 1",
  recent = "SELECT *, {now} - created_at AS age FROM vertexsms_mcp_call ORDER BY id DESC LIMIT $1",
}

---@class vertexsms.mcp.Ledger
---@field store vertexsms.store.Store
---@field sql table<string, string>
---@field secret string|nil for HMACs; of the database
local Ledger = {}
Ledger.__index = Ledger

local NO_FOLDER = "name it in VERTEXSMS_OUTBOX: neither XDG_STATE_HOME nor HOME says where it could be"

--- Opens the database; nothing is in it yet.
---@param policy vertexsms.mcp.Policy
---@param host vertexsms.Host
---@param make_folder fun(path: string): boolean
---@return vertexsms.mcp.Ledger|nil
---@return vertexsms.Error|nil
function M.open(policy, host, make_folder)
  if not policy.store then return nil, errors.invalid_argument("VERTEXSMS_OUTBOX", NO_FOLDER) end
  if policy.folder and not make_folder(policy.folder) then
    return nil, errors.invalid_argument("XDG_STATE_HOME", policy.folder .. " cannot be made")
  end
  local store, err = stores.open(policy.store, host)
  if not store then return nil, err end
  local sql, dialect = {}, dialects[store.dialect]
  for name, text in pairs(SQL) do sql[name] = dialects.write(dialect, text) end
  return setmetatable({ store = store, sql = sql, dialect = dialect }, Ledger)
end

--- Does a step, all of it or nothing. A call has several, and must be answered in time.
---@param step vertexsms.store.Statement[]
---@return table|nil result
---@return vertexsms.Error|nil
function Ledger:perform(step)
  step.timeout = STEP_SECONDS
  return self.store:perform(step)
end

local function add(step, sql, must, ...)
  step[#step + 1] = steps.statement(sql, must, ...)
end

local function tables_of(self, others)
  local step = {}
  if self.store.dialect == "postgresql" then add(step, steps.LOCK_TABLES) end
  for _, text in ipairs(TABLES) do add(step, dialects.write(self.dialect, text)) end
  for _, statement in ipairs(others) do step[#step + 1] = statement end
  add(step, self.sql.add_secret, nil, core.random_hex(32))
  add(step, self.sql.clean_calls)
  add(step, self.sql.clean_permits)
  add(step, self.sql.secret)
  add(step, self.sql.version)
  return step
end

local NEWER = "the store was written by a newer version of vertexsms: update it on this machine"

--- Makes the tables.
---@param others table[] statements that make those of the guard
---@return vertexsms.Error|nil
function Ledger:migrate(others)
  local result, err = self:perform(tables_of(self, others))
  if not result then return err end
  if result[#result].rows[1].version > VERSION then return errors.invalid_argument("store", NEWER) end
  self.secret = result[#result - 1].rows[1].secret
end

--- What a call is known again by.
---@param tool string
---@param mode string
---@param fields table
---@return string
function Ledger:digest(tool, mode, fields)
  local text = assert(json.encode({ tool = tool, mode = mode, fields = fields }))
  return assert(core.hmac_sha256(self.secret, "call\n" .. text))
end

local function permit_of(self, permit) return assert(core.hmac_sha256(self.secret, "permit\n" .. permit)) end

--- Makes a permit for one call of that digest. It is good once; only its HMAC is kept.
---@param purpose "person"|"preview"
---@param digest string
---@return string|nil permit
---@return vertexsms.Error|nil
function Ledger:permit(purpose, digest)
  local permit, step = core.random_hex(16), {}
  add(step, self.sql.add_permit, nil, permit_of(self, permit), purpose, digest)
  local result, err = self:perform(step)
  return result and permit, err
end

--- The person has said no, or has closed the question: that holds for a while.
---@param digest string
---@param permit string|nil of the question; it is good for nothing from now on
---@return vertexsms.Error|nil
function Ledger:refuse(digest, permit)
  local step = {}
  if permit then add(step, self.sql.drop_permit, nil, permit_of(self, permit)) end
  add(step, self.sql.add_no, nil, permit_of(self, core.random_hex(16)), digest)
  local _, err = self:perform(step)
  return err
end

--- For how long the person is not to be asked.
---@param digest string
---@return { seconds: number, is_same: boolean }|nil hold is_same: because of a no to this very call
---@return vertexsms.Error|nil
function Ledger:hold(digest)
  local step = { read_only = true }
  add(step, self.sql.noes)
  local result, err = self:perform(step)
  if not result then return nil, err end
  local noes = result[1].rows
  if noes[NOES_MAX] then return { seconds = noes[NOES_MAX].seconds, is_same = false } end
  for _, no in ipairs(noes) do
    local seconds = no.seconds - NOES_SECONDS + SAME_NO_SECONDS
    if no.digest == digest and seconds > 0 then return { seconds = seconds, is_same = true } end
  end
end

-- What is still `sending` after that time has lost its process.
local function read(row)
  if row and row.state == "sending" and row.age > SENDING_SECONDS then row.state = "unknown" end
  return row
end

local function one(self, sql, value)
  local step = { read_only = true }
  add(step, sql, nil, value)
  local result, err = self:perform(step)
  if not result then return nil, err end
  return read(result[1].rows[1])
end

--- The same call, within the last ten minutes.
---@param digest string
---@return table|nil row
---@return vertexsms.Error|nil
function Ledger:first(digest) return one(self, self.sql.first, digest) end

--- The same call, within the last day.
---@param digest string
---@return table|nil row
---@return vertexsms.Error|nil
function Ledger:earlier(digest) return one(self, self.sql.earlier, digest) end

--- What was sent last.
---@param count integer
---@return table[]|nil rows
---@return vertexsms.Error|nil
function Ledger:recent(count)
  local step = { read_only = true }
  add(step, self.sql.recent, nil, count)
  local result, err = self:perform(step)
  if not result then return nil, err end
  for _, row in ipairs(result[1].rows) do read(row) end
  return result[1].rows
end

-- Of a step of `begin`, the guard's statements come after these.
local OWN_STATEMENTS = { [true] = 3, [false] = 2 }

--- Writes a call down as `sending`, uses its permit up and counts it: all of it, or nothing.
---@param job table digest, tool, mode, recipient, parts, price
---@param permit { purpose: string, text: string }|nil
---@param guarded table[] statements of the guard
---@return table|nil result "ok" with `id`, or "refused" with `failed`: "repeated", "permit" or one of the guard's
---@return vertexsms.Error|nil
---@return integer|nil first place of the guard's statements
function Ledger:begin(job, permit, guarded)
  local step = {}
  add(step, self.sql.release, nil, job.digest)
  add(step, self.sql.begin, "repeated", job.digest, job.tool, job.mode, job.recipient, job.parts, job.price)
  if permit then
    add(step, self.sql.use_permit, "permit", permit_of(self, permit.text), permit.purpose, job.digest)
  end
  for _, statement in ipairs(guarded) do step[#step + 1] = statement end
  local result, err = self:perform(step)
  if not result then return nil, err end
  if result.kind == "ok" then result.id = result[2].rows[1].id end
  return result, nil, OWN_STATEMENTS[permit ~= nil] + 1
end

--- Would the guard let it pass? Nothing is counted: the last statement of the step undoes it.
---@param guarded table[]
---@return table|nil result
---@return vertexsms.Error|nil
function Ledger:try(guarded)
  local step = {}
  for _, statement in ipairs(guarded) do step[#step + 1] = statement end
  add(step, "SELECT 1 AS one WHERE 1 = 0", "undone")
  return self:perform(step)
end

--- Writes down what became of a call, and what the guard has to count; once, however often it is called.
---@param id integer
---@param outcome "accepted"|"not_sent"|"rejected"|"unknown"
---@param facts { id: string|nil, parts: integer|nil, reason: string|nil }
---@param others table[] statements of the guard
---@return vertexsms.Error|nil
function Ledger:settle(id, outcome, facts, others)
  local step = {}
  add(step, self.sql.settle, "settled", id, outcome, facts.id, facts.parts, facts.reason)
  for _, statement in ipairs(others) do step[#step + 1] = statement end
  local _, err = self:perform(step)
  return err
end

function Ledger:close() self.store:close() end

return M
