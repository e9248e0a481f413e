--- The outbox: messages that must leave once, however often programs and machines die on the way.
--
--     local outbox = require("vertexsms.outbox").open { store = "/var/lib/shop/outbox.db", client = client }
--     outbox:add({ to = "37069912345", from = "MyShop", message = "Your order is on its way" }, { key = "order-4711" })
--     outbox:run()
--
-- What was added is sent at most once by itself, and every message ends in a state that says what became of it.
-- docs/outbox.md tells the whole of it. Methods raise what goes wrong; those of `outbox.safe.open` return `nil, err`.
--
-- Tested in the specs of spec/outbox/; with processes that are killed, in spec/outbox/killed_spec.lua.

local checks = require("vertexsms.check.value")
local core = require("vertexsms.base.core")
local drafts = require("vertexsms.message.draft")
local errors = require("vertexsms.error")
local guards = require("vertexsms.guard")
local hosts = require("vertexsms.host")
local program = require("vertexsms.host.program")
local reports = require("vertexsms.outbox.reports")
local schema = require("vertexsms.check.table")
local schemas = require("vertexsms.outbox.schema")
local shown = require("vertexsms.base.shown")
local statements = require("vertexsms.outbox.statements")
local stores = require("vertexsms.store")
local urls = require("vertexsms.message.callback_url")
local workers = require("vertexsms.outbox.worker")

local M = { safe = {} }

local unpack = rawget(table, "unpack") or rawget(_G, "unpack")

--- Everything but `store` may be left out by a program that only adds messages, or only receives reports.
---@class vertexsms.OutboxOptions
---@field store string|table the path of an SQLite file, or a postgresql:// URL; or a store that was opened before
---@field client vertexsms.AnyClient|nil that sends; a program that only adds needs none
---@field url string|nil where reports go; a message's own dlrUrl comes first
---@field secret string|nil what the URL carries besides (see callback.url)
---@field rate number|nil messages a second, of all workers of the store; the last that says so holds for all
---@field attempts integer|nil how often a message is tried that certainly was not sent, default 20
---@field lease number|nil seconds after which a worker that does not say anything counts as dead, default 60
---@field keep vertexsms.OutboxKeep|nil what is removed in time; default: everything stays
---@field poll boolean|nil false: do not ask for the state of messages of which no report comes; default true
---@field guard vertexsms.GuardOptions|nil rules that each message must pass before it is sent, counted in the same
---  store
---@field host vertexsms.HostName|nil default that of the client, else found out

--- Seconds after which something of a message that has ended is removed.
---@class vertexsms.OutboxKeep
---@field texts number|nil its text; 0: as soon as it has ended
---@field rows number|nil the message with its history; its key is forgotten, too

---@class vertexsms.RunOptions
---@field concurrency integer|nil requests at once, default 20
---@field batch_size integer|nil messages in one request, default 1
---@field until_empty boolean|nil true: end when nothing is queued any more, or the outbox is paused
---@field on_progress nil|fun(totals: table) called after each step, with what this worker has done so far

--- Methods that return `nil, err` where they fail.
---@class vertexsms.SafeOutbox
---@field store vertexsms.store.Store
---@field client vertexsms.AnyClient|nil
local Outbox = {}

for _, name in ipairs({ "adding", "reading", "deciding" }) do
  local methods = require("vertexsms.outbox." .. name)
  for _, method in ipairs(methods.methods) do Outbox[method] = methods[method] end
end

-- Does a step, after the tables are there.
local function perform(self, step)
  if not self.is_migrated then
    local err = self:migrate()
    if err then return nil, err end
  end
  return self.store:perform(step)
end

