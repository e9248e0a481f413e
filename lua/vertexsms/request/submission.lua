--- What is handed in and answered with one ID: Viber messages, HLR lookups.

local answer = require("vertexsms.request.answer")
local transport = require("vertexsms.request.attempts")

local M = {}

--- What an accepted Viber message or HLR lookup gives.
---@class vertexsms.Accepted
---@field id string
---@field ids string[] the same in a list
---@field status integer HTTP status
---@field attempts integer
---@field elapsed number seconds, repeats and waits included
---@field duplicate_possible boolean|nil true when an attempt of unknown outcome was repeated (retry.server_errors)

--- Hands it in; repeated only while it was certainly not accepted.
---@param client vertexsms.Client
---@param path string
---@param body string JSON
---@param process integer|nil see vertexsms.Request
---@return vertexsms.Accepted|nil
---@return vertexsms.Error|nil
function M.post(client, path, body, process)
  local request = { method = "POST", path = path, body = body, repeatable = false, process = process }
  local decoded, response = transport.json(client, request)
  if decoded == nil then return nil, response end
  local id, reason = answer.one_id(decoded)
  if not id then return nil, transport.protocol_error(client, request, response, reason) end
  return answer.finish({ id = id, ids = { id }, status = response.status }, response)
end

return M
