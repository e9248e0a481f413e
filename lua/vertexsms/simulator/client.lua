--- Asks and steers a simulator: for tests.
--
--     local inbox = require("vertexsms.simulator.client").new()
--     local mark = inbox:mark()
--     -- the program under test sends a login code
--     local code = assert(inbox:code { to = "37069912345", since = mark })
--
-- It is a client of the core, so it runs under every Lua and in every host, other than the simulator itself.

local errors = require("vertexsms.error")
local json = require("vertexsms.json")
local numbers = require("vertexsms.base.number")
local shown = require("vertexsms.base.shown")
local vertexsms = require("vertexsms")

local M = {}

local URL = "http://127.0.0.1:8025"
-- Any will do where the simulator was not told of one.
local TOKEN = "token-of-the-simulator-client"
-- Seconds for which `wait` and `code` wait, and for the answer of anything.
local WAIT, ANSWER = 10, 10
-- Ten thousand messages and more.
local RESPONSE_MAX = 64 * 1024 * 1024

---@class vertexsms.SimulatorOptions
---@field url string|nil of the simulator; default $VERTEXSMS_BASE_URL, else http://127.0.0.1:8025
---@field token string|nil default $VERTEXSMS_SIMULATOR_TOKEN; any will do unless the simulator was given one
---@field ca_file string|nil PEM file to trust, for a simulator with --tls-cert
---@field host vertexsms.HostName|nil how calls wait; default: found out

--- Which messages are meant; a field that is nil excludes none.
---@class vertexsms.SimulatorFilter
---@field to string|nil the recipient, with or without + and spaces
---@field from string|nil the sender
---@field text string|nil what stands in the text, in any case
---@field since string|nil those after this ID, see `mark`, or since this time: 2026-04-14T10:30:00Z
---@field state string|nil pending, sent, delivered, undelivered, expired or seen
---@field type "SMS"|"Viber"|nil
---@field limit integer|nil of messages, default 100
---@field timeout number|nil seconds to wait, of `wait` and `code`; default 10, at most 300

--- A message that the simulator has taken; `simulator:message(id)` has more: its parts, its life, its request.
---@class vertexsms.SimulatorMessage
---@field id string
---@field type "SMS"|"Viber"
---@field to string
---@field from string
---@field text string
---@field state string
---@field status integer as reports have it
---@field error integer
---@field reason string|nil what the error means
---@field parts integer
---@field units integer septets, or UTF-16 code units
---@field encoding "gsm7"|"ucs2"|"8bit"|"viber"
---@field country string|nil
---@field price string|nil of all parts
---@field currency string|nil
---@field accepted string when: 2026-04-14T10:30:00.250Z
---@field report string how the last report went: "answered", "failing", "given up", "on its way", "none yet", "no URL"

---@class vertexsms.SimulatorClient
local Simulator = {}
Simulator.__index = Simulator

function Simulator:ask(method, path, options)
  options = options or {}
  options.timeout = (options.wait or 0) + ANSWER
  options.wait = nil
  local answer, err = self.client:request(method, "/_simulator/" .. path, options)
  if not answer then return nil, err end
  return json.without_nulls((json.decode(answer.body)))
end

function Simulator:demand(...)
  return (errors.raise_unless(self:ask(...)))
end

-- The filter as a query, with how long to wait.
local function query_of(filter, wait)
  local query = {}
  for name, value in pairs(filter or {}) do query[name] = value end
  query.timeout, query.wait = nil, wait and numbers.write(wait)
  return query
end

