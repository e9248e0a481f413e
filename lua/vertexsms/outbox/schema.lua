--- The outbox's tables, and the way from an older version of them to this one.
--
-- A person may read them with `sqlite3` or `psql`, and may add rows: docs/outbox.md says how. The triggers hold for
-- people, too: they refuse a change of state that states.lua does not know, and write a line of history for each.

local dialects = require("vertexsms.outbox.dialect")
local errors = require("vertexsms.error")
local states = require("vertexsms.outbox.states")
local steps = require("vertexsms.store.step")

local M = {}

local NAME = "outbox"

--- The version that this library reads and writes.
M.VERSION = 1

-- No list of three words is checked with IN, for which SQLite makes a table at each row.
local MESSAGES = [[
CREATE TABLE vertexsms_outbox (
  id {id},
  key text UNIQUE,
  state text NOT NULL DEFAULT 'queued',
  recipient text NOT NULL,
  sender text NOT NULL,
  message text,
  dlr_url text,
  priority text NOT NULL DEFAULT 'normal' CHECK (priority = 'high' OR priority = 'normal' OR priority = 'low'),
  scheduled text,
  udh text,
  coding integer,
  test_mode text,
  expire_in integer,
  correct_by text,
  send_before {real},
  created_at {real} NOT NULL DEFAULT ({now}),
  changed_at {real} NOT NULL DEFAULT ({now}),
  changed_by text,
  finished_at {real},
  reason text,
  field text,
  due_at {real} NOT NULL DEFAULT 0,
  attempts integer NOT NULL DEFAULT 0,
  failures integer NOT NULL DEFAULT 0,
  duplicates integer NOT NULL DEFAULT 0,
  worker text,
  claim integer,
  lease_until {real},
  tracking_id text,
  earlier_tracking_id text,
  vertexsms_id text,
  parts integer,
  report_error integer,
  expires_at {real},
  check_at {real}{types}
)]]

local HISTORY = [[
CREATE TABLE vertexsms_outbox_history (
  id {id},
  message_id {reference} NOT NULL,
  at {real} NOT NULL DEFAULT ({now}),
  from_state text NOT NULL,
  to_state text NOT NULL,
  reason text,
  changed_by text
)]]

-- One row: what all workers of the store share.
local SETTINGS = [[
CREATE TABLE vertexsms_outbox_settings (
  id integer PRIMARY KEY CHECK (id = 1),
  rate {real},
  next_at {real} NOT NULL DEFAULT 0,
  resume_at {real} NOT NULL DEFAULT 0,
  trouble integer NOT NULL DEFAULT 0,
  pause_reason text,
  paused_at {real},
  paused_by text
)]]

-- Partial: what is done costs those that look for work nothing.
local INDICES = {
  "CREATE INDEX vertexsms_outbox_queue ON vertexsms_outbox (priority, due_at, id) WHERE state = 'queued'",
  "CREATE INDEX vertexsms_outbox_lapsing ON vertexsms_outbox (send_before)"
    .. " WHERE state = 'queued' AND send_before IS NOT NULL",
  "CREATE INDEX vertexsms_outbox_workers ON vertexsms_outbox (worker, lease_until) WHERE state = 'sending'",
  "CREATE UNIQUE INDEX vertexsms_outbox_tracking ON vertexsms_outbox (tracking_id) WHERE tracking_id IS NOT NULL",
  "CREATE INDEX vertexsms_outbox_earlier ON vertexsms_outbox (earlier_tracking_id)"
    .. " WHERE earlier_tracking_id IS NOT NULL",
  "CREATE INDEX vertexsms_outbox_unknown ON vertexsms_outbox (expires_at) WHERE state = 'unknown'",
  "CREATE INDEX vertexsms_outbox_checks ON vertexsms_outbox (check_at)"
    .. " WHERE state = 'accepted' AND check_at IS NOT NULL",
  "CREATE INDEX vertexsms_outbox_finished ON vertexsms_outbox (finished_at) WHERE finished_at IS NOT NULL",
  "CREATE INDEX vertexsms_outbox_texts ON vertexsms_outbox (finished_at)"
    .. " WHERE finished_at IS NOT NULL AND message IS NOT NULL",
  "CREATE INDEX vertexsms_outbox_states ON vertexsms_outbox (state, id)",
  "CREATE INDEX vertexsms_outbox_lines ON vertexsms_outbox_history (message_id)",
}

local REFUSAL = "vertexsms: a message cannot change to this state from the one it is in"
local REFUSAL_NEW = "vertexsms: a new message must be queued"

