--- What stands around a send: the client's guard, and its tracking. They come with the client, so that one without them
-- does not load them.
--
-- Tested in spec/guard_spec.lua and spec/tracking/settle_spec.lua.

local checks = require("vertexsms.check.value")
local kept = require("vertexsms.request.kept")
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

--- Sends messages that have entered, and tells the tracking and the guard what became of them.
---@param client vertexsms.AnyClient
---@param drafts { wire: table }[]
---@param process integer that the call belongs to (see calls.process)
---@param send fun(client: vertexsms.AnyClient, drafts: table[], process: integer, ...: any):
---  any, vertexsms.Error|nil
---@param ... any given to `send`
---@return any result of `send`
---@return vertexsms.Error|nil
function M.send(client, drafts, process, send, ...)
  local sent, err
  if client.tracking then
    sent, err = client.tracking.around(client, drafts, process, send, ...)
  else
    sent, err = send(client, drafts, process, ...)
  end
  M.passages(client).leave(client, drafts, process, err, sent and sent.parts)
  return sent, err
end

local function may_wait(client)
  return client.tracking or client.guard and client.guard.counters.may_wait
end

--- Calls a function with the client. What became of its calls stays claimed until it returns, where a guard or a
--- tracking may wait for a store in it.
---@param client vertexsms.AnyClient
---@param fn fun(client: vertexsms.AnyClient, ...: any): any, any
---@param ... any
---@return any result
---@return any err
function M.claimed(client, fn, ...)
  if not may_wait(client) then return fn(client, ...) end
  return kept.around(client, fn, ...)
end

return M
