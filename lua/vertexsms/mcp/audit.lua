--- A line of JSON for every call, written before the call is answered. Numbers are masked; a text is there as an HMAC,
-- by which the same text is known again, and its length. (A plain hash of "Your code is 4815" is guessed in 10 000
-- tries.)

local core = require("vertexsms.base.core")
local json = require("vertexsms.json")
local mask = require("vertexsms.mcp.mask")
local shown = require("vertexsms.base.shown")

local M = {}

local OCTETS_MAX = 100

---@class vertexsms.mcp.Audit
local Audit = {}
Audit.__index = Audit

---@param server vertexsms.mcp.Server
---@return vertexsms.mcp.Audit
function M.new(server)
  return setmetatable({ server = server }, Audit)
end

-- The ledger's, so that lines can be compared over years; without a ledger one of this process.
local function key_of(self)
  local ledger = self.server.resources.made_ledger
  if ledger then return ledger.secret end
  self.key = self.key or core.random_hex(32)
  return self.key
end

-- A text that is not too long, or a number that JSON has; of anything else, which no tool takes, the type.
local function short(value)
  if type(value) == "number" and value - value == 0 then return value end
  if type(value) ~= "string" then return shown.type(value) end
  return #value <= OCTETS_MAX and value or ("%d octets"):format(#value)
end

-- A sender with as many digits may be a person's number.
local DIGITS_MAX = 5

-- By what a tool says of an argument. They get texts; of anything else only the type is written down.
local writers = {}

function writers.number(value) return short(mask.number(value)) end

function writers.sender(value)
  local _, digits = value:gsub("[0-9]", "")
  return short(digits > DIGITS_MAX and mask.number(value) or value)
end

function writers.secret() return "***" end

function writers.text(value, key) return { hmac = core.hmac_sha256(key, "text\n" .. value), octets = #value } end

local function argument_of(value, writer, key)
  if not writer then return short(value) end
  return type(value) == "string" and writer(value, key) or shown.type(value)
end

-- Only what the tool knows; what a model made up is not repeated.
local function arguments_of(call, key)
  local list, is_empty = {}, true
  for name, value in pairs(call.arguments) do
    if call.tool.properties[name] then
      list[name], is_empty = argument_of(value, writers[call.tool.audited[name]], key), false
    end
  end
  return not is_empty and list or nil
end

local function outcome_of(call)
  if call.failure then return call.failure.outcome end
  return call.fields and call.fields.outcome
end

local function line_of(self, call)
  local key, failure = key_of(self), call.failure
  return json.encode({
    audit = "vertexsms.mcp", at = core.time(), tool = call.tool.name, client = call.client_name, era = call.era,
    mode = self.server.policy.mode, arguments = arguments_of(call, key), key = core.hmac_sha256(key, "key"):sub(1, 8),
    ok = call.fields ~= nil, outcome = outcome_of(call),
    kind = failure and failure.kind, rule = failure and failure.rule,
    id = call.fields and call.fields.id, repeated = call.fields and call.fields.repeated,
    asked = not call.fields and not failure or nil, cancelled = call.is_cancelled or nil, late = call.is_late or nil,
    elapsed = math.floor((core.now() - call.started) * 1000) / 1000,
  })
end

local function write_to_file(self, line)
  local file, reason = io.open(self.server.policy.audit, "ab")
  if not file then return reason end
  local written
  written, reason = file:write(line, "\n")
  local closed, lost = file:close() -- on a full disk it is this that fails
  if not written then return reason end
  return not closed and lost or nil
end

local function keep(self, line)
  local reason = write_to_file(self, line)
  self.unwritten = reason and line
  return reason
end

--- Can a line be written? What costs money is not done without, nor while the last line is still to be written.
---@return string|nil reason
function Audit:check()
  local path = self.server.policy.audit
  if not path then return nil end
  if self.unwritten then return keep(self, self.unwritten) end
  local file, reason = io.open(path, "ab")
  if file then file:close() end
  return not file and reason or nil
end

--- Writes the line of a call.
---@param call vertexsms.mcp.Call
function Audit:write(call)
  local line = line_of(self, call)
  line = line and self.server.options.hide(line) -- a model may give the token as an ID
  if not line then return self.server.log("vertexsms: mcp: an audit line could not be made") end
  if not self.server.policy.audit then return self.server.log(line) end
  local reason = keep(self, line)
  if not reason then return end
  self.server.log(("vertexsms: mcp: VERTEXSMS_MCP_AUDIT cannot be written: %s\n%s"):format(reason, line))
end

return M
