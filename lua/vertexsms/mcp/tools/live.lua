--- What tools have in common that cost money or change the account, and are not messages: live mode only, once.
--
-- Tested in spec/mcp/policy_spec.lua.

local errors = require("vertexsms.error")
local once = require("vertexsms.mcp.once")
local results = require("vertexsms.mcp.result")

local M = {}

M.OUTPUT = {
  outcome = { type = "string", enum = { "accepted" } }, id = { type = "string" }, repeated = { type = "boolean" },
  preview = { type = "string" }, preview_token = { type = "string" },
}

local OFF = "this is switched off here: the operator has not set VERTEXSMS_MCP_MODE=live"
local OFF_NEXT = "Nothing was done. Tell the person that only the operator can switch it on."

--- What the guard judges by the number that is asked about, or that a PIN goes to: a message of one part.
---@param msisdn string digits
---@return vertexsms.Draft
function M.draft(msisdn)
  return { wire = { to = msisdn, from = "", message = "" }, estimate = { parts = 1 } }
end

--- Does a job once, after the person has agreed.
---@param call vertexsms.mcp.Call
---@param job table of once.lua, without a mode; `question` is a text
---@return table|nil fields
---@return vertexsms.Error|nil
---@return table|nil question
function M.perform(call, job)
  if call.server.policy.mode ~= "live" then return nil, results.forbidden(OFF, OFF_NEXT) end
  local reason = call.server.audit:check()
  if reason then return nil, errors.new({ kind = "internal", message = "the audit cannot be written: " .. reason }) end
  local client, err = call:client()
  if not client then return nil, err end
  local words = job.question
  job.mode, job.question = "live", function() return words end
  local done, question
  done, err, question = once.perform(call, client, job)
  if done then done.parts = nil end
  return done, err, question
end

return M
