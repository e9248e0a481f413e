--- What a send does for its tracking: its ID is kept before it leaves, and while it is unknown what became of it.
--
-- Tested in spec/tracking/settle_spec.lua and spec/tracking/early_report_spec.lua.

local core = require("vertexsms.base.core")
local expiry = require("vertexsms.message.expiry")
local reasons = require("vertexsms.base.reason")
local urls = require("vertexsms.message.callback_url")

local M = {}

-- A send that says nothing for so long after its time was over died with its process.
local PENDING_SECONDS = 60

local function expiry_of(self, wire, now)
  return math.ceil(expiry.at(wire, now) + self.slack)
end

-- Puts an ID into a message. Returns the ID and the entry to keep; or nil where there is nothing to track.
local function mark(self, draft, timeout)
  local wire, id, now = draft.wire, core.random_hex(16), self.clock()
  local own = wire.dlrUrl
  if not own and not self.url then return nil end
  local url, err = urls.build(own or self.url, { track = id, secret = not own and self.secret or nil })
  if not url then error(err, 0) end
  wire.dlrUrl = url -- a report is of use even where the ID cannot be kept
  local expires = expiry_of(self, wire, now)
  draft.pending_until = math.ceil(now + timeout) + PENDING_SECONDS
  return id, { pending_until = draft.pending_until, expires = expires, due = expires }
end

-- Whatever happens to the tracking, the message must go out, and its own outcome be told. What failed for many is told
-- once.
local function tell_failures(client, failures)
  local told = {}
  for _, failure in pairs(failures) do
    local text = reasons.text(failure.reason)
    if not told[text] then reasons.report(client.host, "tracking", failure.reason) end
    told[text] = true
  end
end

-- What is not on the disk is not tracked.
local function mark_all(client, drafts)
  local tracking, entries, failures = client.tracking, {}, {}
  for i, draft in ipairs(drafts) do
    local ok, id, entry = pcall(mark, tracking, draft, client.timeout)
    if not ok then
      failures[i] = { reason = id }
    elseif id then
      draft.tracking_id, entries[id] = id, entry
    end
  end
  local refused = next(entries) and tracking.ledger:add(entries, client.host) or {}
  for _, draft in ipairs(drafts) do
    if draft.tracking_id and refused[draft.tracking_id] then draft.tracking_id = nil end
  end
  tell_failures(client, failures)
  tell_failures(client, refused)
end

local function ids_of(drafts)
  local ids, by_id = {}, {}
  for _, draft in ipairs(drafts) do
    if draft.tracking_id then
      ids[#ids + 1], by_id[draft.tracking_id] = draft.tracking_id, draft
    end
  end
  return ids, by_id
end

-- What the store has lost is put there again; but one that was overdue may have been resolved by its report.
local function kept(self, draft, entry)
  local now = self.clock()
  if not entry and now >= draft.pending_until then return nil end
  entry = entry or { expires = expiry_of(self, draft.wire, now) }
  entry.pending_until, entry.due = 0, entry.report and now or entry.expires
  return entry
end

-- When the last one is on the disk, so are those that were written before it.
local function keep_all(client, drafts)
  local tracking, settled = client.tracking, {}
  local ids, by_id = ids_of(drafts)
  local failures = tracking.ledger:change(ids, function(id, entry)
    settled[id] = entry ~= nil and entry.report ~= nil
    return kept(tracking, by_id[id], entry), id == ids[#ids]
  end, client.host)
  for _, id in ipairs(ids) do
    if settled[id] and not failures[id] then
      by_id[id].resolved, failures[id] = tracking:resolve_due(id, tracking.clock(), pcall)
    end
  end
  tell_failures(client, failures)
end

local function close_all(client, drafts)
  local ids = ids_of(drafts)
  if #ids > 0 then tell_failures(client, client.tracking.ledger:remove(ids, false, client.host)) end
  for _, draft in ipairs(drafts) do draft.tracking_id = nil end
end

-- The entries are the business of the process that the call belongs to, which goes on with it.
local function leave_all(drafts, is_unknown)
  for _, draft in ipairs(drafts) do draft.tracking_id = is_unknown and draft.tracking_id or nil end
end

-- Keeps the IDs of those whose outcome is unknown.
local function finish(client, drafts, process, err)
  local is_unknown = err ~= nil and err.outcome == "unknown"
  if core.process_number() ~= process then
    leave_all(drafts, is_unknown)
  elseif is_unknown then
    keep_all(client, drafts)
  else
    close_all(client, drafts)
  end
  if is_unknown and #drafts == 1 then err.tracking_id, err.resolved = drafts[1].tracking_id, drafts[1].resolved end
end

--- Puts an ID into each message, sends them, and keeps the IDs while it is unknown what became of the messages.
---@param client vertexsms.AnyClient
---@param drafts { wire: table }[] get `tracking_id`
---@param process integer that the call belongs to (see calls.process)
---@param send fun(client: vertexsms.AnyClient, drafts: table[], process: integer, ...: any):
---  any, vertexsms.Error|nil
---@param ... any given to `send`
---@return any result of `send`
---@return vertexsms.Error|nil err gets `tracking_id`, and `resolved` where a report was there first
function M.around(client, drafts, process, send, ...)
  mark_all(client, drafts)
  local result, err = send(client, drafts, process, ...)
  finish(client, drafts, process, err)
  return result, err
end

return M