local LINE = [[INSERT INTO vertexsms_outbox_history (message_id, from_state, to_state, reason, changed_by)
  VALUES (NEW.id, OLD.state, NEW.state, NEW.reason, NEW.changed_by);]]

local TRIGGERS = {}

-- A trigger that may undo a statement makes SQLite note down at each INSERT what would have to be undone. One that
-- undoes the transaction does not.
TRIGGERS.sqlite = {
  [[CREATE TRIGGER vertexsms_outbox_new AFTER INSERT ON vertexsms_outbox WHEN NEW.state <> 'queued'
    BEGIN SELECT RAISE(ROLLBACK, '{refusal_new}'); END]],
  [[CREATE TRIGGER vertexsms_outbox_change BEFORE UPDATE OF state ON vertexsms_outbox
    WHEN OLD.state <> NEW.state AND NOT ({condition})
    BEGIN SELECT RAISE(ABORT, '{refusal}'); END]],
  [[CREATE TRIGGER vertexsms_outbox_line AFTER UPDATE OF state ON vertexsms_outbox WHEN OLD.state <> NEW.state
    BEGIN {line} END]],
}

TRIGGERS.postgresql = {
  [[CREATE FUNCTION vertexsms_outbox_new() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '{refusal_new}'; END $$]],
  [[CREATE FUNCTION vertexsms_outbox_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NOT ({condition}) THEN RAISE EXCEPTION '{refusal}'; END IF;
      {line}
      RETURN NEW;
    END $$]],
  [[CREATE TRIGGER vertexsms_outbox_new BEFORE INSERT ON vertexsms_outbox
    FOR EACH ROW WHEN (NEW.state <> 'queued') EXECUTE FUNCTION vertexsms_outbox_new()]],
  [[CREATE TRIGGER vertexsms_outbox_change BEFORE UPDATE OF state ON vertexsms_outbox
    FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION vertexsms_outbox_change()]],
}

local function trigger_names()
  return {
    refusal = REFUSAL, refusal_new = REFUSAL_NEW, line = LINE, condition = states.condition("OLD.state", "NEW.state"),
  }
end

local function append(step, sql) step[#step + 1] = { sql = sql } end

-- From nothing to version 1.
local function create(step, name, dialect)
  for _, sql in ipairs({ MESSAGES, HISTORY, SETTINGS }) do append(step, dialects.write(dialect, sql)) end
  for _, sql in ipairs(INDICES) do append(step, sql) end
  for _, sql in ipairs(TRIGGERS[name]) do append(step, dialects.write(dialect, sql, trigger_names())) end
  append(step, "INSERT INTO vertexsms_outbox_settings (id) VALUES (1)")
end

-- MIGRATIONS[n] leads from version n - 1 to n.
local MIGRATIONS = { create }

-- Two processes may begin at the same time: the version is changed first, and the one that comes second finds it
-- changed, and its step undone.
local function migration(name, dialect, from)
  local step = { {
    sql = from == 0 and "INSERT INTO vertexsms_schema (name, version) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING"
      or "UPDATE vertexsms_schema SET version = $2 WHERE name = $1 AND version = $2 - 1",
    params = { n = 2, NAME, from + 1 }, must = "version",
  } }
  MIGRATIONS[from + 1](step, name, dialect)
  return step
end

local CREATE_VERSIONS = "CREATE TABLE IF NOT EXISTS vertexsms_schema (name text PRIMARY KEY, version integer NOT NULL)"

local function versions_step(name)
  local step = {}
  if name == "postgresql" then append(step, steps.LOCK_TABLES) end
  append(step, CREATE_VERSIONS)
  step[#step + 1] = { sql = "SELECT version FROM vertexsms_schema WHERE name = $1", params = { n = 1, NAME } }
  return step
end

local function newer(version)
  return errors.invalid_argument("store", ("store was written by a newer version of this library: its outbox has"
    .. " version %d, and this library knows %d. Update the library on this machine"):format(version, M.VERSION))
end

--- Brings the tables of a store to this version.
---@param perform fun(step: table): table|nil, vertexsms.Error|nil the result of a step, "refused" included
---@param name "sqlite"|"postgresql"
---@return vertexsms.Error|nil
function M.migrate(perform, name)
  local step = versions_step(name)
  while true do
    local result, err = perform(step)
    if not result then return err end
    local row = result[#step].rows[1]
    local version = row and row.version or 0
    if version > M.VERSION then return newer(version) end
    if version == M.VERSION then return nil end
    result, err = perform(migration(name, dialects[name], version))
    if not result then return err end
  end
end

return M
