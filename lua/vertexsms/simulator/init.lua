--- A stand-in for VertexSMS to develop against, without an account and without sending anything.
--
--     local simulator = require("vertexsms.simulator").new { port = 8025 }
--     assert(simulator:listen())
--     simulator:run()
--
-- It needs lua-http, so it runs under LuaJIT and Lua 5.1; any client can talk to it.

local callbacks = require("vertexsms.simulator.callbacks")
local cqueues = require("cqueues")
local dlr = require("vertexsms.simulator.dlr")
local faults = require("vertexsms.simulator.faults")
local http_server = require("vertexsms.server.http")
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
  self.server:run(function() self.log("listening on " .. self.server:url()) end)
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

function Simulator:answer(request)
  local function take()
    return router.answer(routes, request, self)
  end
  local fault = self.faults:next()
  if not fault then return take() end
  self.log(("%s %s fault %s"):format(request.method, request.path, fault.text))
  return FAILING[fault.name](fault, take)
end

local function new_callbacks(simulator, options)
  return callbacks.new {
    spawn = function(task) simulator.server:spawn(task) end, log = simulator.log,
    retry = options.dlr_retry, max_tries = options.dlr_max_tries, timeout = options.dlr_timeout,
    late = options.late, duplicate = options.duplicate, reorder = options.reorder,
    secret = options.signature_secret,
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
  local simulator = setmetatable({
    token = options.token,
    callback_delay = options.dlr_delay or 1,
    draw = random.new(options.seed),
    faults = faults.new(options.faults, options.fault_rate, options.seed),
    messages = store.new(options.first_id or FIRST_MESSAGE),
    lookups = store.new(FIRST_LOOKUP),
    senders = store.new(FIRST_SENDER),
  }, Simulator)
  simulator.server = http_server.new {
    host = host, port = options.port, max_body = BODY_MAX, log = options.log,
    tls_cert = options.tls_cert, tls_key = options.tls_key,
    handler = function(request) return simulator:answer(request) end,
  }
  simulator.log = simulator.server.log
  simulator.callbacks = new_callbacks(simulator, options)
  simulator.reports = dlr.new(simulator.callbacks, simulator.callback_delay)
  return simulator
end

return M
