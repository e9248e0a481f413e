--- Sends whose outcome is unknown, settled by the delivery report that comes for them.
--
-- Every message gets a random ID of ours in its `dlrUrl`.  When nobody can say what became of a send, its ID is kept;
-- the first report that carries it says that the message was accepted, under which ID, and what became of it.
--
--     local client = vertexsms.new { track = { url = "https://example.com/dlr", on_resolved = print_it } }
--     local handler = callback.handler { tracking = client.tracking, on_report = ... }
--
-- In a process that only receives, `vertexsms.tracking.new` makes the same over the same store.
--
-- @module vertexsms.tracking

local core = require("vertexsms.core")
local file = require("vertexsms.tracking.file")
local memory = require("vertexsms.tracking.memory")
local schema = require("vertexsms.schema")
local timestamp = require("vertexsms.timestamp")
local urls = require("vertexsms.callback.url")

local M = {}

---@class vertexsms.TrackOptions
---@field on_resolved fun(event: vertexsms.Resolved) when it raises, it is called again
---@field url string|nil where reports go; a message's own dlrUrl comes first
---@field secret string|nil what the URL carries besides (see callback.url)
---@field store vertexsms.TrackingStore|string|nil the path of a file, or one's own; default: in this process
---@field slack number|nil seconds that the last report may come after a message has expired, default 3600
---@field clock nil|fun(): integer seconds since 1970; for specs

--- What is known at last about a send of unknown outcome.
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
local TICK_SECONDS = 60

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

local function is_open(entry, now)
  return entry.phase == "unknown" or now >= entry.pending_until
end

local function is_held(entry, now)
  return entry.holder ~= nil and now < entry.held_until and core.process_is_alive(entry.holder)
end

-- Takes an entry in hand, so that nobody else resolves it meanwhile; a holder that died gives way at once.
-- `look` may change the entry and keep it (true), or take it (a second true).
local function claim(self, id, look, durable)
  local claimed, is_busy
  local now = self.clock()
  self.store:change(id, function(entry)
    local changed, taken
    if entry then changed, taken = look(entry, now) end
    if taken and is_held(entry, now) then
      is_busy = true
    elseif taken then
      entry.holder, entry.held_until = core.process_id(), now + LEASE_SECONDS
      claimed, changed = entry, true
    end
    return changed and entry or nil
  end, durable)
  return claimed, is_busy
end

local function release(self, id)
  self.store:change(id, function(entry)
    if not entry then return nil end
    entry.holder, entry.held_until = nil, nil
    return entry
  end)
end

-- An entry in hand goes when on_resolved has returned.
local function resolve(self, id, report, protect)
  local event = event_of(id, report)
  local ok, reason = protect(self.on_resolved, event)
  if not ok then
    release(self, id)
    error(reason, 0)
  end
  self.store:change(id, function() return false end, true)
  return event
end

--- For a handler: a report with this ID came.  Raises what on_resolved raises.
---@param id string
---@param report vertexsms.Report
---@param protect nil|function pcall, or what takes its place
---@return string|nil reason to come again: somebody else is at it
function Tracking:settle(id, report, protect)
  local claimed, is_busy = claim(self, id, function(entry, now)
    if is_open(entry, now) then return false, true end
    -- The send itself has not returned yet; when it does, it finds the report.
    if entry.report then return false end
    entry.report = brief(report)
    return true
  end, true)
  if is_busy then return "the send is being resolved" end
  if claimed then resolve(self, id, claimed.report or report, protect or pcall) end
end

local function settle_early(self, id)
  local claimed = claim(self, id, function(entry, now)
    return false, entry.report ~= nil and is_open(entry, now)
  end)
  return claimed and resolve(self, id, claimed.report, pcall)
end

