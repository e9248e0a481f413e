--- Sends whose outcome is unknown, settled by the delivery report that comes for them.
--
-- Every message gets a random ID of ours in its `dlrUrl`. When it is not known what became of a send, its ID is kept;
-- the first report that carries it says that the message was accepted, under which ID, and what became of it.
--
--     local client = vertexsms.new { track = { url = "https://example.com/dlr", on_resolved = print_it } }
--     local handler = callback.handler { tracking = client.tracking, on_report = ... }
--
-- In a process that only receives, `vertexsms.tracking.new` makes the same over the same store.

local core = require("vertexsms.base.core")
local checks = require("vertexsms.check.value")
local errors = require("vertexsms.error")
local file = require("vertexsms.tracking.file")
local memory = require("vertexsms.tracking.memory")
local program = require("vertexsms.host.program")
local reasons = require("vertexsms.base.reason")
local schema = require("vertexsms.check.table")
local timestamp = require("vertexsms.message.timestamp")
local urls = require("vertexsms.message.callback_url")

local M = {}

---@class vertexsms.TrackOptions
---@field on_resolved fun(event: vertexsms.Resolved) when it raises, it is called again
---@field url string|nil where reports go; a message's own dlrUrl comes first
---@field secret string|nil what the URL carries besides (see callback.url)
---@field store vertexsms.TrackingStore|string|nil the path of a file, or another store; default: in this process
---@field slack number|nil seconds that the last report may come after a message has expired, default 3600
---@field clock nil|fun(): integer seconds since 1970; for specs

--- What is known in the end about a send of unknown outcome.
---@class vertexsms.Resolved
---@field tracking_id string what the send's error had
---@field confirmed boolean false: no report came before the message expired
---@field id string|nil VertexSMS's ID of the message
---@field state string of the report, or "never_confirmed"
---@field final boolean|nil
---@field error integer|nil
---@field reason string|nil
---@field class string|nil

local EXPIRE_SECONDS = 259200 -- VertexSMS's default for a message without expireIn
-- A send that says nothing for so long after its time was over died with its process.
local PENDING_SECONDS = 60
-- What on_resolved takes at most.
local LEASE_SECONDS = 60
-- Who fails is tried again after so long, and a handler looks for what is due so often.
local TICK_SECONDS = 60
-- A tick holds a call up for so long at most, but for the on_resolved it is in, and leaves the rest to a later one.
local TICK_BUDGET_SECONDS = 0.005
local TICK_PAUSE_SECONDS = 0.05
local TICK_ENTRIES = 100

---@class vertexsms.Tracking
local Tracking = {}
Tracking.__index = Tracking

local function event_of(id, report)
  if not report then return { tracking_id = id, confirmed = false, state = "never_confirmed" } end
  return {
    tracking_id = id, confirmed = true, id = report.id, state = report.state, final = report.final,
    error = report.error, reason = report.reason, class = report.class,
  }
end

-- What of a report must be kept until its send has ended.
local function brief(report)
  return {
    id = report.id, state = report.state, final = report.final, error = report.error, reason = report.reason,
    class = report.class,
  }
end

-- Whether the send has ended, or should have.
local function is_open(entry, now)
  return now >= entry.pending_until
end

local function is_held(entry, now)
  return entry.holder ~= nil and now < entry.held_until and core.process_is_alive(entry.holder)
end

-- Takes an entry in hand, so that no other process resolves it meanwhile; a holder that died gives way at once.
-- `look` says whether to take it, and else whether it has changed it, which is then kept for good.
local function claim(self, id, look)
  local claimed, is_busy
  local now = self.clock()
  self.store:change(id, function(entry)
    if not entry then return nil end
    local taken, changed = look(entry, now)
    if not taken then return changed and entry or nil, true end
    is_busy = is_held(entry, now)
    if is_busy then return nil end
    entry.holder, entry.held_until = core.process_id(), now + LEASE_SECONDS
    claimed = entry
    return entry
  end)
  return claimed, is_busy
end

