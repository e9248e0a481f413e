--- A stand-in for VertexSMS to develop against, without an account and without sending anything.
--
--     local simulator = require("vertexsms.simulator").new { port = 8025 }
--     assert(simulator:listen())
--     simulator:run()
--
-- It needs lua-http, so it runs under LuaJIT and Lua 5.1; any client can talk to it.
-- @module vertexsms.simulator

local dlr = require("vertexsms.simulator.dlr")
local http_server = require("vertexsms.http_server")
local router = require("vertexsms.simulator.router")
local sms = require("vertexsms.simulator.sms")
local store = require("vertexsms.simulator.store")

local M = {}

--- One file per resource; the first pattern that matches a path wins.
local RESOURCES = { sms }

local MAX_BODY = 1024 * 1024

---@class vertexsms.simulator.options
---@field host? string default 127.0.0.1
---@field public? boolean allow a host that is not loopback
---@field port? integer default 0, a free one
---@field token? string the only token that is accepted; default: any that is not empty
---@field dlr_delay? number seconds from a message to its delivery report, default 1
---@field dlr_retry? number seconds between two tries of a report, default 5
---@field dlr_max_tries? integer default 50
---@field dlr_timeout? number seconds for one try, default 10
---@field first_id? integer default 1281532560
---@field tls_cert? string PEM file; with tls_key the simulator serves HTTPS
---@field tls_key? string PEM file
---@field log? fun(line: string) default: prints the line

---@class vertexsms.simulator
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

--- Ends `run`; reports that were not delivered yet are lost.
function Simulator:stop()
  self.server:stop()
end

--- Makes a simulator; nothing is bound before `listen`. Raises a message for options that cannot work.
---@param options? vertexsms.simulator.options
---@return vertexsms.simulator
function M.new(options)
  options = options or {}
  local host = options.host or "127.0.0.1"
  if not options.public and not http_server.is_loopback(host) then
    error(host .. " is reachable from other machines: allow it with public (--public)", 0)
  end
  local simulator = setmetatable({ token = options.token, store = store.new(options.first_id) }, Simulator)
  local server = http_server.new {
    host = host, port = options.port, max_body = MAX_BODY, log = options.log,
    tls_cert = options.tls_cert, tls_key = options.tls_key,
    handler = function(request) return router.answer(RESOURCES, request, simulator) end,
  }
  simulator.server, simulator.log = server, server.log
  simulator.reports = dlr.new {
    spawn = function(task) server:spawn(task) end, log = server.log,
    delay = options.dlr_delay, retry = options.dlr_retry,
    max_tries = options.dlr_max_tries, timeout = options.dlr_timeout,
  }
  return simulator
end

return M
