--- A call of a tool, from its arguments to its result.
--
-- Tested in spec/mcp/call_spec.lua and spec/mcp/init_spec.lua.

local arguments = require("vertexsms.mcp.arguments")
local core = require("vertexsms.base.core")
local errors = require("vertexsms.error")
local json = require("vertexsms.json")
local messages = require("vertexsms.mcp.message")
local results = require("vertexsms.mcp.result")
local tools = require("vertexsms.mcp.tools")

local M = {}

---@class vertexsms.mcp.Call
---@field id string|number of its request
---@field server vertexsms.mcp.Server
---@field tool vertexsms.mcp.Tool
---@field arguments table
---@field era "legacy"|"modern"
---@field can_ask boolean can the client ask the person?
---@field client_name string|nil
---@field ask nil|fun(call: table, form: table, seconds: number): table|nil of the older era
---@field responses table|nil what the person has said, of the newer era
---@field state string|nil what the question was, likewise
---@field started number
---@field progress_token string|number|nil of a client that wants to be told how far the call has come
---@field told_progress number|nil what it was told last
---@field is_cancelled boolean|nil the client does not wait any more
---@field is_late boolean|nil it was answered before its end
---@field has_begun boolean|nil what costs money may have left
---@field done table|nil what was accepted, while it is not written down yet
---@field err vertexsms.Error|nil why it was not, likewise
---@field wake nil|fun() ends what it waits for
local Call = {}
Call.__index = Call

--- Why nothing more begins.
Call.STOPPED = "the client does not wait for the call any more"

--- The client as this call sees it: no request of a call begins that is not waited for any more.
---@return vertexsms.SafeClient|nil
---@return vertexsms.Error|nil
function Call:client()
  local client, err = self.server.resources:client()
  if not client then return nil, err end
  local function is_over() return self:must_stop() and Call.STOPPED or nil end
  local host = setmetatable({ is_over = is_over }, { __index = client.host })
  return setmetatable({ host = host }, { __index = client })
end

function Call:ledger() return self.server.resources:ledger() end
function Call:guard() return self.server.resources:guard() end

--- Must it stop before anything that costs money?
---@return boolean
function Call:must_stop()
  return self.is_cancelled or self.is_late or self.server.is_ending or self.server.options.is_over()
end

--- Tells the client how far the call has come, where it has asked for that. Only what increases is told, and nothing
--- once the call was answered or given up.
---@param seconds number that have passed
---@param total number
---@param message string
function Call:tell_progress(seconds, total, message)
  if self.progress_token == nil or self.is_cancelled or self.is_finished then return end
  if self.told_progress and seconds <= self.told_progress then return end
  self.told_progress = seconds
  self.server:send({ jsonrpc = "2.0", method = "notifications/progress", params = {
    progressToken = self.progress_token, progress = seconds, total = total, message = message,
  } })
end

--- Seconds that are left of those given from its beginning.
---@param seconds number
---@return number
function Call:left(seconds)
  return math.max(seconds - (core.now() - self.started), 0)
end

local function object_or_nil(value)
  return messages.is_object(value) and value or nil
end

local function progress_token_of(params)
  local token = messages.is_object(params._meta) and params._meta.progressToken
  return messages.is_id(token) and token or nil
end

--- Reads the params of tools/call.
---@param server vertexsms.mcp.Server
---@param message vertexsms.mcp.Message
---@return vertexsms.mcp.Call|nil
---@return table|nil refusal
function M.new(server, message)
  local params = message.params
  local name = params.name
  if type(name) ~= "string" then return nil, messages.invalid_params("name must be a string, that of a tool") end
  local tool = tools.find(name)
  if not tool then return nil, messages.invalid_params("Unknown tool: " .. messages.short(name)) end
  local given = params.arguments
  if given == nil or given == json.null then given = {} end
  if not messages.is_object(given) then return nil, messages.invalid_params("arguments must be an object") end
  return setmetatable({
    id = message.id, server = server, tool = tool, arguments = given, started = core.now(),
    responses = object_or_nil(params.inputResponses), progress_token = progress_token_of(params),
    state = type(params.requestState) == "string" and params.requestState or nil,
  }, Call)
end

--- Does what the tool does.
---@param call vertexsms.mcp.Call
---@return table result as the protocol has it
function M.perform(call)
  local reason, field = arguments.check(call.tool, call.arguments)
  if reason then return call.shape(results.failure(call, errors.invalid_argument(field, reason))) end
  local fields, err, question = call.tool.run(call, call.arguments)
  if question then return call.shape(question) end
  if not fields then return call.shape(results.failure(call, err)) end
  return call.shape(results.success(call, fields))
end

local NOT_WRITTEN = "It was accepted: do not send it again. The store does not answer, so list_recent_sends may not"
  .. " know of it yet."

-- The result of a call that has not come to its own: what is known of it.
local function ended(call, kind, message)
  local done = call.done
  if done then
    return call.shape(results.success(call, { outcome = done.outcome, id = done.id, next = NOT_WRITTEN }))
  elseif call.err then
    return call.shape(results.failure(call, call.err))
  end
  local outcome = call.has_begun and "unknown" or "not_sent"
  return call.shape(results.failure(call, errors.new({
    kind = kind, message = message, outcome = outcome, temporary = kind == "timeout",
    retryable = kind == "timeout" and outcome == "not_sent",
  })))
end

--- The result of a call that raised.
---@param call vertexsms.mcp.Call
---@return table result
function M.broken(call) return ended(call, "internal", "the tool failed inside, see the server's log") end

local LATE = "the answer did not come in time"

--- The result of a call whose answer is due, and that goes on.
---@param call vertexsms.mcp.Call
---@return table result
function M.late(call) return ended(call, "timeout", LATE) end

--- The result of a call that is not waited for any more, because the server ends.
---@param call vertexsms.mcp.Call
---@return table result
function M.abandoned(call) return ended(call, "cancelled", "the server ended before the answer came") end

return M