-- Makes the tables, or brings them to this version; and writes the rate down.
local function migrate(self)
  local function step_by(step) return self.store:perform(step) end
  local result
  local err = schemas.migrate(step_by, self.store.dialect)
  if err then return err end
  result, err = step_by({ { sql = self.sql.settings } })
  if not result then return err end
  if self.guard and #self.guard:schema() > 0 then
    local _
    _, err = step_by(self.guard:schema())
    if err then return err end
  end
  local before = result[1].rows[1].rate
  if self.rate and before ~= self.rate then
    result, err = step_by({ { sql = self.sql.set_rate, params = { n = 1, self.rate } } })
    if not result then return err end
    if before then
      self:log(("the rate of the outbox is now %s messages a second, it was %s")
        :format(shown.value(self.rate), shown.value(before)))
    end
  end
  self.is_migrated = true
end

-- A worker in this program looks for work at once.
local function wake(self) self.is_woken = true end

local function log(_, line) program.log("vertexsms: " .. line) end

local RUN_OPTIONS = schema.rules({
  { name = "concurrency", type = "integer", check = checks.between(1, 1000) },
  { name = "batch_size", type = "integer", check = checks.between(1, 500) },
  { name = "until_empty", type = "boolean" },
  { name = "on_progress", type = "function" },
})

-- Seconds for which one is watched that may have been killed: no turn of a worker takes as long, unless the store does.
local WATCH_SECONDS = 2

-- In nginx a light thread that was killed, and is held by something, looks like one that waits.
local function has_turned(self, worker)
  local host, turns, deadline = self.client.host, worker.turns, core.now() + WATCH_SECONDS
  if not host.claim or not hosts.can_wait(host) then return true end
  repeat host.sleep(0.02, self.client.engine) until worker.turns ~= turns or core.now() >= deadline
  return worker.turns ~= turns
end

-- A worker is held by its coroutine alone. One that was dropped says nothing: the collector finds it, though not always
-- in its first round.
local function has_worker(self)
  local running = self.running
  if running.worker and running.worker:is_gone() then running.worker = nil end
  for _ = 1, running.worker and 2 or 0 do collectgarbage() end
  local worker = running.worker
  if worker and not has_turned(self, worker) and running.worker == worker then running.worker = nil end
  return running.worker ~= nil
end

local function not_runnable(self)
  if not self.client then
    return errors.invalid_argument("client", "client is missing from outbox.open: outbox:run sends with it")
  end
  if has_worker(self) then
    return errors.invalid_argument(nil, "this outbox runs already: one outbox:run at a time, or open it once more")
  end
end

--- Sends what is in the outbox until `stop` is called, and what is in flight has ended. Any number of programs may do
-- so at the same time over one store.
---@param options vertexsms.RunOptions|nil
---@return table|nil totals what this worker has done: { taken, accepted, rejected, unknown, failed, lapsed, queued }
---@return vertexsms.Error|nil
function Outbox:run(options)
  options = options or {}
  local err = schema.check(options, RUN_OPTIONS, "an option of outbox:run") or not_runnable(self)
  if not err and not self.is_migrated then err = self:migrate() end
  if err then return nil, err end
  local worker, totals
  worker, err = workers.new(self, options)
  if not worker then return nil, err end
  self.running.worker = worker
  totals, err = worker:run()
  if self.running.worker == worker then self.running.worker = nil end
  return totals, err
end

--- Ends `run`, after what is in flight.
---@return boolean true
function Outbox:stop()
  local worker = self.running.worker
  if worker then worker:stop() end
  return true
end

--- For hosts that are driven by hand (host = "tick"): client:update, and the same for the store. Elsewhere there is
-- nothing to do.
---@param budget number|nil seconds; default 0.002
---@return integer count of finished requests and steps
function Outbox:update(budget)
  local host = self.host
  if not host.update then return 0 end
  local count = host.update(self.store.handle, budget or 0.002)
  if self.client then count = count + host.update(self.client.engine, budget or 0.002) end
  return count
end

--- Closes the store. A worker must have ended before.
---@return boolean true
function Outbox:close()
  if self.owns_store then self.store:close() end
  return true
end

local KEEP = schema.rules({
  { name = "texts", type = "number", check = checks.between(0, 1e9, "seconds") },
  { name = "rows", type = "number", check = checks.between(0, 1e9, "seconds") },
})