--- Reports the sends for which no report came in time as never confirmed, and those whose on_resolved raised once more.
-- A handler calls it now and then; without one, call it yourself.
---@param now integer|nil seconds since 1970
---@return vertexsms.Resolved[]
function Tracking:expire(now)
  now = now or self.clock()
  local events, failure = {}, nil
  for id, seen in pairs(self.store:entries()) do
    if seen.report and is_open(seen, now) or now >= seen.expires then
      local claimed = claim(self, id, function(entry)
        return false, entry.report ~= nil and is_open(entry, now) or now >= entry.expires
      end)
      local ok, event = true, nil
      if claimed then ok, event = pcall(resolve, self, id, claimed.report, pcall) end
      if ok then events[#events + 1] = event else failure = failure or event end
    end
  end
  if failure then error(failure, 0) end
  return events
end

--- The same, once a minute at most.
function Tracking:tick()
  local now = core.now()
  if now < self.next_tick then return end
  self.next_tick = now + TICK_SECONDS
  self:expire()
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
  self.store:change(id, function()
    return { phase = "pending", pending_until = math.ceil(now + timeout) + PENDING_SECONDS,
      expires = expiry_of(self, wire, now) }
  end)
  wire.dlrUrl, draft.tracking_id = url, id
end

-- Whatever happens to the tracking, the message must go out, and its own outcome be told.
local function attempt(client, fn, ...)
  local ok, result = pcall(fn, ...)
  if ok then return result end
  client.host.report("vertexsms: tracking: " .. tostring(result))
end

--- Before a send: puts an ID into each message.
---@param client vertexsms.Client
---@param drafts { wire: table }[] get `tracking_id`
---@return table|nil tracked for `finish`
function M.begin(client, drafts)
  if not client.tracking then return nil end
  for _, draft in ipairs(drafts) do attempt(client, mark, client.tracking, draft, client.timeout) end
  return { client = client, drafts = drafts }
end

local function close(self, draft)
  self.store:change(draft.tracking_id, function() return false end)
  draft.tracking_id = nil
end

local function keep(self, draft)
  local now = self.clock()
  self.store:change(draft.tracking_id, function(entry)
    entry = entry or { expires = expiry_of(self, draft.wire, now) }
    entry.phase, entry.pending_until = "unknown", now
    return entry
  end, true)
  return settle_early(self, draft.tracking_id)
end

--- After a send: keeps the IDs of those whose outcome is unknown.
---@param tracked table|nil
---@param err vertexsms.Error|nil gets `tracking_id`, and `resolved` where a report was there first
---@return vertexsms.Error|nil err
function M.finish(tracked, err)
  if not tracked then return err end
  local client, unknown = tracked.client, err and err.outcome == "unknown"
  for _, draft in ipairs(tracked.drafts) do
    if draft.tracking_id and unknown then
      err.resolved = attempt(client, keep, client.tracking, draft)
    elseif draft.tracking_id then
      attempt(client, close, client.tracking, draft)
    end
  end
  if unknown and #tracked.drafts == 1 then err.tracking_id = tracked.drafts[1].tracking_id end
  return err
end

local function check_url(value)
  local _, err = urls.build(value, { track = ("0"):rep(32) })
  return err and "must be an http or https URL of at most 2000 octets, without a fragment" or nil
end

local function check_store(value)
  local is_own = type(value) == "table" and value.change and value.entries
  return not is_own and type(value) ~= "string" and "must be the path of a file, or a store" or nil
end

local RULES = schema.rules({
  { name = "on_resolved", type = "function", required = true },
  { name = "url", type = "string", check = check_url },
  { name = "secret", type = "string", check = function(value) return value == "" and "must not be empty" or nil end },
  { name = "store", type = "any", check = check_store },
  { name = "slack", type = "number", check = function(value)
    return not (value >= 0 and value < 1e9) and "must be seconds" or nil
  end },
  { name = "clock", type = "function" },
})

--- Checks the options and makes a tracking.
---@param options vertexsms.TrackOptions
---@return vertexsms.Tracking|nil
---@return vertexsms.Error|nil
function M.make(options)
  local err = schema.check(options, RULES, "track")
  if err then return nil, err end
  local store = options.store or memory.new()
  if type(store) == "string" then
    store, err = file.new(store)
    if not store then return nil, err end
  end
  return setmetatable({
    on_resolved = options.on_resolved, url = options.url, secret = options.secret, store = store,
    slack = options.slack or 3600, clock = options.clock or os.time, next_tick = 0,
  }, Tracking)
end

--- Makes a tracking for a handler in a process that sends nothing; raises what is wrong with the options.
---@param options vertexsms.TrackOptions
---@return vertexsms.Tracking
function M.new(options)
  local tracking, err = M.make(options)
  if not tracking then error(err, 0) end
  return tracking
end

return M
