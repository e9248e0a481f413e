--- One line as a message of JSON-RPC: a request, a notification, an answer, or none of them.
--
-- An `id` is a string or an integer, and 0 and "" are as good as any. Arrays of messages left the protocol with its
-- version 2025-06-18.
--
-- Tested in spec/mcp/message_spec.lua.

local core = require("vertexsms.base.core")
local json = require("vertexsms.json")
local shown = require("vertexsms.base.shown")
local written = require("vertexsms.check.json")

local M = {}

--- Codes of JSON-RPC 2.0 section 5.1, and the two that MCP has for what a client declares.
M.PARSE_ERROR, M.INVALID_REQUEST, M.METHOD_NOT_FOUND = -32700, -32600, -32601
M.INVALID_PARAMS, M.INTERNAL_ERROR, M.UNSUPPORTED_VERSION = -32602, -32603, -32022

---@class vertexsms.mcp.Message
---@field type "request"|"notification"|"answer"|"wrong"
---@field id string|number|nil
---@field method string|nil
---@field params table|nil of a request and a notification; empty where there are none
---@field result any of an answer; nil where it is an error
---@field code integer|nil of what is wrong
---@field reason string|nil likewise

-- Octets of a name that is repeated.
local NAME_OCTETS = 100

-- Beyond this a double is not the integer that was written.
local INTEGER_MAX = 2 ^ 53

--- Is it an ID of a request, or the token of a progress?
---@param id any
---@return boolean
function M.is_id(id)
  return type(id) == "string" or type(id) == "number" and id % 1 == 0 and id > -INTEGER_MAX and id < INTEGER_MAX
end

local function wrong(code, reason, id)
  return { type = "wrong", code = code, reason = reason, id = M.is_id(id) and id or nil }
end

--- Is it an object, rather than an array? An empty one may be either.
---@param value any
---@return boolean
function M.is_object(value)
  return type(value) == "table" and (next(value) == nil or type(next(value)) == "string")
end

local function read_call(value)
  local id, params = value.id, value.params
  if type(value.method) ~= "string" then return wrong(M.INVALID_REQUEST, "method must be a string", id) end
  if id ~= nil and not M.is_id(id) then return wrong(M.INVALID_REQUEST, "id must be a string or an integer") end
  if params == nil or params == json.null then params = {} end
  if not M.is_object(params) then
    if id == nil then return { type = "notification", method = value.method, params = {} } end
    return wrong(M.INVALID_PARAMS, "params must be an object", id)
  end
  return { type = id == nil and "notification" or "request", id = id, method = value.method, params = params }
end

local function read_object(value)
  if value.jsonrpc ~= "2.0" then return wrong(M.INVALID_REQUEST, 'jsonrpc must be "2.0"', value.id) end
  if value.method == nil and (value.result ~= nil or value.error ~= nil) then
    -- Some write `"error":null` beside a result.
    local is_refused = value.error ~= nil and value.error ~= json.null
    local result = not is_refused and value.result or nil
    return { type = "answer", id = M.is_id(value.id) and value.id or nil, result = result }
  end
  return read_call(value)
end

--- Reads a line.
---@param line string|false false: it was too long
---@return vertexsms.mcp.Message
function M.read(line)
  if not line then return wrong(M.PARSE_ERROR, "Parse error: the line is too long") end
  if core.invalid_utf8(line) then return wrong(M.PARSE_ERROR, "Parse error: the line is not UTF-8") end
  local value = json.decode(line)
  if value == nil then return wrong(M.PARSE_ERROR, "Parse error") end
  if not M.is_object(value) or json.is_array(line) then
    return wrong(M.INVALID_REQUEST, "a message must be one object")
  end
  -- Of two recipients the person may have seen the other one, in a client that shows the call by a parser of its own.
  local reason = written.doubled(line)
  if reason then return wrong(M.INVALID_REQUEST, "a message " .. reason, value.id) end
  return read_object(value)
end

--- The beginning of what a client has named, to be repeated to it.
---@param name string
---@return string
function M.short(name) return shown.beginning(name, NAME_OCTETS) end

--- The refusal of a request for its params.
---@param reason string
---@return table
function M.invalid_params(reason)
  return { code = M.INVALID_PARAMS, message = reason }
end

--- The refusal of a method.
---@param method string
---@return table
function M.unknown_method(method)
  return { code = M.METHOD_NOT_FOUND, message = "Method not found: " .. M.short(method) }
end

--- A message that answers.
---@param id string|number|nil
---@param result table
---@return table
function M.result(id, result)
  return { jsonrpc = "2.0", id = id, result = result }
end

--- A message that refuses. What has no id is answered without one.
---@param id string|number|nil
---@param code integer
---@param reason string
---@param data table|nil
---@return table
function M.failure(id, code, reason, data)
  return { jsonrpc = "2.0", id = id, error = { code = code, message = reason, data = data } }
end

return M
