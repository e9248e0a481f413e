--- What stands around a send: the client's guard, and its tracking. They come with the client, so that one without them
-- does not load them.
--
-- Tested in spec/guard_spec.lua and spec/tracking/settle_spec.lua.

local checks = require("vertexsms.check.value")
local schema = require("vertexsms.check.table")

local M = {}

---@class vertexsms.SendOptions
---@field guard_key string|nil what the guard's per_key counts by: an IP address, a user's name

--- The rule of that option, and the options of a single send.
M.KEY = { name = "guard_key", type = "string", check = checks.not_empty, example = "203.0.113.7" }
M.OPTIONS = schema.rules({ M.KEY })

local function nothing() end

-- Of a client without a guard.
local FREE = { enter = nothing, mark = nothing, leave = nothing, abandon = nothing, refuses_request = nothing }

--- See guard/passage.lua.
---@param client vertexsms.AnyClient
---@return table
function M.passages(client)
  return client.guard and client.guard.passages or FREE
end

--- See tracking/sending.lua.
---@param client vertexsms.AnyClient
---@param drafts { wire: table }[]
---@param process integer
---@param send fun(...: any): any, vertexsms.Error|nil
---@param ... any given to `send`
---@return any result of `send`
---@return vertexsms.Error|nil
function M.tracked(client, drafts, process, send, ...)
  if not client.tracking then return send(...) end
  return client.tracking.around(client, drafts, process, send, ...)
end

return M