local function describe(filter)
  local words = {}
  for _, name in ipairs { "type", "to", "from", "text", "state", "since" } do
    if filter[name] then words[#words + 1] = ("%s %s"):format(name, shown.value(filter[name])) end
  end
  return #words > 0 and " with " .. table.concat(words, ", ") or ""
end

--- The messages that match, newest first.
---@param filter vertexsms.SimulatorFilter|nil
---@return vertexsms.SimulatorMessage[]
function Simulator:messages(filter)
  return self:demand("GET", "messages", { query = query_of(filter) }).messages
end

--- All that is known of a message.
---@param id string
---@return vertexsms.SimulatorMessage
function Simulator:message(id)
  return self:demand("GET", "messages/" .. id)
end

--- Waits for a message that matches, and returns the newest that does.
---@param filter vertexsms.SimulatorFilter|nil
---@return vertexsms.SimulatorMessage|nil message nil when none came in time
---@return string|nil reason
function Simulator:wait(filter)
  filter = filter or {}
  local seconds = filter.timeout or WAIT
  local query = query_of(filter, seconds)
  query.limit = 1
  local message = self:demand("GET", "messages", { query = query, wait = seconds }).messages[1]
  if message then return message end
  return nil, ("no message%s came within %s s"):format(describe(filter), numbers.write(seconds))
end

--- Waits for the one-time code of the newest message that matches. An older message may match too: give `since`.
---@param filter vertexsms.SimulatorFilter|nil
---@return string|nil code its digits; nil when none came in time
---@return string id of the message; without a code the reason
function Simulator:code(filter)
  filter = filter or {}
  local seconds = filter.timeout or WAIT
  local found, err = self:ask("GET", "code", { query = query_of(filter, seconds), wait = seconds })
  if found then return found.code, found.id end
  if err.kind ~= "not_found" then errors.raise(err) end
  return nil, ("no code%s came within %s s: %s"):format(describe(filter), numbers.write(seconds), err.message)
end

--- The ID of the last message: what comes after it is `since = mark`.
---@return string id
function Simulator:mark()
  return self:demand("GET", "messages", { query = { limit = 0 } }).last_id
end

function Simulator:steer(id, action, body)
  return self:demand("POST", ("messages/%s/%s"):format(id, action), { json = body })
end

--- Delivers a message now, whatever was to become of it, and reports that.
---@param id string
---@return vertexsms.SimulatorMessage
function Simulator:deliver(id) return self:steer(id, "deliver") end

--- Has it fail now.
---@param id string
---@param code integer|nil the error, see docs/callbacks.md; default 43, subscriber absent
---@return vertexsms.SimulatorMessage
function Simulator:fail(id, code) return self:steer(id, "fail", { error = code or 43 }) end

--- Has it expire now.
---@param id string
---@return vertexsms.SimulatorMessage
function Simulator:expire(id) return self:steer(id, "expire") end

--- Has a Viber message seen.
---@param id string
---@return vertexsms.SimulatorMessage
function Simulator:seen(id) return self:steer(id, "seen") end

--- Sends its last report once more.
---@param id string
---@return vertexsms.SimulatorMessage
function Simulator:again(id) return self:steer(id, "again") end

--- Reports how it ended, and then an earlier state.
---@param id string
---@return vertexsms.SimulatorMessage
function Simulator:out_of_order(id) return self:steer(id, "out-of-order") end

--- Forgets all messages, requests, lookups and senders.
function Simulator:clear()
  self:demand("DELETE", "messages")
end

--- The requests that came in, refused ones too, newest first.
---@param options { limit: integer|nil, refused: boolean|nil, path: string|nil }|nil
---@return table[] requests method, path, status, body, answer, fault, at, seconds
function Simulator:requests(options)
  local query = query_of(options)
  if query.refused ~= nil then query.refused = query.refused and 1 or nil end
  return self:demand("GET", "requests", { query = query }).requests
end

--- The HLR lookups with their results, newest first.
---@return table[]
function Simulator:lookups() return self:demand("GET", "lookups").lookups end

--- The senders with the PINs that they wait for, newest first.
---@return table[]
function Simulator:senders() return self:demand("GET", "senders").senders end

--- What the simulator does by itself; with a table, changes what that names: paused, late, duplicate, reorder, faults,
-- fault_rate.
---@param changes table|nil
---@return table settings
function Simulator:settings(changes)
  if not changes then return self:demand("GET", "settings") end
  if changes.faults and #changes.faults == 0 then changes.faults = json.array({}) end
  return self:demand("PUT", "settings", { json = changes })
end

--- No report goes out by itself, and messages stay sent, until `resume`.
function Simulator:pause() self:settings { paused = true } end

function Simulator:resume() self:settings { paused = false } end

--- Closes the connection.
function Simulator:close()
  self.client:close()
end

local function from_environment(name)
  local value = os.getenv(name)
  return value ~= "" and value or nil
end

--- Makes a client of a simulator. Its methods raise structured errors where the simulator cannot be asked.
---@param options vertexsms.SimulatorOptions|nil
---@return vertexsms.SimulatorClient
function M.new(options)
  options = options or {}
  local client = errors.raise_unless(vertexsms.safe.new {
    base_url = options.url or from_environment("VERTEXSMS_BASE_URL") or URL,
    token = options.token or from_environment("VERTEXSMS_SIMULATOR_TOKEN") or TOKEN,
    ca_file = options.ca_file, host = options.host, retry = false, max_response_bytes = RESPONSE_MAX,
  })
  return setmetatable({ client = client }, Simulator)
end

return M
