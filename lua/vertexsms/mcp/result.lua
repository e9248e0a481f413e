--- Results of tools: what a program reads, and the same as text. Failures say what became of the message, and what to
-- do next in words that a model follows.
--
-- Tested in spec/mcp/init_spec.lua.

local duration = require("vertexsms.base.duration")
local errors = require("vertexsms.error")
local json = require("vertexsms.json")

local M = {}

local UNKNOWN = "It may have been sent, and may have been billed. Do NOT call this tool again for the same message."
  .. " Look with list_recent_sends or get_message_status, and tell the person that the outcome is unknown."
local GUARDED = "A limit that the operator has set refuses it. Do not try to get around the limit with another"
  .. " number, text or tool; tell the person."
local AGAIN = "Certainly nothing was sent. You may call again later%s."
local NOT_SENT = "Certainly nothing was sent. The same call would fail again: correct the argument, or tell the person."
local REJECTED = "VertexSMS refused it, and nothing was sent. The same call would be refused again: correct it, or tell"
  .. " the person."
local READ_AGAIN = "Nothing was changed. You may call again later%s."
local READ_FAILED = "The same call would fail again: correct the argument, or tell the person."

--- An error that says by itself what to do next.
---@param message string
---@param next_words string
---@return vertexsms.Error
function M.forbidden(message, next_words)
  local err = errors.new({ kind = "forbidden", message = message })
  err.next = next_words
  return err
end

local function later(err)
  return err.retry_after and (", in %s or more"):format(duration.words(err.retry_after)) or ""
end

local function next_of_billed(err)
  if err.outcome == "unknown" then return UNKNOWN end
  if err.kind == "guarded" then return GUARDED end
  if err.retryable then return AGAIN:format(later(err)) end
  return err.outcome == "rejected" and REJECTED or NOT_SENT
end

local function next_of(call, err)
  if err.next then return err.next end
  if call.tool.is_billed then return next_of_billed(err) end
  if err.kind == "guarded" then return GUARDED end
  return err.retryable and READ_AGAIN:format(later(err)) or READ_FAILED
end

-- The same as text, for clients that show no structured content.
local function shape(structured, is_error)
  return {
    content = { { type = "text", text = json.encode(structured) or "{}" } }, structuredContent = structured,
    isError = is_error,
  }
end

--- A result that is one.
---@param call vertexsms.mcp.Call
---@param fields table
---@return table
function M.success(call, fields)
  fields.ok = true
  call.fields, call.failure = fields, nil
  return shape(fields, false)
end

--- A failure.
---@param call vertexsms.mcp.Call
---@param err vertexsms.Error
---@return table
function M.failure(call, err)
  call.fields, call.failure = nil, err
  -- Of what only reads, "unknown" would frighten for nothing.
  local outcome = (call.tool.is_billed or err.outcome ~= "unknown") and err.outcome or nil
  return shape({
    ok = false, next = next_of(call, err), preview = err.preview, preview_token = err.preview_token,
    error = {
      kind = err.kind, message = err.message, outcome = outcome, retryable = err.retryable or false,
      temporary = err.temporary or false, retry_after = err.retry_after, field = err.field, rule = err.rule,
      status = err.status, limit = err.limit and tostring(err.limit), used = err.used and tostring(err.used),
    },
  }, true)
end

local TEXT, NUMBER, YES_NO = { type = "string" }, { type = "number" }, { type = "boolean" }

local ERROR = {
  type = "object",
  properties = {
    kind = TEXT, message = TEXT, retryable = YES_NO, temporary = YES_NO, retry_after = NUMBER, field = TEXT,
    rule = TEXT, status = { type = "integer" }, limit = TEXT, used = TEXT,
    outcome = { type = "string", enum = { "not_sent", "rejected", "unknown" } },
  },
  required = { "kind", "message", "retryable" },
}

--- The schema of a tool's results, failures included.
---@param tool vertexsms.mcp.Tool
---@return table
function M.schema(tool)
  local properties = { ok = YES_NO, error = ERROR, next = TEXT }
  for name, property in pairs(tool.output) do properties[name] = property end
  return { type = "object", properties = properties, required = { "ok" } }
end

return M
