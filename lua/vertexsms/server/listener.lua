--- Receives what VertexSMS calls us for and prints it, one call a line: what `vertexsms listen` runs.

local callback = require("vertexsms.callback")
local cjson = require("cjson")
local http_server = require("vertexsms.server.http")
local kinds = require("vertexsms.callback.kinds")
local logs = require("vertexsms.lua_http.log")
local lua_http = require("vertexsms.callback.lua_http")

local M = {}

-- Messages remembered to tell a repeated report; VertexSMS repeats what it believes was not answered.
local REMEMBERED = 1000

---@class vertexsms.server.ListenerOptions
---@field host string|nil bind address, default 127.0.0.1
---@field port integer|nil default 0, a free one
---@field path string|nil the only path that is accepted; default: any
---@field allow string[]|nil addresses and ranges that may call; default: VertexSMS's, and this machine for the
---  simulator
---@field secret string|nil what the URL must carry
---@field signature_secret string|nil what the body must be signed with
---@field json boolean|nil one JSON object a line on stdout, everything else to stderr
---@field log nil|fun(line: string) where events and, unless json is set, reports go; default: stdout

---@class vertexsms.server.Listener
local Listener = {}
Listener.__index = Listener

local function number_in(text)
  return type(text) == "string" and text:match("^%+?([0-9]+)$") or nil
end

-- The number that a report is about, where it says so: VertexSMS's own have an ID alone. The URL that was given with
-- the message may end in ?to=NUMBER.
local function number_of(report, uri)
  local given = (uri or ""):match("[?&]to=([^&#]*)")
  return number_in(report.raw.to) or number_in(report.raw.msisdn) or number_in(given and given:gsub("%%2[Bb]", "+"))
end

-- The error in words; those of an unknown code name it themselves.
local function error_of(report)
  if report.error == nil or report.error == 0 then return nil end
  if report.reason:find(report.error, 1, true) then return report.reason end
  return ("%s (error %d)"):format(report.reason, report.error)
end

-- The line for people: report 1281532560 undelivered (status 2), to 37069912345, subscriber absent (error 43), network
-- 246/021
local function describe(report, number)
  local line = { kinds.by_name[report.kind].headline(report) }
  if number then line[#line + 1] = "to " .. number end
  line[#line + 1] = error_of(report)
  if report.imsi then line[#line + 1] = "IMSI " .. report.imsi end
  if report.mcc then line[#line + 1] = ("network %s/%s"):format(report.mcc, report.mnc or "?") end
  if report.ported then line[#line + 1] = "ported from " .. (report.ported.operator or "?") end
  if report.superseded then line[#line + 1] = "late: a newer report came before" end
  if report.duplicate then line[#line + 1] = "repeated" end
  return table.concat(line, ", ")
end

-- A report as an object for programs: the call's own JSON as `raw`, not once more as text.
local function to_object(report, number)
  local object = {
    time = os.date("!%Y-%m-%dT%H:%M:%SZ"), to = number, reason = report.reason, class = report.class, raw = report.raw,
  }
  for name, value in pairs(report) do object[name] = value end
  object.body = nil
  return object
end

-- A report that could not be written has not been handed over: what is raised makes VertexSMS repeat it.
function Listener:show(report, uri)
  local number = number_of(report, uri)
  local _, reason
  if self.json then
    _, reason = logs.print_line(cjson.encode(to_object(report, number)))
  else
    _, reason = self.log(describe(report, number))
  end
  if reason then error("cannot write to stdout: " .. reason, 0) end
end

-- What was answered besides, and why: the caller is not told, the user at the terminal is.
function Listener:note(event)
  if event.status == 200 then
    event.report.duplicate = true
    return self:show(event.report)
  end
  self.server.notice(("%s %s %d %s"):format(event.method, event.uri, event.status, event.reason))
end

--- Binds the address.
---@return string|nil host
---@return integer|string port or message
function Listener:listen()
  return self.server:listen()
end

--- Serves until `stop`, SIGINT or SIGTERM.
function Listener:run()
  self.server:run(function()
    self.say("listening on " .. self.server:url() .. (self.path or "/"))
  end)
  self.say("stopped")
end

--- Ends `run`.
function Listener:stop()
  self.server:stop()
end

local function print_to_stderr(line)
  io.stderr:write(line, "\n")
end

-- What happens has a time, that of this machine.
local function with_time(write)
  return function(line) return write(os.date("%Y-%m-%d %H:%M:%S ") .. line) end
end

local function new_handler(listener, options)
  return callback.handler {
    on_report = function(report, context) listener:show(report, context.uri) end,
    on_event = function(event) listener:note(event) end,
    sources = options.allow, allow_loopback = options.allow == nil,
    secret = options.secret, signature_secret = options.signature_secret, store = callback.memory(REMEMBERED),
  }
end

-- Strangers are turned away first: to them no path is another than the next.
local function screen(listener, service)
  return function(request)
    local refusal = service.screen(request)
    if refusal or not listener.path or request.path == listener.path then return refusal end
    listener.server.notice(("%s %s 404 this is not the path given with --path"):format(request.method, request.path))
    return { status = 404, headers = { ["Content-Type"] = "text/plain" }, body = "Not Found" }
  end
end

--- Makes a listener; nothing is bound before `listen`. Raises what is wrong with the options.
---@param options vertexsms.server.ListenerOptions|nil
---@return vertexsms.server.Listener
function M.new(options)
  options = options or {}
  local listener = setmetatable({ path = options.path, json = options.json }, Listener)
  local service = lua_http.service(new_handler(listener, options))
  local write = options.log or options.json and print_to_stderr or logs.print_line
  listener.server = http_server.new {
    host = options.host, port = options.port, max_body = service.max_body,
    screen = screen(listener, service), handler = service.handler,
    log = with_time(write),
  }
  listener.log, listener.say = listener.server.log, logs.new(write)
  return listener
end

return M
