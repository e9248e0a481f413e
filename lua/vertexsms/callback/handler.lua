--- Takes a call of VertexSMS's: checks who it is, reads it, hands it over once, replies.

local access = require("vertexsms.callback.access")
local ascii = require("vertexsms.base.ascii")
local checks = require("vertexsms.check.value")
local core = require("vertexsms.base.core")
local errors = require("vertexsms.error")
local histories = require("vertexsms.callback.history")
local kinds = require("vertexsms.callback.kinds")
local memory = require("vertexsms.callback.memory")
local notices = require("vertexsms.base.notices")
local program = require("vertexsms.host.program")
local reasons = require("vertexsms.base.reason")
local replies = require("vertexsms.callback.reply")
local reports = require("vertexsms.callback.report")
local schema = require("vertexsms.check.table")
local shown = require("vertexsms.base.shown")
local shared = require("vertexsms.callback.shared")
local urls = require("vertexsms.message.callback_url")

local M = {}

local unpack = rawget(table, "unpack") or rawget(_G, "unpack")

---@class vertexsms.HandlerOptions
--- An error raised in `on_report` makes VertexSMS repeat the report.
---@field on_report nil|fun(report: vertexsms.Report, context: vertexsms.CallContext)
---@field sources string[]|nil addresses and ranges that may call; default VertexSMS's, unless a secret is configured
---@field allow_loopback boolean|nil let this machine call too: for the simulator
---@field trusted_proxies string[]|nil addresses and ranges whose X-Forwarded-For counts
---@field secret string|string[]|nil what the URL must carry (see callback.url)
---@field signature_secret string|string[]|nil X-VertexSMS-Signature must be HMAC-SHA256 of the body under it
---@field tracking vertexsms.Tracking|nil sends of unknown outcome to settle: a client's `tracking`
---@field outbox vertexsms.Outbox|vertexsms.SafeOutbox|nil whose messages the reports settle
---@field guard vertexsms.Guard|nil whose breaker learns of reports: a client's `guard`
---@field store vertexsms.CallbackStore|table|string|nil ngx.shared dict, its name, or another; default: this process
---@field lease number|nil seconds that on_report takes at most, default 60
---@field kind vertexsms.ReportKind|nil what comes to this URL; default: seen from the fields
---@field on_event nil|fun(event: vertexsms.CallEvent) all but a report handed over; default: failures go to the log

--- How a report came, as long as on_report runs.
---@class vertexsms.CallContext
---@field uri string|nil with its query: the secret is in there
---@field remote_addr string|nil of the connection

---@class vertexsms.CallEvent
---@field status integer what was answered; 200 for a report that came before
---@field reason string for our own log; strangers are not told
---@field method string|nil
---@field uri string|nil without its query, where secrets are
---@field remote_addr string|nil
---@field report vertexsms.Report|nil

local Handler = {}
Handler.__index = Handler

local function tell_failure(reason, status)
  program.log_without_request(("vertexsms: callback answered %d: %s"):format(status or 500, reason))
end

-- Seconds between two lines about calls that were refused, for each status.
local REFUSED_SECONDS = 60

-- An address as a server has it; anything else may be a text of the caller's.
local function to(address)
  return type(address) == "string" and address:find("^[0-9a-fA-F.:]+$") and #address < 46 and " to " .. address or ""
end

-- What fails is told each time. What is refused is told now and then: a stranger can cause it at any rate.
local function default_event()
  local notices_of = {}
  return function(event)
    local status = event.status
    if status < 400 then return end
    if status >= 500 then return tell_failure(event.reason, status) end
    notices_of[status] = notices_of[status]
      or notices.new({ write = program.log_without_request, burst = 1, seconds = REFUSED_SECONDS, now = core.now })
    notices_of[status](("vertexsms: callback answered %d%s: %s"):format(status, to(event.remote_addr), event.reason))
  end
end

-- What is answered, and why, for the owner alone.
local function conclude(self, call, status, reason, report)
  local uri = call.uri
  local event = {
    status = status, reason = reason, method = call.method, remote_addr = call.remote_addr, report = report,
    uri = uri and uri:match("^[^?#]*"),
  }
  local ok, failure = call.protect(self.on_event, event)
  if not ok then tell_failure("on_event raised an error: " .. reasons.bare(failure)) end
  return status
end

local NOT_NOTED = "a report was handled, but the store could not note that, so it may be handled again: "
local NOT_SIGNED = "X-VertexSMS-Signature is missing or wrong"
local TOO_LARGE = ("the body is longer than %d octets"):format(reports.BYTES_MAX)

--- What can be answered before the body is there; nothing where it must be read.
---@param call table { method, header, remote_addr, uri, protect }
---@return integer|nil status
function Handler:screen(call)
  local reason = self.access:refuses(call)
  if reason then return conclude(self, call, 403, reason) end
  if call.method ~= "POST" then return conclude(self, call, 405, "its method is not POST") end
  local length = tonumber(call.header("content-length") or 0)
  if length and length > reports.BYTES_MAX then return conclude(self, call, 413, TOO_LARGE) end
end

-- A report that the guard could not count is not repeated for that.
local function tell_guard(self, call, report)
  local host = require("vertexsms.host").pick()
  local ok, reason = call.protect(self.guard.on_report, self.guard, report, urls.prefix(call.uri), host)
  if not ok or reason then tell_failure("guard: " .. reasons.bare(reason)) end
end

-- Everything that must have happened before the answer is OK. Returns a reason to come again.
local function hand_over(self, call, report)
  if self.tracking and report.tracking_id then
    local reason = self.tracking:settle(report.tracking_id, report, call.protect)
    if reason then return reason end
  end
  if self.outbox and report.tracking_id then
    self.outbox:settle(report.tracking_id, report)
  end
  if self.on_report then self.on_report(report, call) end
  if self.guard then tell_guard(self, call, report) end
