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
local databases = require("vertexsms.tracking.database")
local given = require("vertexsms.tracking.given")
local hosts = require("vertexsms.host")
local memory = require("vertexsms.tracking.memory")
local program = require("vertexsms.host.program")
local schema = require("vertexsms.check.table")
local sending = require("vertexsms.tracking.sending")
local urls = require("vertexsms.message.callback_url")

local M = {}

---@class vertexsms.TrackOptions
---@field on_resolved fun(event: vertexsms.Resolved) when it raises, it is called again
---@field url string|nil where reports go; a message's own dlrUrl comes first
---@field secret string|nil what the URL carries besides (see callback.url)
---@field store vertexsms.TrackingStore|string|nil the path of an SQLite file, a postgresql:// URL, or a store of your
---  own; default: in this process
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

-- Whether a process of another machine is alive is not known.
local function is_held(self, entry, now)
  if entry.holder == nil or now >= entry.held_until then return false end
  return self.is_distributed or core.process_is_alive(entry.holder)
end

-- The host of the client, or that of the place where it is asked: a handler may be served in another one.
local function host_of(self) return self.host or hosts.pick() end

-- Returns a failure.
local function change(self, id, fn)
  return self.ledger:change({ id }, fn, host_of(self))[id]
end

-- Takes an entry in hand, so that no other process resolves it meanwhile; a holder that died gives way at once.
-- `look` says whether to take it, and else whether it has changed it, which is then kept for good. Returns the entry,
-- or whether another one has it, or a failure.
local function claim(self, id, look)
  local claimed, is_busy
  local now = self.clock()
  local failure = change(self, id, function(_, entry)
    claimed, is_busy = nil, false
    if not entry then return nil end
    local taken, changed = look(entry, now)
    if not taken then return changed and entry or nil, true end
    is_busy = is_held(self, entry, now)
    if is_busy then return nil end
    entry.holder, entry.held_until = core.process_id(), now + LEASE_SECONDS
    claimed = entry
    return entry
  end)
  if failure then return nil, false, failure end
  return claimed, is_busy
end

-- Of those that are due, it is the turn of the others first.
local function release(self, id)
  local now = self.clock()
  change(self, id, function(_, entry)
    if not entry then return nil end
    entry.holder, entry.held_until = nil, nil
    if entry.due <= now then entry.due = now + TICK_SECONDS end
    return entry
  end)
end

-- An entry in hand goes when on_resolved has returned. One that came back after a crash of the machine would be called
-- never confirmed some day, which must not be said of one that was. Returns the event, or nil and a failure.
local function resolve(self, id, report, protect)
  local event = event_of(id, report)
  local ok, reason = protect(self.on_resolved, event)
  if not ok then
    release(self, id)
    return nil, { reason = reason }
  end
  local failure = self.ledger:remove({ id }, event.confirmed, host_of(self))[id]
  if failure then return nil, failure end
  return event
end

local function raise(failure)
  if failure then error(failure.reason, 0) end
end

--- For a handler: a report with this ID came. Raises what on_resolved raises.
---@param id string
---@param report vertexsms.Report
---@param protect nil|function pcall, or what takes its place
---@return string|nil reason to come again: another process resolves it
function Tracking:settle(id, report, protect)
  local claimed, is_busy, failure = claim(self, id, function(entry, now)
    if is_open(entry, now) then return true end
    -- The send itself has not returned yet; when it does, it finds the report.
    if entry.report then return false end
    entry.report, entry.due = brief(report), entry.pending_until
    return false, true
  end)
  raise(failure)
  if is_busy then return "another process is resolving this send" end
  if claimed then raise(select(2, resolve(self, id, claimed.report or report, protect or pcall))) end
end

-- By a report that was there before the send had returned, or as never confirmed. Returns the event, or nil and a
-- failure.
local function resolve_due(self, id, now, protect)
  local claimed, _, failure = claim(self, id, function(entry) return entry.due <= now end)
  if not claimed then return nil, failure end
  return resolve(self, id, claimed.report, protect)
end
Tracking.resolve_due = resolve_due

-- Resolves what is due, `most` at most, until that many seconds are over. Returns the events, whether some are left,
-- and the first failure.
local function sweep(self, now, most, seconds, protect)
  local stop, events = core.now() + seconds, {}
  local ids, first = self.ledger:due(now, most, host_of(self))
  if not ids then return events, false, first end
  for _, id in ipairs(ids) do
    local event, failure = resolve_due(self, id, now, protect)
    events[#events + 1], first = event, first or failure
    if core.now() >= stop then return events, true, first end
  end
  return events, #ids == most, first
end

--- Reports the sends for which no report came in time as never confirmed, and those whose on_resolved raised once more.
-- A handler does so by itself, little by little; without one, call it yourself.
---@param now integer|nil seconds since 1970
---@return vertexsms.Resolved[]
function Tracking:expire(now)
  local events, _, failure = sweep(self, now or self.clock(), math.huge, math.huge, pcall)
  raise(failure)
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
  raise(failure)
end

--- For a handler, and for client:update: what the host does for the database, as it does for the requests.
---@param budget number seconds
---@return integer count
function Tracking:update(budget)
  if not databases.is_one(self.ledger) then return 0 end
  return self.host.update(self.ledger.store.handle, budget)
end

--- See vertexsms.tracking.sending.
Tracking.around = sending.around

local function check_store(value)
  local is_own = type(value) == "table" and value.change and value.due
  if is_own or type(value) == "string" and value ~= "" then return nil end
  return "must be the path of a file, a postgresql:// URL, or a table with the methods change and due"
end

local RULES = schema.rules({
  { name = "on_resolved", type = "function", required = true },
  { name = "url", type = "string", is_url = true, example = "https://example.com/dlr" },
  { name = "secret", type = "string", is_secret = true, check = checks.not_empty },
  { name = "store", type = "any", check = check_store, is_secret = true },
  { name = "slack", type = "number", check = checks.between(0, 1e9, "seconds") },
  { name = "clock", type = "function" },
})

-- Of nginx's workers one sends and another gets the report.
local function new_memory()
  local workers = program.workers()
  if workers == 1 then return memory.new() end
  return nil, errors.invalid_argument("store", ("store is missing from track: nginx has %d workers, which"
    .. " must share one, such as the path of an SQLite file"):format(workers))
end

local function ledger_of(option, host)
  if type(option) == "string" then return databases.new(option, host) end
  if databases.is_one(option) then return option end
  local store, err = option, nil
  if not store then store, err = new_memory() end
  return store and given.new(store), err
end

local function check_url(options)
  if not options.url then return nil end
  local _, err = urls.build(options.url, { track = ("0"):rep(32), secret = options.secret })
  return err
end

--- Checks the options and makes a tracking.
---@param options vertexsms.TrackOptions
---@param host vertexsms.Host|nil that waits for the store; default that of the place where it is asked
---@return vertexsms.Tracking|nil
---@return vertexsms.Error|nil
function M.make(options, host)
  local err = schema.check(options, RULES, "an option of track") or check_url(options)
  if err then return nil, err end
  local ledger
  ledger, err = ledger_of(options.store, host or hosts.pick())
  if not ledger then return nil, err end
  return setmetatable({
    on_resolved = options.on_resolved, url = options.url, secret = options.secret, ledger = ledger, host = host,
    is_distributed = ledger.store.dialect == "postgresql",
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