-- Of those that are due, it is the turn of the others first.
local function release(self, id)
  local now = self.clock()
  self.store:change(id, function(entry)
    if not entry then return nil end
    entry.holder, entry.held_until = nil, nil
    if entry.due <= now then entry.due = now + TICK_SECONDS end
    return entry
  end)
end

-- An entry in hand goes when on_resolved has returned. One that came back after a crash of the machine would be called
-- never confirmed some day, which must not be said of one that was.
local function resolve(self, id, report, protect)
  local event = event_of(id, report)
  local ok, reason = protect(self.on_resolved, event)
  if not ok then
    release(self, id)
    error(reason, 0)
  end
  self.store:change(id, function() return false, event.confirmed end)
  return event
end

--- For a handler: a report with this ID came. Raises what on_resolved raises.
---@param id string
---@param report vertexsms.Report
---@param protect nil|function pcall, or what takes its place
---@return string|nil reason to come again: another process resolves it
function Tracking:settle(id, report, protect)
  local claimed, is_busy = claim(self, id, function(entry, now)
    if is_open(entry, now) then return true end
    -- The send itself has not returned yet; when it does, it finds the report.
    if entry.report then return false end
    entry.report, entry.due = brief(report), entry.pending_until
    return false, true
  end)
  if is_busy then return "another process is resolving this send" end
  if claimed then resolve(self, id, claimed.report or report, protect or pcall) end
end

-- By a report that was there before the send had returned, or as never confirmed.
local function resolve_due(self, id, now, protect)
  local claimed = claim(self, id, function(entry) return entry.due <= now end)
  return claimed and resolve(self, id, claimed.report, protect) or nil
end

