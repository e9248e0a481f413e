--- Receives delivery reports and prints them, one a line: what `vertexsms listen` runs.
-- @module vertexsms.listener

local cjson = require("cjson")
local cjson_safe = require("cjson.safe")
local http_server = require("vertexsms.http_server")

local M = {}

local MAX_BODY = 64 * 1024
local MAX_DEPTH = 16
--- Reports remembered to tell a repeated one; VertexSMS repeats what it believes was not answered.
local MAX_REMEMBERED = 1000

local STATUSES = { [1] = "delivered", [2] = "undelivered", [3] = "seen", [16] = "expired" }

--- The documented error codes of callbacks.
local ERRORS = {
  [0] = "no error",
  [1] = "illegal subscriber",
  [2] = "validity period expired",
  [20] = "country or operator not configured for the account",
  [21] = "blocked by a filter",
  [22] = "duplicate SMS",
  [23] = "limit of SMS to one number reached",
  [24] = "account balance limit reached",
  [40] = "subscriber unknown",
  [41] = "SMS service barred for the subscriber",
  [43] = "subscriber absent",
  [51] = "other or unknown HLR error",
  [53] = "invalid MSISDN",
  [999] = "unknown VertexSMS error",
}

local json = cjson_safe.new()
json.decode_max_depth(MAX_DEPTH)

---@class vertexsms.listener.options
---@field host? string default 127.0.0.1
---@field port? integer default 0, a free one
---@field path? string the only path that is accepted; default: any
---@field json? boolean one JSON object a line on stdout, everything else to stderr
---@field log? fun(line: string) where events and, unless json is set, reports go; default: stdout

---@class vertexsms.listener
local Listener = {}
Listener.__index = Listener

--- IDs and codes come as strings or as numbers; anything else is not a scalar we can show.
local function as_text(value)
  if type(value) == "number" then return ("%.14g"):format(value) end
  return type(value) == "string" and value ~= "" and value or nil
end

--- The report in one shape: text IDs and networks, numeric codes where they are numbers.
local function parse(body)
  local value = json.decode(body)
  if type(value) ~= "table" then return nil, "Body must be a JSON object." end
  local id = as_text(value.id)
  if not id then return nil, "Missing value for field 'id'." end
  local status, code = as_text(value.status), as_text(value.error)
  return {
    id = id,
    status = tonumber(status) or status,
    status_text = STATUSES[tonumber(status)],
    error = tonumber(code) or code,
    error_text = ERRORS[tonumber(code)],
    mcc = as_text(value.mcc),
    mnc = as_text(value.mnc),
  }
end

--- The line for people: report 1281532560 delivered (status 1), error 0 no error, 246/021
local function describe(report)
  local line = { ("report %s %s (status %s)"):format(report.id, report.status_text or "unknown",
    tostring(report.status or "missing")) }
  if report.error then
    line[#line + 1] = ("error %s %s"):format(report.error, report.error_text or "unknown code")
  end
  if report.mcc then line[#line + 1] = report.mcc .. "/" .. (report.mnc or "?") end
  if report.duplicate then line[#line + 1] = "repeated" end
  return table.concat(line, ", ")
end

--- True when the same report came before; the oldest of the remembered ones makes room.
function Listener:remember(report)
  local key = table.concat({ report.id, tostring(report.status), tostring(report.error) }, "\0")
  if self.seen[key] then return true end
  local slot = self.next_slot
  if self.slots[slot] then self.seen[self.slots[slot]] = nil end
  self.slots[slot], self.seen[key] = key, true
  self.next_slot = slot % MAX_REMEMBERED + 1
  return false
end

function Listener:show(report)
  if self.json then
    http_server.print_line(cjson.encode(report))
  else
    self.log(describe(report))
  end
end

function Listener:refuse(request, status, message, headers)
  self.log(("%s %s %d %s"):format(request.method, request.path, status, message))
  return http_server.json(status, { message = message }, headers)
end

function Listener:answer(request)
  if self.path and request.path ~= self.path then
    return self:refuse(request, 404, "Reports are taken at another path.")
  end
  if request.method ~= "POST" then
    return self:refuse(request, 405, "Reports are sent with POST.", { Allow = "POST" })
  end
  local report, problem = parse(request.body)
  if not report then return self:refuse(request, 400, problem) end
  report.duplicate = self:remember(report) or nil
  self:show(report)
  -- Anything but exactly this makes VertexSMS send the report again.
  return { status = 200, headers = { ["Content-Type"] = "text/plain" }, body = "OK" }
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
    self.log("listening on " .. self.server:url() .. (self.path or "/"))
  end)
  self.log("stopped")
end

--- Ends `run`.
function Listener:stop()
  self.server:stop()
end

local function print_to_stderr(line)
  io.stderr:write(line, "\n")
end

--- Makes a listener; nothing is bound before `listen`.
---@param options? vertexsms.listener.options
---@return vertexsms.listener
function M.new(options)
  options = options or {}
  local listener = setmetatable({
    path = options.path, json = options.json, seen = {}, slots = {}, next_slot = 1,
  }, Listener)
  listener.server = http_server.new {
    host = options.host, port = options.port, max_body = MAX_BODY,
    log = options.log or (options.json and print_to_stderr) or nil,
    handler = function(request) return listener:answer(request) end,
  }
  listener.log = listener.server.log
  return listener
end

return M
