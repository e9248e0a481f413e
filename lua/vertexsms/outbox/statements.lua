--- Every SQL text of the outbox, written once for both dialects.
--
-- Whatever changes a state says which state it leaves, so that a step which comes too late changes nothing.
--
-- Tested in spec/outbox/plans_spec.lua and, as a whole, in spec/outbox/model_spec.lua.

local columns = require("vertexsms.outbox.columns")
local dialects = require("vertexsms.outbox.dialect")
local expiry = require("vertexsms.message.expiry")

local M = {}

-- Seconds in which a rate may be used up at once, so that workers need not come to the millisecond.
local BURST_SECONDS = "0.1"
--- Messages that one statement of a sweep changes: it must not hold up the database.
M.SWEPT_MAX = 1000
-- What is due later than any worker puts a message off was written by a clock that has been set back since.
local DEFER_MAX, LEASE_MAX = "3600", "3660"

-- Parameters of a message: its key is $1, its fields are $2 to $12, send_before $13.
local VALUES = "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, {time} + CAST($13 AS {real}), {time}, {time}"
local INSERT = "{insert} vertexsms_outbox (key, " .. columns.names .. ", send_before, created_at, changed_at) VALUES ("
  .. VALUES .. ")"

local function is_same()
  local conditions = {}
  for _, pair in ipairs(columns.fields) do
    local same = ("vertexsms_outbox.%s {same} excluded.%s"):format(pair[2], pair[2])
    if pair[2] == "message" then same = "(vertexsms_outbox.message IS NULL OR " .. same .. ")" end
    conditions[#conditions + 1] = same
  end
  return table.concat(conditions, " AND ")
end

-- In the order in which they leave.
local PRIORITIES = { "high", "normal", "low" }

local PART = [[SELECT * FROM (SELECT id, %d AS place, due_at FROM vertexsms_outbox WHERE state = 'queued'
    AND priority = '%s' AND %s AND (send_before IS NULL OR send_before > {now})
    ORDER BY due_at, id LIMIT (SELECT n FROM room) {skip_locked}) AS part_%d]]

-- The queue in its order: what was put off and is due comes before what never was, because it is older. Each part is
-- the beginning of an index.
local function queue()
  local parts = {}
  for _, priority in ipairs(PRIORITIES) do
    for _, due in ipairs({ "due_at > 0 AND due_at <= {now}", "due_at = 0" }) do
      local place = #parts + 1
      parts[place] = PART:format(place, priority, due, place)
    end
  end
  return table.concat(parts, "\n  UNION ALL ")
end

-- The first of the index is looked at. Where EXISTS is asked, PostgreSQL reads the table from its beginning, which is
-- all that has ended.
local function any_due()
  local parts = {}
  for i, priority in ipairs(PRIORITIES) do
    parts[i] = ([[(SELECT due_at FROM vertexsms_outbox WHERE state = 'queued' AND priority = '%s'
      ORDER BY due_at, id LIMIT 1) <= {now}]]):format(priority)
  end
  return table.concat(parts, " OR ")
end

-- What is due later than any worker puts a message off.
local function put_off_too_far()
  local parts = {}
  for i, priority in ipairs(PRIORITIES) do
    parts[i] = ([[SELECT id FROM (SELECT id FROM vertexsms_outbox WHERE state = 'queued' AND priority = '%s'
      AND due_at > {now} + {defer_max} ORDER BY due_at DESC LIMIT {swept_max}) AS part_%d]]):format(priority, i)
  end
  return table.concat(parts, "\n  UNION ALL ")
end

-- Messages that were put off, those that are due first.
local function put_off(condition)
  local parts = {}
  for i, priority in ipairs(PRIORITIES) do
    parts[i] = ([[SELECT * FROM (SELECT reason, due_at, changed_at FROM vertexsms_outbox WHERE state = 'queued'
      AND priority = '%s' AND due_at > %s ORDER BY due_at LIMIT 100) AS part_%d]]):format(priority, condition, i)
  end
  return table.concat(parts, "\n  UNION ALL ")
end

-- How many messages may be taken now.
local ROOM = [[SELECT CASE
    WHEN pause_reason IS NOT NULL OR resume_at > {now} THEN 0
    WHEN rate IS NULL THEN {most}
    WHEN next_at > {now} THEN 0
    WHEN next_at < {now} - {burst} THEN
      CASE WHEN {burst} * rate + 1 < {most} THEN {floor}{burst} * rate{end_floor} + 1
      ELSE {most} END
    WHEN ({now} - next_at) * rate + 1 < {most} THEN {floor}({now} - next_at) * rate{end_floor} + 1
    ELSE {most} END AS n FROM vertexsms_outbox_settings WHERE id = 1]]

local TAKE = [[state = 'sending', reason = NULL, field = NULL, changed_by = $1, changed_at = {now}, worker = $1,
    claim = $2, lease_until = {now} + CAST($4 AS {real}), attempts = attempts + 1,
    tracking_id = CASE WHEN tracking_id IS NULL OR tracking_id = earlier_tracking_id THEN {random_id}
    ELSE tracking_id END]]

local TAKEN = "id, key, attempts, failures, tracking_id, send_before, " .. columns.names .. ", {now} AS now_at"

local RELEASED = "worker = NULL, claim = NULL, lease_until = NULL"

-- Of the attempt $2 of message $1.
local OWN = "id = $1 AND attempts = $2 AND state IN ('sending', 'unknown')"

-- An attempt whose end is not known; and those that were sent nothing of, or wait for another attempt.
local OPEN = "state IN ('sending', 'unknown', 'unconfirmed')"
local UNSENT = "state IN ('queued', 'cancelled', 'lapsed', 'failed', 'rejected')"
local BEFORE = "the attempt before was accepted"

--- Keys that are looked for at once.
M.KEYS_MAX = 1000

local function numbered(count)
  local names = {}
  for i = 1, count do names[i] = "$" .. i end
  return table.concat(names, ", ")
end

local TEXTS = {
  -- What is added once, as nearly all is; where its key is there already, nothing is done, and the second is asked.
  add = INSERT .. " ON CONFLICT (key) DO NOTHING{returning_id}",
  add_or_count = INSERT .. " ON CONFLICT (key) DO UPDATE SET duplicates = vertexsms_outbox.duplicates + 1 WHERE "
    .. is_same() .. " RETURNING id, state, duplicates",

  by_id = "SELECT * FROM vertexsms_outbox WHERE id = $1",
  by_key = "SELECT * FROM vertexsms_outbox WHERE key = $1",
  kept = "SELECT key, " .. columns.names .. " FROM vertexsms_outbox WHERE key IN (" .. numbered(M.KEYS_MAX) .. ")",
  history = "SELECT at, from_state, to_state, reason, changed_by FROM vertexsms_outbox_history"
    .. " WHERE message_id = $1 ORDER BY id",
  history_by_key = "SELECT at, from_state, to_state, reason, changed_by FROM vertexsms_outbox_history"
    .. " WHERE message_id = (SELECT id FROM vertexsms_outbox WHERE key = $1) ORDER BY id",
  list = "SELECT * FROM vertexsms_outbox WHERE id > $1 ORDER BY id LIMIT $2",
  list_of_state = "SELECT * FROM vertexsms_outbox WHERE state = $3 AND id > $1 ORDER BY id LIMIT $2",
  counts = "SELECT state, count(*) AS count FROM vertexsms_outbox GROUP BY state",

  cancel = [[UPDATE vertexsms_outbox SET state = 'cancelled', reason = NULL, changed_by = $2, changed_at = {now},
    finished_at = {now} WHERE id = $1 AND state = 'queued' RETURNING id]],
  -- The tracking ID is that of the attempt before until the next one begins: see earlier.lua.
  resend = [[UPDATE vertexsms_outbox SET state = 'queued', reason = 'sent again by decision of a person',
    changed_by = $2, changed_at = {now}, finished_at = NULL, due_at = 0, failures = 0,
    earlier_tracking_id = tracking_id, send_before = NULL, expires_at = NULL, {released}
    WHERE id = $1 AND state IN ('unknown', 'unconfirmed') AND message IS NOT NULL RETURNING id]],
  drop = [[UPDATE vertexsms_outbox SET state = 'unconfirmed', reason = 'given up by decision of a person',
    changed_by = $2, changed_at = {now}, finished_at = {now}, {released}
    WHERE id = $1 AND state = 'unknown' RETURNING id]],

  settings = "SELECT *, {now} AS now_at FROM vertexsms_outbox_settings WHERE id = 1",
  set_rate = "UPDATE vertexsms_outbox_settings SET rate = $1, next_at = 0 WHERE id = 1",
  -- By a person, whose pause holds even where a worker made one before; and by a worker.
  pause = "UPDATE vertexsms_outbox_settings SET pause_reason = $1, paused_by = $2, paused_at = {now} WHERE id = 1",
  stop = [[UPDATE vertexsms_outbox_settings SET pause_reason = $1, paused_by = $2, paused_at = {now}
    WHERE id = 1 AND pause_reason IS NULL]],
  resume = [[UPDATE vertexsms_outbox_settings SET pause_reason = NULL, paused_by = NULL, paused_at = NULL,
    resume_at = 0, trouble = 0 WHERE id = 1]],
  slow_down = [[UPDATE vertexsms_outbox_settings SET trouble = trouble + 1,
    resume_at = CASE WHEN resume_at < {now} + CAST($1 AS {real}) THEN {now} + CAST($1 AS {real}) ELSE resume_at END
    WHERE id = 1]],
  no_trouble = "UPDATE vertexsms_outbox_settings SET trouble = 0 WHERE id = 1 AND trouble > 0",
  oldest = "SELECT min(created_at) AS created_at FROM vertexsms_outbox WHERE state = 'queued'",
  workers = [[SELECT worker, count(*) AS count, max(lease_until) - {now} AS lease FROM vertexsms_outbox
    WHERE state = 'sending' GROUP BY worker]],

  -- Why all wait: what was put off last was so in the same step. And what comes first when nothing is due.
  slowed_by = "SELECT reason FROM (" .. put_off("0") .. ") AS parts ORDER BY changed_at DESC LIMIT 1",
  next_due = "SELECT reason, due_at FROM (" .. put_off("{now}") .. ") AS parts ORDER BY due_at LIMIT 1",

  -- Several workers under one rate take turns.
  lock_rate = "SELECT id FROM vertexsms_outbox_settings WHERE id = 1 AND rate IS NOT NULL {for_update}",
  claim = [[WITH room AS (]] .. ROOM:gsub("{most}", "CAST($3 AS integer)") .. [[), due AS MATERIALIZED (
    SELECT id FROM (]] .. queue() .. [[) AS parts ORDER BY place, due_at, id LIMIT (SELECT n FROM room))
    UPDATE vertexsms_outbox SET ]] .. TAKE .. [[
    WHERE id IN (SELECT id FROM due) RETURNING ]] .. TAKEN,
  spend = [[UPDATE vertexsms_outbox_settings SET next_at =
    CASE WHEN next_at > {now} - {burst} THEN next_at ELSE {now} - {burst} END
    + (SELECT count(*) FROM vertexsms_outbox WHERE state = 'sending' AND worker = $1 AND claim = $2) / rate
    WHERE id = 1 AND rate IS NOT NULL]],
  -- For guards, which judge each message before it is taken.
  candidates = [[WITH room AS (]] .. ROOM:gsub("{most}", "CAST($1 AS integer)") .. [[)
    SELECT {taken} FROM vertexsms_outbox WHERE id IN (
    SELECT id FROM (]] .. queue():gsub("{skip_locked}", "")
    .. [[) AS parts ORDER BY place, due_at, id LIMIT (SELECT n FROM room))
    ORDER BY CASE priority WHEN 'high' THEN 1 WHEN 'normal' THEN 2 ELSE 3 END, due_at = 0, due_at, id]],
  take_turn = [[UPDATE vertexsms_outbox_settings SET next_at = CASE WHEN rate IS NULL THEN next_at
    WHEN next_at > {now} - {burst} THEN next_at + 1 / rate ELSE {now} - {burst} + 1 / rate END
    WHERE id = 1 AND pause_reason IS NULL AND resume_at <= {now} AND (rate IS NULL OR next_at <= {now})]],
  claim_one = "UPDATE vertexsms_outbox SET " .. TAKE .. " WHERE id = $3 AND state = 'queued' AND attempts = $5"
    .. " AND (send_before IS NULL OR send_before > {now}) RETURNING " .. TAKEN,
  defer = [[UPDATE vertexsms_outbox SET due_at = {now} + CAST($3 AS {real}), reason = $4, changed_at = {now},
    changed_by = $5 WHERE id = $1 AND attempts = $2 AND state = 'queued']],
  refuse = [[UPDATE vertexsms_outbox SET state = 'failed', reason = $3, field = $4, changed_by = $5, changed_at = {now},
    finished_at = {now} WHERE id = $1 AND attempts = $2 AND state = 'queued']],
  is_waiting = "SELECT 1 AS yes FROM vertexsms_outbox WHERE state = 'queued' ORDER BY id LIMIT 1",
  is_due = "SELECT 1 AS yes WHERE " .. any_due(),
  -- A claim whose commit was never confirmed: this worker has sent none of it.
  unclaim = [[UPDATE vertexsms_outbox SET state = 'queued', reason = 'taken, but not sent', changed_at = {now},
    {released} WHERE worker = $1 AND claim = $2 AND state = 'sending']],
  renew = [[UPDATE vertexsms_outbox SET lease_until = {now} + CAST($2 AS {real})
    WHERE worker = $1 AND state = 'sending' RETURNING id, attempts]],

  accept = [[UPDATE vertexsms_outbox SET
    state = CASE WHEN {open} OR {unsent} THEN 'accepted' ELSE state END,
    finished_at = CASE WHEN state = 'unconfirmed' OR {unsent} THEN NULL ELSE finished_at END,
    reason = CASE WHEN {open} THEN NULL WHEN {unsent} THEN '{before}' ELSE reason END,
    vertexsms_id = coalesce($3, vertexsms_id), parts = coalesce($4, parts), changed_by = $5, changed_at = {now},
    expires_at = {now} + CAST($6 AS {real}), check_at = {now} + CAST($7 AS {real}), {released}
    WHERE id = $1 AND attempts = $2]],
  end_as = [[UPDATE vertexsms_outbox SET state = $3, reason = $4, field = $5, changed_by = $6, changed_at = {now},
    finished_at = {now}, {released} WHERE ]] .. OWN,
  keep_unknown = [[UPDATE vertexsms_outbox SET state = 'unknown', reason = $3, changed_by = $4, changed_at = {now},
    expires_at = {now} + CAST($5 AS {real}), {released} WHERE ]] .. OWN,
  put_back = [[UPDATE vertexsms_outbox SET state = 'queued', reason = $3, changed_by = $4, changed_at = {now},
    failures = failures + CAST($5 AS integer), due_at = CASE WHEN CAST($6 AS {real}) > 0
    THEN {now} + CAST($6 AS {real}) ELSE 0 END, {released} WHERE ]] .. OWN,

  report_accepts = [[UPDATE vertexsms_outbox SET state = 'accepted', changed_by = 'report', changed_at = {now},
    reason = CASE WHEN {unsent} THEN '{before}' END, finished_at = NULL, vertexsms_id = coalesce(vertexsms_id, $2),
    expires_at = coalesce(expires_at, {now} + coalesce(expire_in, {expire}) + {slack}), {released}
    WHERE tracking_id = $1 AND ({open} OR {unsent})]],
  report_ends = [[UPDATE vertexsms_outbox SET state = $2, report_error = $3, reason = $4, changed_by = 'report',
    changed_at = {now}, finished_at = {now}, check_at = NULL WHERE tracking_id = $1 AND (state = 'accepted'
    OR state IN ('undelivered', 'expired') AND CAST($2 AS text) IN ('delivered', 'seen')
    OR state = 'delivered' AND CAST($2 AS text) = 'seen') RETURNING recipient]],
  earlier_accepted = [[UPDATE vertexsms_outbox SET state = 'accepted', changed_by = $4, changed_at = {now},
    reason = CASE WHEN {unsent} THEN '{before}' ELSE '{before}: this may be a second message' END,
    finished_at = NULL, vertexsms_id = coalesce($2, vertexsms_id), parts = coalesce($3, parts),
    tracking_id = earlier_tracking_id, earlier_tracking_id = tracking_id, {released},
    expires_at = {now} + coalesce(expire_in, {expire}) + {slack}, check_at = {now} + CAST($5 AS {real})
    WHERE earlier_tracking_id = $1 AND tracking_id <> $1 AND ({open} OR {unsent})]],
  note_earlier = [[INSERT INTO vertexsms_outbox_history (message_id, from_state, to_state, reason, changed_by)
    SELECT id, state, state, '{before}: this may be a second message', CAST($2 AS text)
    FROM vertexsms_outbox WHERE earlier_tracking_id = $1 AND tracking_id <> $1]],
  forget_earlier = "UPDATE vertexsms_outbox SET earlier_tracking_id = NULL WHERE earlier_tracking_id = $1",

  checks = [[UPDATE vertexsms_outbox SET check_at = {now} + CAST($2 AS {real}) WHERE id IN (
    SELECT id FROM vertexsms_outbox {index}vertexsms_outbox_checks{end_index}
    WHERE state = 'accepted' AND check_at <= {now} ORDER BY check_at LIMIT $1 {skip_locked})
    RETURNING id, vertexsms_id, {now} - changed_at AS age, expires_at - {now} AS remaining]],
  check_ends = [[UPDATE vertexsms_outbox SET state = $2, report_error = $3, changed_by = 'status', changed_at = {now},
    finished_at = {now}, check_at = NULL WHERE id = $1 AND state = 'accepted']],
  check_again = [[UPDATE vertexsms_outbox SET check_at = {now} + CAST($2 AS {real})
    WHERE id = $1 AND state = 'accepted']],
  check_no_more = "UPDATE vertexsms_outbox SET check_at = NULL WHERE id = $1 AND state = 'accepted'",

  end_leases = [[UPDATE vertexsms_outbox SET state = 'unknown', changed_by = 'lease', changed_at = {now},
    reason = 'its worker stopped before the outcome was known',
    expires_at = {now} + coalesce(expire_in, {expire}) + {slack}, {released}
    WHERE state = 'sending' AND lease_until <= {now} AND id IN (SELECT id FROM vertexsms_outbox
    {index}vertexsms_outbox_workers{end_index} WHERE state = 'sending' AND worker IS NOT NULL
    AND lease_until <= {now} LIMIT {swept_max} {skip_locked})]],
  shorten_leases = [[UPDATE vertexsms_outbox SET lease_until = {now} + {lease_max}
    WHERE state = 'sending' AND lease_until > {now} + {lease_max} AND id IN (SELECT id FROM vertexsms_outbox
    {index}vertexsms_outbox_workers{end_index} WHERE state = 'sending' AND worker IS NOT NULL
    AND lease_until > {now} + {lease_max} LIMIT {swept_max} {skip_locked})]],
  shorten_waits = "UPDATE vertexsms_outbox SET due_at = {now} WHERE id IN (" .. put_off_too_far() .. ")",
  shorten_pause = [[UPDATE vertexsms_outbox_settings SET resume_at = 0, next_at = 0
    WHERE id = 1 AND (resume_at > {now} + {lease_max} OR next_at > {now} + {lease_max})]],
  lapse = [[UPDATE vertexsms_outbox SET state = 'lapsed', reason = 'send_before was over', changed_by = 'clock',
    changed_at = {now}, finished_at = {now} WHERE state = 'queued' AND id IN (SELECT id FROM vertexsms_outbox
    {index}vertexsms_outbox_lapsing{end_index}
    WHERE state = 'queued' AND send_before <= {now} ORDER BY send_before LIMIT {swept_max})]],
  overdue = [[SELECT id, scheduled, expire_in, expires_at, {now} AS now_at FROM vertexsms_outbox
    {index}vertexsms_outbox_unknown{end_index}
    WHERE state = 'unknown' AND expires_at <= {now} ORDER BY expires_at LIMIT 100]],
  expire_later = "UPDATE vertexsms_outbox SET expires_at = CAST($2 AS {real}) WHERE id = $1 AND state = 'unknown'",
  unconfirm = [[UPDATE vertexsms_outbox SET state = 'unconfirmed', changed_by = 'clock', changed_at = {now},
    finished_at = {now} WHERE id = $1 AND state = 'unknown' AND expires_at <= {now}]],

  drop_texts = [[UPDATE vertexsms_outbox SET message = NULL WHERE id IN (SELECT id FROM vertexsms_outbox
    WHERE message IS NOT NULL AND finished_at <= {now} - CAST($1 AS {real}) ORDER BY finished_at LIMIT 1000)]],
  -- No report comes any more for what was accepted and has expired; the oldest are looked at.
  old = [[SELECT id FROM (SELECT id FROM vertexsms_outbox WHERE finished_at <= {now} - CAST($1 AS {real})
    ORDER BY finished_at LIMIT 500) AS finished UNION ALL SELECT id FROM (SELECT id, expires_at FROM vertexsms_outbox
    WHERE state = 'accepted' ORDER BY id LIMIT 500) AS accepted WHERE expires_at <= {now} - CAST($1 AS {real})]],
  delete_history = "DELETE FROM vertexsms_outbox_history WHERE message_id = $1",
  delete = "DELETE FROM vertexsms_outbox WHERE id = $1 AND (finished_at IS NOT NULL OR state = 'accepted')",
}

local NAMES = {
  burst = BURST_SECONDS, released = RELEASED, taken = TAKEN, defer_max = DEFER_MAX, lease_max = LEASE_MAX,
  swept_max = ("%d"):format(M.SWEPT_MAX), open = OPEN, unsent = UNSENT, before = BEFORE,
  expire = ("%d"):format(expiry.SECONDS), slack = ("%d"):format(expiry.SLACK_SECONDS),
}

local written = {}

--- The texts for one dialect.
---@param name "sqlite"|"postgresql"
---@return table<string, string>
function M.of(name)
  if written[name] then return written[name] end
  local texts = {}
  for key, text in pairs(TEXTS) do texts[key] = dialects.write(dialects[name], text, NAMES) end
  written[name] = texts
  return texts
end

return M
