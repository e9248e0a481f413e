--- nginx's timers, of which there may be none left.
--
-- Beyond lua_max_pending_timers (1024) nginx refuses one. Beyond lua_max_running_timers (256) it drops one when its
-- time has come, and tells nothing but its log: such a request is lost. For a moment no other is made then.
--
-- Tested in spec/host/nginx_queue_spec.lua.

local ngx = rawget(_G, "ngx")

local M = {}

local REST_SECONDS = 1
-- A timer without a delay begins in the same turn of the worker's loop, or in the next.
local TURN_SECONDS = 0.01

local none_until = 0

local function refuse()
  none_until = ngx.now() + REST_SECONDS
end

--- Was a timer refused or lost a moment ago?
---@return boolean
function M.are_scarce()
  return ngx.now() < none_until
end

--- Do any timers run, so that there may be none left?
---@return boolean
function M.are_in_use()
  return ngx.timer.running_count() > 0
end

--- Asks for a timer.
---@param run fun()
---@param is_hopeful boolean|nil ask even if there was none a moment ago
---@return table|nil request for `is_lost`; has_begun is true as soon as it runs. Nil: there is none
function M.ask(run, is_hopeful)
  if M.are_scarce() and not is_hopeful then return nil end
  local request = { at = ngx.now(), has_begun = false }
  local is_pending = ngx.timer.at(0, function()
    request.has_begun = true
    run()
  end)
  if is_pending then return request end
  refuse()
  return nil
end

--- Doubts something that is overdue; after a long turn of the worker its time may come a moment later, so the first
-- doubt is not enough.
---@param thing table
---@return boolean
function M.is_doubtful(thing)
  local now = ngx.now()
  thing.doubted_at = thing.doubted_at or now
  return now - thing.doubted_at >= TURN_SECONDS
end

--- Has nginx dropped it?
---@param request table
---@return boolean
function M.is_lost(request)
  if request.has_begun then return false end
  -- None is pending, so ours is not: it was dropped. Else it may be another's that is.
  if ngx.timer.pending_count() > 0 and not M.is_doubtful(request) then return false end
  refuse()
  return true
end

return M
