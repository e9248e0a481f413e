--- POST /sms: sending one message.

local errors = require("vertexsms.error")
local late = require("vertexsms.base.late")
local plain = require("vertexsms.request.plain")

---@class vertexsms.SafeClient
local M = {}

--- What an accepted send gives.
---@class vertexsms.Sent
---@field id string VertexSMS's ID of the message
---@field ids string[] all IDs of the answer; one, here
---@field parts integer|nil how many SMS it became, where the service said so (X-VertexSMS-Amount-Sent)
---@field estimate vertexsms.Estimate|nil what it was counted to become: { encoding, parts }; one table may be that of
---  several messages of a client:all
---@field simplified vertexsms.Change[]|nil what smart_encoding replaced; nil when nothing
---@field status integer HTTP status
---@field attempts integer
---@field elapsed number seconds, repeats and waits included
---@field duplicate_possible boolean|nil true when an attempt of unknown outcome was repeated (retry.server_errors)

-- Most programs send plainly, and never need it.
local complete = {}
late.add(complete, "vertexsms.request.complete", { "send" }, errors.exhausted)

--- Sends one SMS: POST /sms [doc]. `id`, `parts`, `estimate` and `simplified` are ours, see vertexsms.Sent.
-- Repeated only while it was certainly not accepted.
---@param message vertexsms.Message
---@param options vertexsms.SendOptions|nil
---@return vertexsms.Sent|nil
---@return vertexsms.Error|nil
function M:send(message, options)
  if options ~= nil or not self.is_plain then return complete.send(self, message, options) end
  local sent, attempt = plain.send(self, message)
  if sent then return sent end
  if attempt then return plain.go_on(self, attempt) end
  return complete.send(self, message)
end

return M