local function check_store(value)
  if type(value) == "string" and value ~= "" then return nil end
  if type(value) == "table" or type(value) == "userdata" then return nil end
  return "must be the path of a file, or a URL such as postgresql://shop@db/shop"
end

local RULES = schema.rules({
  { name = "store", type = "any", required = true, check = check_store, is_secret = true },
  { name = "client", type = "table" },
  { name = "url", type = "string", is_url = true, example = "https://example.com/dlr" },
  { name = "secret", type = "string", is_secret = true, check = checks.not_empty },
  { name = "rate", type = "number", check = checks.between(0.001, 100000, "messages a second"), example = 10 },
  { name = "attempts", type = "integer", check = checks.between(1, 1000) },
  { name = "lease", type = "number", check = checks.between(1, 3600, "seconds") },
  { name = "keep", type = "table" },
  { name = "poll", type = "boolean" },
  { name = "guard", type = "table" },
  { name = "host", type = "string", check = checks.one_of(unpack(hosts.names)) },
})

-- VertexSMS and the servers on the way log the URLs that they call.
local function check_url(options)
  if not options.url then return nil end
  local _, err = urls.build(options.url, { track = ("0"):rep(32), secret = options.secret })
  if err then return err end
  for _, name in ipairs({ "url", "secret" }) do
    if options.client and options[name] and options.client.engine:holds_token(options[name]) then
      return errors.token_in(name)
    end
  end
end

local function check(options)
  local err = schema.check(options, RULES, "an option of outbox.open")
  if not err and options.keep then err = schema.check(options.keep, KEEP, "an option of keep") end
  if not err and options.client and not options.client.engine then
    err = errors.invalid_argument("client", "client must be a client that vertexsms.new has made")
  end
  return err or check_url(options)
end

local WEAK = { __mode = "v" }

local function copy(options)
  local client = options.client
  return {
    client = client, rules = client or drafts.NO_CLIENT, url = options.url, secret = options.secret,
    rate = options.rate, attempts = options.attempts or 20, lease = options.lease or 60, keep = options.keep,
    poll = options.poll ~= false,
    host = options.host and hosts.pick(options.host) or client and client.host or hosts.pick(),
    owns_store = type(options.store) == "string", running = setmetatable({}, WEAK),
  }
end

local INTERNAL = {
  perform = perform, migrate = migrate, wake = wake, log = log, settle = reports.settle, tick = reports.tick,
}

local function open(options, metatable)
  if type(options) ~= "table" then
    error('vertexsms: bad argument options (table expected, such as { store = "/var/lib/shop/outbox.db" }, got '
      .. type(options) .. ")", 3)
  end
  local err = check(options)
  if err then return nil, err end
  local self = copy(options)
  self.methods = Outbox
  self.store, err = stores.open(options.store, self.host)
  if err then return nil, err end
  if options.guard then self.guard, err = guards.of_store(options.guard, self.store, self.host) end
  if err then return nil, err end
  self.sql = statements.of(self.store.dialect)
  for name, method in pairs(INTERNAL) do self[name] = method end
  setmetatable(self, metatable)
  -- In nginx's master, which is root, the file would become one that the workers cannot open.
  if not program.is_master() then err = self:migrate() end
  if err then return nil, err end
  return self
end

-- Not built on pcall: Lua 5.1 cannot yield across one.
local raising = {}
for name, method in pairs(Outbox) do
  raising[name] = function(self, ...) return (errors.raise_unless(method(self, ...))) end
end

local function metatable_for(methods) return { __index = methods, __close = Outbox.close } end

local RAISING, SAFE = metatable_for(raising), metatable_for(Outbox)

--- Opens an outbox, and makes its tables where they are not there; its methods raise structured errors.
---@param options vertexsms.OutboxOptions
---@return vertexsms.Outbox
function M.open(options)
  return (errors.raise_unless(open(options, RAISING)))
end

--- Opens an outbox whose methods return `nil, err`.
---@param options vertexsms.OutboxOptions
---@return vertexsms.SafeOutbox|nil
---@return vertexsms.Error|nil
function M.safe.open(options)
  return open(options, SAFE)
end

return M
