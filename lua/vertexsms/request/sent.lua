--- What the service says of a message that it accepted.
--
-- Tested in spec/api/sms_spec.lua.

local answer = require("vertexsms.request.answer")
local attempts = require("vertexsms.request.attempts")

local M = {}

-- Nil where that of one is not known.
local function estimated_parts(batch)
  local common, parts = batch.common, 0
  if common then return #batch * common.estimate.parts end
  for i = 1, #batch do
    local estimate = batch[i].estimate
    if not estimate then return nil end
    parts = parts + estimate.parts
  end
  return parts
end

--- Tells on_warning where the service counts other parts than were estimated: cheap to look at, dear to find on the
-- invoice.
---@param client vertexsms.AnyClient
---@param batch vertexsms.Batch
---@param parts integer|nil
---@param id string|nil
function M.compare_parts(client, batch, parts, id)
  if not parts then return end
  local expected = estimated_parts(batch)
  if not expected or parts == expected then return end
  attempts.call_hook(client, "on_warning", {
    code = "parts_differ", method = "POST", path = "/sms", id = id,
    messages = #batch, estimate = expected, parts = parts,
  })
end

--- Reads the answer to one message, as csrc/lua/sending.h reads most of them.
---@param decoded any
---@param response table
---@param client vertexsms.AnyClient
---@param batch vertexsms.Batch of one
---@return vertexsms.Sent|nil
---@return string|nil reason
function M.read(decoded, response, client, batch)
  local ids, reason = answer.one_id(decoded)
  if not ids then return nil, reason end
  local draft, parts = batch[1], answer.parts(response)
  M.compare_parts(client, batch, parts, ids[1])
  -- a table with all of its fields at once costs half as much as one that grows
  return {
    id = ids[1], ids = ids, status = response.status, parts = parts, estimate = draft.estimate,
    simplified = draft.simplified, attempts = response.attempts, elapsed = response.elapsed,
  }
end

return M
