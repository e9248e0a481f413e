--- Calls under way: the ones that were submitted with a callback, and can be cancelled.

local M = {}

--- What client:submit returns.
---@class vertexsms.Call
---@field is_finished boolean true once the callback has been called
---@field ticket userdata|nil of the attempt under way
local Call = {}
Call.__index = Call

local by_coroutine = setmetatable({}, { __mode = "k" })

--- A new call, of the coroutine that runs.
---@return vertexsms.Call
function M.new()
  return setmetatable({ is_finished = false, is_cancelled = false }, Call)
end

--- Says that the running coroutine is the call's.
---@param call vertexsms.Call
function M.enter(call)
  local thread = coroutine.running()
  if thread then by_coroutine[thread] = call end
end

--- Says that it is no longer: what a callback does is no part of the call.
function M.leave()
  local thread = coroutine.running()
  if thread then by_coroutine[thread] = nil end
end

local function current()
  local thread = coroutine.running()
  return thread and by_coroutine[thread]
end

--- For the transport: was the running coroutine's call given up?
---@return boolean
function M.is_cancelled()
  local call = current()
  return call ~= nil and call.is_cancelled
end

--- For the transport: an attempt of the running coroutine has become this ticket.
---@param ticket userdata
function M.on_ticket(ticket)
  local call = current()
  if not call then return end
  call.ticket = ticket
  if call.is_cancelled then ticket:cancel() end
end

--- Gives the call up.  Its callback is called all the same, with an error of kind `cancelled` whose outcome says
-- whether the request had begun to leave.  Between two attempts it is called when the wait for the next one is over.
function Call:cancel()
  self.is_cancelled = true
  if self.ticket then self.ticket:cancel() end
end

return M
