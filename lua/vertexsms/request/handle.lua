--- Calls under way: the ones that were submitted with a callback, and can be cancelled.
--
-- Tested in spec/request/together_spec.lua and spec/host/contract_spec.lua.

local core = require("vertexsms.base.core")

local M = {}

--- What client:submit returns.
---@class vertexsms.Call
---@field is_finished boolean true once the callback has been called
---@field ticket vertexsms.core.Ticket|nil of the attempt under way
local Call = {}
Call.__index = Call

-- A call's ticket leads back to its coroutine, so the values are weak too: the coroutine itself holds its call.
local by_coroutine = setmetatable({}, { __mode = "kv" })

--- A new call, of the coroutine that runs.
---@return vertexsms.Call
function M.new()
  return setmetatable({ is_finished = false, is_cancelled = false, process = core.process_number() }, Call)
end

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

local function current()
  local thread = coroutine.running()
  return thread and by_coroutine[thread]
end

--- For the attempts of a call: was the running coroutine's call given up?
---@return boolean
function M.is_cancelled()
  local call = current()
  return call ~= nil and call.is_cancelled
end

--- The process that the running coroutine's call belongs to: the one that began it.
---@return integer
function M.process()
  local call = current()
  return call and call.process or core.process_number()
end

--- Why a call goes no further in this process, or nil.
---@param process integer that it belongs to
---@return string|nil
function M.reason_to_end(process)
  if core.process_number() == process then return nil end
  return "this process was forked after the call had begun; only the process that began it can finish it"
end

--- For the attempts of a call: one of the running coroutine has become this ticket.
---@param ticket vertexsms.core.Ticket
function M.on_ticket(ticket)
  local call = current()
  if not call then return end
  call.ticket = ticket
  if call.is_cancelled then ticket:cancel() end
end

--- Gives the call up. Its callback is called all the same, with an error of kind `cancelled` whose outcome says
-- whether the request had begun to leave. Between two attempts it is called when the wait for the next one is over.
function Call:cancel()
  self.is_cancelled = true
  if self.ticket then self.ticket:cancel() end
end

return M
