--- Drafts of messages that the core has checked, counted and written at once. Most are: see draft.lua for any other.
--
-- Tested in spec/api/sms_spec.lua and spec/request/plain_spec.lua.

local json = require("vertexsms.json")

local M = {}

---@class vertexsms.Draft
---@field wire table what goes over the wire
---@field json string|nil the same, where it is written already
---@field estimate vertexsms.Estimate|nil
---@field simplified vertexsms.Change[]|nil

--- What a text was counted to become.
---@class vertexsms.Estimate
---@field encoding "GSM-7"|"8-bit"|"UCS-2"
---@field parts integer

-- The object that was written is made when it is asked for: from then on it may change, and is written anew.
local Plain = {}

function Plain.__index(draft, name)
  if name ~= "wire" then return nil end
  setmetatable(draft, nil)
  draft.wire, draft.json = json.decode_exact(draft.json), nil
  return draft.wire
end

--- A plain message, as the core has written and counted it.
---@param written string
---@param parts integer
---@param encoding string
---@param changes vertexsms.Change[]|nil
---@return vertexsms.Draft
function M.draft(written, parts, encoding, changes)
  local counted = { encoding = encoding, parts = parts }
  return setmetatable({ json = written, estimate = counted, simplified = changes }, Plain)
end

return M
