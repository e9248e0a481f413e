--- Submitted calls and their callbacks, in each worker. The queues are ours; timers only come for what is in them.
--
-- A callback belongs into a timer: in a request it would see, and could end, what is another's. A call has nothing of
-- the caller's but its hooks; where nginx has no timer, the next call that waits makes those calls beside its own.
--
-- Tested in spec/host/nginx_queue_spec.lua.

local claims = require("vertexsms.host.nginx.claims")
local logs = require("vertexsms.host.nginx.log")
local queues = require("vertexsms.host.loop.queue")
local reasons = require("vertexsms.base.reason")
local timers = require("vertexsms.host.nginx.timers")

local ngx = rawget(_G, "ngx")

local M = {}

-- Calls under way at once, and timers that were asked for and have not begun: nginx logs each that it drops.
local RUNNING_MAX, ASKED_MAX = 100, 10
-- Calls beside that of a request that has to make them.
local ASSISTANTS_MAX = 10
local QUEUE_MAX = 100000
-- Where nothing was taken for so long, the timers that ought to are gone.
local STUCK_SECONDS = 5
local VERIFY_TURNS_MAX = 50
local RETRY_SECONDS, WARNING_SECONDS = { 1, 5, 25 }, 60

local calls, callbacks = queues.new(), queues.new()

-- Weak: a hook that ends its timer with ngx.exit never comes back to give its place to another.
local places, asked = setmetatable({}, { __mode = "k" }), {}
-- Light threads of ours, and those of the caller's that make a call for another.
local own, helping = setmetatable({}, { __mode = "k" }), setmetatable({}, { __mode = "k" })
local taken_at, retried_at, warned_at = 0, -math.huge, -math.huge

local function count(set)
  local number = 0
  for _ in pairs(set) do number = number + 1 end
  return number
end

local function length()
  return calls:length() + callbacks:length()
end

--- Is nothing left to do?
---@return boolean
function M.is_empty()
  return length() == 0
end

local function take(queue)
  taken_at = ngx.now()
  return queue:take()
end

local work_off

local function count_asked()
  for request in pairs(asked) do
    if request.has_begun or timers.is_lost(request) then asked[request] = nil end
  end
  return count(asked)
end

local function ask(is_hopeful)
  local pending = count_asked()
  local wanted = math.min(length(), RUNNING_MAX - count(places), ASKED_MAX) - pending
  for _ = 1, is_hopeful and math.min(wanted, 1) or wanted do
    local request = timers.ask(work_off, is_hopeful)
    if not request then return end
    asked[request] = true
  end
end

local function report(reason)
  ngx.log(ngx.ERR, reasons.line(reason))
end

local function traceback(reason)
  return debug.traceback(reasons.text(reason), 2)
end