-- Resolves what is due, `most` at most, until that many seconds are over. Returns the events, whether some are left,
-- and the first failure.
local function sweep(self, now, most, seconds, protect)
  local events, failure, stop = {}, nil, core.now() + seconds
  local ids = self.store:due(now, most)
  for _, id in ipairs(ids) do
    local ok, event = protect(resolve_due, self, id, now, protect)
    if ok then events[#events + 1] = event else failure = failure or event end
    if core.now() >= stop then return events, true, failure end
  end
  return events, #ids == most, failure
end

--- Reports the sends for which no report came in time as never confirmed, and those whose on_resolved raised once more.
-- A handler does so by itself, little by little; without one, call it yourself.
---@param now integer|nil seconds since 1970
---@return vertexsms.Resolved[]
function Tracking:expire(now)
  local events, _, failure = sweep(self, now or self.clock(), math.huge, math.huge, pcall)
  if failure then error(failure, 0) end
  return events
end

--- For a handler: the same, once a minute, and for a moment only.
---@param protect nil|function pcall, or what takes its place
function Tracking:tick(protect)
  local now = core.now()
  if now < self.next_tick then return end
  self.next_tick = now + TICK_SECONDS
  local _, is_more, failure = sweep(self, self.clock(), TICK_ENTRIES, TICK_BUDGET_SECONDS, protect or pcall)
  if is_more then self.next_tick = core.now() + TICK_PAUSE_SECONDS end
  if failure then error(failure, 0) end
end

local function expiry_of(self, wire, now)
  local from = wire.scheduled and timestamp.seconds(wire.scheduled) or now
  return math.ceil(math.max(from, now) + (tonumber(wire.expireIn) or EXPIRE_SECONDS) + self.slack)
end

-- Puts the ID into a message.
local function mark(self, draft, timeout)
  local wire, id, now = draft.wire, core.random_hex(16), self.clock()
  local own = wire.dlrUrl
  if not own and not self.url then return end
  local url, err = urls.build(own or self.url, { track = id, secret = not own and self.secret or nil })
  if not url then error(err, 0) end
  wire.dlrUrl = url -- a report is of use even where the ID cannot be kept
  local pending_until, expires = math.ceil(now + timeout) + PENDING_SECONDS, expiry_of(self, wire, now)
  self.store:change(id, function()
    return { pending_until = pending_until, expires = expires, due = expires }
  end)
  draft.tracking_id, draft.pending_until = id, pending_until
end

-- Whatever happens to the tracking, the message must go out, and its own outcome be told.
local function attempt(client, fn, ...)
  local ok, result = pcall(fn, ...)
  if ok then return result end
  reasons.report(client.host, "tracking", result)
end

local function close(self, draft)
  self.store:change(draft.tracking_id, function() return false end)
  draft.tracking_id = nil
end

-- What the store has lost is put there again; but one that was overdue may have been resolved by its report.
local function keep(self, draft, durable)
  local now, is_settled = self.clock(), false
  self.store:change(draft.tracking_id, function(entry)
    if not entry and now >= draft.pending_until then return nil end
    entry = entry or { expires = expiry_of(self, draft.wire, now) }
    is_settled = entry.report ~= nil
    entry.pending_until, entry.due = 0, is_settled and now or entry.expires
    return entry, durable
  end)
  return is_settled and resolve_due(self, draft.tracking_id, now, pcall) or nil
end

-- When the last one is on the disk, so are those that were written before it.
local function keep_all(client, drafts)
  local last
  for _, draft in ipairs(drafts) do last = draft.tracking_id and draft or last end
  for _, draft in ipairs(drafts) do
    if draft.tracking_id then draft.resolved = attempt(client, keep, client.tracking, draft, draft == last) end
  end
end

local function close_all(client, drafts)
  for _, draft in ipairs(drafts) do
    if draft.tracking_id then attempt(client, close, client.tracking, draft) end
  end
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
---@param send fun(...: any): any, vertexsms.Error|nil
---@param ... any given to `send`
---@return any result of `send`
---@return vertexsms.Error|nil err gets `tracking_id`, and `resolved` where a report was there first
function M.around(client, drafts, process, send, ...)
  if not client.tracking then return send(...) end
  for _, draft in ipairs(drafts) do attempt(client, mark, client.tracking, draft, client.timeout) end
  local result, err = send(...)
  finish(client, drafts, process, err)
  return result, err
end

local function check_store(value)
  local is_own = type(value) == "table" and value.change and value.due
  if is_own or type(value) == "string" then return nil end
  return "must be the path of a file, or a table with the methods change and due"
end

local RULES = schema.rules({
  { name = "on_resolved", type = "function", required = true },
  { name = "url", type = "string", is_url = true, example = "https://example.com/dlr" },
  { name = "secret", type = "string", is_secret = true, check = checks.not_empty },
  { name = "store", type = "any", check = check_store },
  { name = "slack", type = "number", check = checks.between(0, 1e9, "seconds") },
  { name = "clock", type = "function" },
})

-- Of nginx's workers one sends and another gets the report.
local function new_memory()
  local workers = program.workers()
  if workers == 1 then return memory.new() end
  return nil, errors.invalid_argument("store", ("store is missing from track: nginx has %d workers, which"
    .. " must share one, such as the path of a file"):format(workers))
end

local function store_of(option)
  if not option then return new_memory() end
  if type(option) == "string" then return file.new(option) end
  return option
end

local function check_url(options)
  if not options.url then return nil end
  local _, err = urls.build(options.url, { track = ("0"):rep(32), secret = options.secret })
  return err
end

--- Checks the options and makes a tracking.
---@param options vertexsms.TrackOptions
---@return vertexsms.Tracking|nil
---@return vertexsms.Error|nil
function M.make(options)
  local err = schema.check(options, RULES, "an option of track") or check_url(options)
  if err then return nil, err end
  local store
  store, err = store_of(options.store)
  if not store then return nil, err end
  return setmetatable({
    on_resolved = options.on_resolved, url = options.url, secret = options.secret, store = store,
    slack = options.slack or 3600, clock = options.clock or core.time, next_tick = 0,
  }, Tracking)
end

--- Makes a tracking for a handler in a process that sends nothing; raises what is wrong with the options.
---@param options vertexsms.TrackOptions
---@return vertexsms.Tracking
function M.new(options)
  return (errors.raise_unless(M.make(options)))
end

return M