end

local NOT_BEGUN = {
  done = { 200, "this report was handled before" },
  busy = { 503, "another report of the same message is being handled" },
  failed = { 503, "the store raised an error: " },
}

local function handle(self, call, report)
  local history, protect = self.history, call.protect
  local key, holder, value = history:begin(report, protect)
  if not key then
    local status, words = NOT_BEGUN[holder][1], NOT_BEGUN[holder][2]
    return conclude(self, call, status, words .. (value or ""), report)
  end
  local ok, reason = protect(hand_over, self, call, report)
  if not ok or reason then
    history:abandon(key, holder, protect)
    if ok then return conclude(self, call, 503, reason, report) end
    return conclude(self, call, 500, "the report could not be handled: " .. reasons.bare(reason), report)
  end
  ok, reason = history:finish(key, holder, value, protect)
  -- A mark that could not be written costs a second report at worst, where anything but OK would cost one for sure.
  if not ok then tell_failure(NOT_NOTED .. reason) end
  return 200
end

local function tick(self, call)
  for _, name in ipairs({ "tracking", "outbox" }) do
    local owner = self[name]
    local ok, failure = true, nil
    if owner then ok, failure = call.protect(owner.tick, owner, call.protect) end
    if not ok then tell_failure(name .. ": " .. reasons.bare(failure)) end
  end
end

--- Answers a call.
---@param call table { method, header: fun(name), body: string|fun(max), remote_addr, uri, protect }; a function that
-- reads the body returns it, or nil and a status
---@return integer status; see vertexsms.callback.reply
function Handler:respond(call)
  local status = self:screen(call)
  if status then return status end
  local body = call.body
  if type(body) == "function" then body, status = body(reports.BYTES_MAX) end
  if not body then return conclude(self, call, status or 400, "the body did not arrive in full") end
  if #body > reports.BYTES_MAX then return conclude(self, call, 413, TOO_LARGE) end
  if not self.access:is_signed(call, body) then return conclude(self, call, 403, NOT_SIGNED) end
  local report, err = reports.parse(body, self.kind)
  if not report then return conclude(self, call, 400, err.message) end
  if not self.tracking and not self.outbox then return handle(self, call, report) end
  report.tracking_id = urls.tracking_id(call.uri)
  status = handle(self, call, report)
  tick(self, call)
  return status
end

local function text_of(value)
  return type(value) == "table" and table.concat(value, ", ") or value
end

-- Names are asked for in lower case, and given in any. What is there in two spellings says nothing: it is not known
-- which of them the proxy has written.
local function lookup(headers)
  return function(name)
    local value
    for given, content in pairs(headers) do
      if type(given) == "string" and ascii.lower(given) == name then
        content = text_of(content)
        if value ~= nil and value ~= content then return "" end
        value = content
      end
    end
    return value == nil and text_of(headers[name]) or value
  end
end

local function call_plainly(self, method, headers, body, remote_addr, uri)
  return replies.complete(self:respond({
    method = method, header = lookup(headers or {}), body = body or "", remote_addr = remote_addr, uri = uri,
    protect = pcall,
  }))
end

local METATABLE = { __index = Handler, __call = call_plainly }

local RULES = schema.rules({
  { name = "on_report", type = "function" },
  { name = "on_event", type = "function" },
  { name = "sources", type = "table" },
  { name = "allow_loopback", type = "boolean" },
  { name = "trusted_proxies", type = "table" },
  { name = "secret", type = "any", is_secret = true },
  { name = "signature_secret", type = "any", is_secret = true },
  { name = "tracking", type = "table" },
  { name = "outbox", type = "table" },
  { name = "guard", type = "table" },
  { name = "store", type = "any" },
  { name = "lease", type = "number", check = checks.seconds },
  { name = "kind", type = "string", check = checks.one_of(unpack(kinds.names)) },
})

local function is_store(value)
  return type(value) == "table" and value.get and value.set and value.lock and value.unlock
end

local function store_of(option)
  if option == nil then return memory.new() end
  if type(option) == "string" then
    local dict = program.shared_dict(option)
    if dict then return shared.new(dict) end
    return nil, errors.invalid_argument("store", ("store %s is not the name of a lua_shared_dict in nginx.conf")
      :format(shown.text(option)))
  end
  if shared.is_dict(option) then return shared.new(option) end
  if is_store(option) then return option end
  return nil, errors.invalid_argument("store", ("store must be an ngx.shared dict, its name, or a table with get,"
    .. " set, lock and unlock, not %s"):format(shown.type_and_value(option)))
end

--- Makes a handler: `handler(method, headers, body, remote_addr, uri)` returns status, headers, body.
---@param options vertexsms.HandlerOptions
---@return table|nil handler
---@return vertexsms.Error|nil
function M.new(options)
  local err = schema.check(options, RULES, "an option of callback.handler")
  if not err and not options.on_report and not options.tracking and not options.outbox and not options.guard then
    err = errors.invalid_argument("on_report", "on_report is missing from callback.handler: it must be a function")
  end
  if err then return nil, err end
  local store, door
  store, err = store_of(options.store)
  if not store then return nil, err end
  door, err = access.new(options)
  if not door then return nil, err end
  return setmetatable({
    on_report = options.on_report, on_event = options.on_event or default_event(), tracking = options.tracking,
    guard = options.guard, outbox = options.outbox, kind = options.kind, access = door,
    history = histories.new(store, options.lease or 60),
  }, METATABLE)
end

return M