-- Should the timers that were asked for be dropped, with no call after them.
local function retry_later()
  if ngx.now() - retried_at < RETRY_SECONDS[#RETRY_SECONDS] then return end
  retried_at = ngx.now()
  for _, seconds in ipairs(RETRY_SECONDS) do ngx.timer.at(seconds, function() work_off() end) end
end

-- A callback may end the timer with ngx.exit: before it, the place is given up, and others are asked for. If it does,
-- there is a timer to be had, its own.
local function leave(place)
  places[place], own[coroutine.running()] = nil, nil
  if length() == 0 then return end
  ask(timers.are_scarce())
  retry_later()
end

local function call_back(place, callback)
  leave(place)
  local ok, reason = xpcall(callback.tell, traceback)
  if not ok then report(reason) end
end

local function call(place, work)
  local ok, reason = xpcall(work.run, traceback, work, function(callback) call_back(place, callback) end)
  if not ok then report(reason) end
end

-- In a timer of its own. What one call raises must not keep the others from their turn.
work_off = function()
  local place, thread = {}, coroutine.running()
  while length() > 0 and count(places) < RUNNING_MAX do
    places[place], own[thread] = true, true
    local callback = take(callbacks)
    if callback then
      call_back(place, callback)
    else
      local work = take(calls)
      ask()
      call(place, work)
    end
    places[place], own[thread] = nil, nil
  end
end

-- In a request, where no callback may run.
local function call_for_another()
  local place = {}
  places[place] = true
  local work = take(calls)
  local ok, reason = xpcall(work.run, traceback, work, function(callback) callbacks:push(callback) end)
  if not ok then report(reason) end
  places[place] = nil
end

local verify

-- In a light thread of its own, beside a request's.
local function assist()
  local thread = coroutine.running()
  own[thread] = true
  while not calls:is_empty() and timers.are_scarce() do call_for_another() end
  ask()
  verify()
  own[thread] = nil
end

local function warn()
  if ngx.now() - warned_at < WARNING_SECONDS then return end
  warned_at = ngx.now()
  ngx.log(ngx.WARN, "vertexsms: nginx has no timer left (lua_max_running_timers, lua_max_pending_timers): ",
    calls:length(), " submitted calls and ", callbacks:length(), " callbacks wait")
end

local function is_moving()
  return count_asked() > 0 or next(places) ~= nil and ngx.now() - taken_at < STUCK_SECONDS
end

-- A light thread that was killed never takes notice of its own that have ended, and nginx waits for these for ever. So
-- there a call is made in the same light thread. (Only a parent can kill; asked by itself, nginx tells what it is.)
local function may_be_killed()
  local thread = coroutine.running()
  if own[thread] then return false end
  local _, reason = ngx.thread.kill(thread)
  return reason ~= "not user thread"
end

local function assist_here()
  local thread = coroutine.running()
  if calls:is_empty() or helping[thread] then return end
  helping[thread] = true
  call_for_another()
  helping[thread] = nil
end

local function help()
  if may_be_killed() then return assist_here() end
  for _ = 1, math.min(calls:length(), ASSISTANTS_MAX) do ngx.thread.spawn(assist) end
end

--- Sees to it that what is in the queues is worked on.
---@param can_assist boolean can the coroutine that runs wait?
---@param is_dispatcher boolean|nil is its timer our own?
function M.take_over(can_assist, is_dispatcher)
  if length() == 0 then return end
  ask()
  if is_moving() then return end
  places[next(places) or 0] = nil
  ask()
  if count_asked() > 0 then return end
  warn()
  retry_later()
  if is_dispatcher then
    ngx.thread.spawn(work_off)
  elseif can_assist then
    help()
  end
end

-- nginx may drop the timer that was asked for, and perhaps no other call comes in this worker. So the request that
-- submits waits for the turn in which the timer begins; where none does, it makes the call.
verify = function()
  for _ = 1, VERIFY_TURNS_MAX do
    if length() == 0 then return end
    ngx.sleep(0.001)
    M.take_over(true)
    if count_asked() == 0 or next(places) ~= nil then return end
  end
end

-- nginx uses a light thread that has ended again for another: what is noted of it must not stay.
local function verify_beside()
  local thread = coroutine.running()
  own[thread] = true
  verify()
  own[thread] = nil
end

--- Takes work on.
---@param work vertexsms.Work
---@param can_assist boolean
---@return boolean false: there is too much of it already
function M.add(work, can_assist)
  if calls:length() >= QUEUE_MAX then return false end
  local was_moving = is_moving()
  calls:push(work)
  M.take_over(can_assist)
  if not can_assist or was_moving or not timers.are_in_use() then return true end
  if may_be_killed() then verify() else ngx.thread.spawn(verify_beside) end
  return true
end

claims.at_close(function()
  if not calls:is_empty() then
    logs.warn("vertexsms: the worker is ending: ", calls:length(),
      " submitted calls were never started, outcome not_sent")
  end
  for callback in function() return callbacks:take() end do
    logs.warn("vertexsms: the worker is ending: a callback was not called: ", callback.about())
  end
end)

return M
