--- The protocol with a handshake: versions 2024-11-05 to 2025-11-25. Most clients speak it.
--
-- Tested in spec/mcp/init_spec.lua.

local calls = require("vertexsms.mcp.call")
local core = require("vertexsms.base.core")
local json = require("vertexsms.json")
local messages = require("vertexsms.mcp.message")
local tools = require("vertexsms.mcp.tools")
local words = require("vertexsms.mcp.words")

local M = {}

local LATEST = "2025-11-25"
local KNOWN = {
  [LATEST] = true, ["2025-06-18"] = true, ["2025-03-26"] = true, ["2024-11-05"] = true,
}

-- Of what a client can ask the person, a form is needed. One that names no way of asking has forms.
local function can_ask(capabilities)
  local elicitation = messages.is_object(capabilities) and capabilities.elicitation
  if not messages.is_object(elicitation) then return false end
  return next(elicitation) == nil or messages.is_object(elicitation.form)
end
M.can_ask = can_ask

local function name_of(info)
  local name = messages.is_object(info) and info.name
  return type(name) == "string" and messages.short(name) or nil
end
M.name_of = name_of

local handlers = {}

function handlers.initialize(server, message)
  local asked = message.params.protocolVersion
  local version = KNOWN[asked] and asked or LATEST
  server.peer = {
    version = version, can_ask = can_ask(message.params.capabilities), name = name_of(message.params.clientInfo),
  }
  return {
    protocolVersion = version, capabilities = { tools = {} }, instructions = words.instructions(server.policy),
    serverInfo = { name = "vertexsms", title = "VertexSMS", version = core.version },
  }
end

function handlers.ping() return {} end

handlers["tools/list"] = function(_, message)
  local cursor = message.params.cursor
  if cursor ~= nil and cursor ~= json.null then
    return nil, messages.invalid_params("Unknown cursor: there is one page of tools")
  end
  return { tools = tools.described() }
end

-- The form asks one thing. `mode` came with 2025-11-25.
local function question(server, id, form)
  local params = { message = form.message, requestedSchema = form.schema }
  if server.peer.version == LATEST then params.mode = "form" end
  return { jsonrpc = "2.0", id = id, method = "elicitation/create", params = params }
end

-- Asks the person, and waits. Nothing where there was no answer.
local function ask(call, form, seconds)
  if call:must_stop() then return nil end
  local server, given = call.server, nil
  server.questions = server.questions + 1
  local id = "question-" .. server.questions
  server:send(question(server, id, form))
  server.loop:park(seconds, function(wake)
    call.wake = wake
    server.asked[id] = function(result)
      given = result or { is_failed = true }
      wake()
    end
  end)
  call.wake, server.asked[id] = nil, nil
  if not given and not call.is_cancelled then
    server:send({ jsonrpc = "2.0", method = "notifications/cancelled",
      params = { requestId = id, reason = "the time to answer is over" } })
  end
  return given
end

handlers["tools/call"] = function(server, message)
  local call, refusal = calls.new(server, message)
  if not call then return nil, refusal end
  call.era, call.can_ask, call.client_name = "legacy", server.peer.can_ask, server.peer.name
  call.ask = ask
  function call.shape(result) return result end
  server:begin(call)
end

local BEFORE_HANDSHAKE = { initialize = true, ping = true }

--- Answers a request; a call answers later.
---@param server vertexsms.mcp.Server
---@param message vertexsms.mcp.Message
---@return table|nil result
---@return table|nil refusal
function M.handle(server, message)
  local handler = handlers[message.method]
  if not handler then return nil, messages.unknown_method(message.method) end
  if not server.peer.version and not BEFORE_HANDSHAKE[message.method] then
    return nil, { code = messages.INVALID_REQUEST, message = "initialize must come first, or the protocol's version in"
      .. " _meta" }
  end
  return handler(server, message)
end

return M
