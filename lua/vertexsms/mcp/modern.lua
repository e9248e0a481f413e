--- The protocol without a handshake: version 2026-07-28. Each request says who asks and what they can do; a question to
-- the person is an answer, and the client calls again with what the person has said.
--
-- Tested in spec/mcp/init_spec.lua.

local calls = require("vertexsms.mcp.call")
local core = require("vertexsms.base.core")
local json = require("vertexsms.json")
local legacy = require("vertexsms.mcp.legacy")
local messages = require("vertexsms.mcp.message")
local tools = require("vertexsms.mcp.tools")
local words = require("vertexsms.mcp.words")

local M = {}

local VERSION = "2026-07-28"
local PREFIX = "io.modelcontextprotocol/"
-- How long a client may keep what it was told, in milliseconds.
local DISCOVERY_MS, TOOLS_MS = 3600000, 300000

local function invalid(reason) return nil, messages.invalid_params(reason) end

local function shaped(result)
  result.resultType = result.resultType or "complete"
  result._meta = { [PREFIX .. "serverInfo"] = { name = "vertexsms", title = "VertexSMS", version = core.version } }
  return result
end

local handlers = {}

handlers["server/discover"] = function(server)
  return shaped({
    supportedVersions = { VERSION }, capabilities = { tools = {} }, instructions = words.instructions(server.policy),
    ttlMs = DISCOVERY_MS, cacheScope = "public",
  })
end

handlers["tools/list"] = function(_, message)
  local cursor = message.params.cursor
  if cursor ~= nil and cursor ~= json.null then return invalid("Unknown cursor: there is one page of tools") end
  return shaped({ tools = tools.described(), ttlMs = TOOLS_MS, cacheScope = "public" })
end

handlers["tools/call"] = function(server, message, meta)
  local call, refusal = calls.new(server, message)
  if not call then return nil, refusal end
  local capabilities = meta[PREFIX .. "clientCapabilities"]
  call.era, call.can_ask = "modern", legacy.can_ask(capabilities)
  call.client_name = legacy.name_of(meta[PREFIX .. "clientInfo"])
  call.shape = shaped
  server:begin(call)
end

--- Does a request say its version?
---@param message vertexsms.mcp.Message
---@return boolean
function M.is_meant(message)
  local meta = message.params._meta
  if message.method == "server/discover" then return true end
  return messages.is_object(meta) and meta[PREFIX .. "protocolVersion"] ~= nil
end

local function check_meta(meta)
  local version = messages.is_object(meta) and meta[PREFIX .. "protocolVersion"]
  if type(version) ~= "string" then return invalid("_meta must have " .. PREFIX .. "protocolVersion, a string") end
  if version ~= VERSION then
    return nil, { code = messages.UNSUPPORTED_VERSION, message = "Unsupported protocol version",
      data = { supported = { VERSION }, requested = messages.short(version) } }
  end
  if not messages.is_object(meta[PREFIX .. "clientCapabilities"]) then
    return invalid("_meta must have " .. PREFIX .. "clientCapabilities, an object")
  end
  return true
end

--- Answers a request; a call answers later.
---@param server vertexsms.mcp.Server
---@param message vertexsms.mcp.Message
---@return table|nil result
---@return table|nil refusal
function M.handle(server, message)
  local meta = message.params._meta
  local ok, refusal = check_meta(meta)
  if not ok then return nil, refusal end
  local handler = handlers[message.method]
  if not handler then return nil, messages.unknown_method(message.method) end
  return handler(server, message, meta)
end

return M
