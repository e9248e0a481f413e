--- Calls under way: the ones that were submitted with a callback, and can be cancelled.
--
-- Tested in spec/request/together_spec.lua and spec/host/contract_spec.lua.

local core = require("vertexsms.base.core")

local M = {}

--- What client:submit returns: see work.lua.
---@class vertexsms.Call
---@field is_finished boolean true once the callback has been called
---@field is_cancelled boolean
---@field process integer|nil that began it
---@field ticket vertexsms.core.Ticket|nil of the attempt under way
local Call = {}
M.Call = Call

-- A call's ticket leads back to its coroutine, so the values are weak too: the coroutine itself holds its call.
local by_coroutine = setmetatable({}, { __mode = "kv" })

--- Says that the running coroutine is the call's.
---@param call vertexsms.Call
function M.enter(call)
  local thread = coroutine.running()
  if thread then by_coroutine[thread] = call end
end

--- Says that it is no longer: what a callback does is not part of the call.
function M.leave()
  local thread = coroutine.running()
  if thread then by_coroutine[thread] = nil end
end

--- The call of the running coroutine.
---@return vertexsms.Call|nil
function M.current()
  local thread = coroutine.running()
  return thread and by_coroutine[thread]
end

--- The process that a call belongs to: the one that began it.
---@param call vertexsms.Call|nil
---@return integer
function M.process_of(call)
  return call and call.process or core.process_number()
end

--- The process that the running coroutine's call belongs to.
---@return integer
function M.process()
  return M.process_of(M.current())
end

--- Why a call goes no further in this process, or nil.
---@param process integer that it belongs to
---@return string|nil
function M.reason_to_end(process)
  if core.process_number() == process then return nil end
  return "this process was forked after the call had begun; only the process that began it can finish it"
end

-- For the attempts of the call: one has become this ticket.
function Call:on_ticket(ticket)
  self.ticket = ticket
  if self.is_cancelled then ticket:cancel() end
end

--- Gives the call up. Its callback is called all the same, with an error of kind `cancelled` whose outcome says
-- whether the request had begun to leave. Between two attempts it is called when the wait for the next one is over.
function Call:cancel()
  self.is_cancelled = true
  if self.ticket then self.ticket:cancel() end
end

return M
