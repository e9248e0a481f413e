--- A stand-in for VertexSMS to develop against, without an account and without sending anything.
--
--     local simulator = require("vertexsms.simulator").new { port = 8025 }
--     assert(simulator:listen())
--     simulator:run()
--
-- It needs lua-http, so it runs under LuaJIT and Lua 5.1; any client can talk to it.

local access = require("vertexsms.simulator.inbox.access")
local callbacks = require("vertexsms.simulator.callbacks")
local changes = require("vertexsms.simulator.changes")
local clock = require("vertexsms.simulator.clock")
local cqueues = require("cqueues")
local dlr = require("vertexsms.simulator.dlr")
local faults = require("vertexsms.simulator.faults")
local http_server = require("vertexsms.server.http")
local inbox = require("vertexsms.simulator.inbox")
local journal = require("vertexsms.simulator.journal")
local random = require("vertexsms.simulator.random")
local router = require("vertexsms.simulator.router")
local routes = require("vertexsms.simulator.resources")
local store = require("vertexsms.simulator.store")

local M = {}

local BODY_MAX = 1024 * 1024

-- The IDs in VertexSMS's documentation, so that its examples read alike.
local FIRST_MESSAGE, FIRST_LOOKUP, FIRST_SENDER = 1281532560, 1203877133, 123

---@class vertexsms.simulator.Options
---@field host string|nil bind address, default 127.0.0.1
---@field public boolean|nil allow an address that is not loopback
---@field port integer|nil default 0, a free one
---@field token string|nil the only token that is accepted; default: any that is not empty
---@field dlr_delay number|nil seconds from a request to its callback, default 1
---@field dlr_retry number|nil seconds between two tries of a callback, default 5
---@field dlr_max_tries integer|nil default 50
---@field dlr_timeout number|nil seconds for one try, default 10
---@field late number|nil seconds by which callbacks go out later than they should
---@field duplicate boolean|nil send each callback a second time after it was answered
---@field reorder boolean|nil make every two callbacks change places
---@field signature_secret string|nil sign callbacks with it: X-VertexSMS-Signature
---@field faults vertexsms.simulator.Fault[]|nil how requests fail
---@field fault_rate number|nil the share of requests that fail, 0 to 1; default 1
---@field seed integer|nil for what is random: faults and PINs
---@field first_id integer|nil of messages, default 1281532560
---@field tls_cert string|nil PEM file; with tls_key the simulator serves HTTPS
---@field tls_key string|nil PEM file
---@field log nil|fun(line: string) default: prints the line

---@class vertexsms.simulator.Simulator
local Simulator = {}
Simulator.__index = Simulator

--- Binds the address.
---@return string|nil host
---@return integer|string port or message
function Simulator:listen()
  return self.server:listen()
end

--- Serves until `stop`, SIGINT or SIGTERM.
function Simulator:run()
  self.server:spawn(function() self.clock:set() end)
  self.server:run(function()
    self.log("listening on " .. self.server:url())
    if self.is_public and not self.token then
      self.log("the inbox is closed: other machines can reach it, so it needs VERTEXSMS_SIMULATOR_TOKEN")
    end
  end)
  self.log("stopped")
end

--- Ends `run`; callbacks that were not delivered yet are lost.
function Simulator:stop()
  self.server:stop()
end

-- What is cut is not JSON any more; an answer that was not JSON becomes what a gateway in its way may say.
local function spoil(response)
  if response.headers["Content-Type"] == "application/json" then
    response.body = response.body:sub(1, -2)
  else
    response.body = "<html><body>Bad Gateway"
  end
  return response
end

-- Answers that go wrong, by the fault's name. All but `status` and `drop=early` take the request first: a program that
-- took the failure for a refusal would send twice.
local FAILING = {
  delay = function(fault, take)
    local response = take()
    cqueues.sleep(fault.seconds)
    return response
  end,
  status = function(fault)
    return http_server.json(fault.status, { message = "The simulator was told to fail." })
  end,
  drop = function(fault, take)
    if not fault.early then take() end
    return { dropped = true }
  end,
  malformed = function(_, take)
    return spoil(take())
  end,
}

-- What goes wrong is not written down as an answer, but what was answered is.
function Simulator:answer_api(request, entry)
  request.entry = entry
  local function take()
    return router.answer(routes, request, self)
  end
  local fault = self.faults:next()
  if not fault then return take() end
  entry.fault = fault.text
  self.log(("%s %s fault %s"):format(request.method, request.path, fault.text))
  return FAILING[fault.name](fault, take)
end

-- What is refused before its body is read. The log says it, and the journal has it.
function Simulator:screen(request)
  local is_inbox = inbox.owns(request.path)
  local refusal, reason = access.screen(request, self, is_inbox)
  if not refusal then return nil end
  self.server.notice(("%s %s %d %s"):format(request.method, request.path, refusal.status, reason))
  if not is_inbox then self.journal:finish(self.journal:begin(request), refusal) end
  return refusal
end

function Simulator:answer(request)
  if inbox.owns(request.path) then return inbox.answer(request, self) end
  local entry = self.journal:begin(request)
  local response = self:answer_api(request, entry)
  self.journal:finish(entry, response)
  return response
end

--- Forgets all messages, requests, lookups and senders. What was still to be reported is not.
function Simulator:clear()
  for message in self.messages:newest() do message.life.is_cleared = true end
  self.messages:clear()
  self.lookups:clear()
  self.senders:clear()
  self.journal:clear()
  self.changes:clear()
end

local function new_callbacks(simulator, options)
  return callbacks.new {
    spawn = function(task) simulator.server:spawn(task) end, log = simulator.log,
    retry = options.dlr_retry, max_tries = options.dlr_max_tries, timeout = options.dlr_timeout,
    late = options.late, duplicate = options.duplicate, reorder = options.reorder,
    secret = options.signature_secret,
  }
end

local function new_server(simulator, host, options)
  return http_server.new {
    host = host, port = options.port, max_body = BODY_MAX, log = options.log,
    tls_cert = options.tls_cert, tls_key = options.tls_key,
    screen = function(request) return simulator:screen(request) end,
    handler = function(request) return simulator:answer(request) end,
  }
end

--- Makes a simulator; nothing is bound before `listen`. Raises a message for options that cannot work.
---@param options vertexsms.simulator.Options|nil
---@return vertexsms.simulator.Simulator
function M.new(options)
  options = options or {}
  local host = options.host or "127.0.0.1"
  if not options.public and not http_server.is_loopback(host) then
    error(host .. " is reachable from other machines: allow it with public (--public)", 0)
  end
  local messages = store.new(options.first_id or FIRST_MESSAGE)
  local simulator = setmetatable({
    token = options.token, is_public = options.public and not http_server.is_loopback(host),
    callback_delay = options.dlr_delay or 1,
    draw = random.new(options.seed),
    faults = faults.new(options.faults, options.fault_rate, options.seed),
    clock = clock.new(), changes = changes.new(messages),
    messages = messages, lookups = store.new(FIRST_LOOKUP), senders = store.new(FIRST_SENDER),
  }, Simulator)
  simulator.journal = journal.new(simulator.clock, simulator.changes)
  simulator.server = new_server(simulator, host, options)
  simulator.log = simulator.server.log
  simulator.callbacks = new_callbacks(simulator, options)
  simulator.reports = dlr.new {
    callbacks = simulator.callbacks, clock = simulator.clock, changes = simulator.changes,
    delay = simulator.callback_delay,
  }
  return simulator
end

return M
