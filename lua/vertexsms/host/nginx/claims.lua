--- Calls whose outcome was not told yet. A light thread may be killed, or end with its request, at any wait of a call.
-- That does not take the message back, so what became of it is written to the error log.
--
-- The light thread holds a guard. When it is gone, the garbage collector finds the guard; that of a call whose caller
-- was told is used again. When the Lua VM is closed, as at the end of a worker, the sentinel tells of all that are
-- left.
--
-- Tested in spec/host/nginx_spec.lua and spec/host/nginx_queue_spec.lua.

-- luacheck: read globals debug.getfenv debug.setfenv
local ffi = require("ffi")
local jit = require("jit")
local logs = require("vertexsms.host.nginx.log")
local newproxy = rawget(_G, "newproxy")

local M = {}

local BODY_BYTES_MAX = 200
-- Claims that are kept for other calls.
local IDLE_MAX = 1000

-- All of them, and by their tickets those whose light thread has gone while the request was under way.
local open, lost = {}, {}
local idle, closers = {}, {}

local function log(...)
  logs.warn("vertexsms: the light thread that waited has gone: its ", ...)
end

local function close(claim)
  open[claim] = nil
  if claim.ticket then lost[claim.ticket] = nil end
end

local function shown(claim, answer)
  if not answer then return "" end
  return ": " .. claim.engine:redact(answer):sub(1, BODY_BYTES_MAX):gsub("[%z\1-\31\127]", " ")
end

-- It may have been sent twice.
local function earlier(claim)
  return claim.outcome == "unknown" and ", after an attempt of unknown outcome" or ""
end

local function log_response(claim, response)
  local body = shown(claim, response.kind == "ok" and response.body)
  log("request ended as ", response.kind, ", outcome ", response.outcome, earlier(claim), body)
end

local function log_ended(claim, outcome, answer)
  local before = outcome == "accepted" and earlier(claim) or ""
  log("call had ended, outcome ", outcome, before, shown(claim, answer))
end

-- Of many plain sends some have been taken, some have ended, and some may not have. While they are logged the claim is
-- not open, see below. Not with pairs: in a finalizer, a loop with it that LuaJIT has compiled may never end.
local function lose_sends(claim)
  local sends, taken = claim.sends, claim.sends.outcomes
  open[claim], sends.outcomes = nil, nil
  for number = 1, taken and sends.last or 0 do
    if taken[number] then log_ended(claim, "accepted", taken[number].result.id) end
  end
  repeat
    local count, _, attempt = sends:take(math.huge)
    if attempt then log_response(claim, attempt.response) end
  until count == 0
  if sends.count == 0 then return close(claim) end
  open[claim], lost[claim.ticket] = true, claim
end

-- Nothing waits for it: it is told to the log, at once or when its request has ended. Whatever allocates may be when
-- the collector finds this very claim's guard: the response is made first, and the claim closed before it is logged.
local function lose(claim)
  if open[claim] and claim.sends then return lose_sends(claim) end
  local response = open[claim] and claim.ticket and claim.ticket:response()
  if not open[claim] then return end
  if claim.ticket and not response then
    lost[claim.ticket] = claim
    return
  end
  close(claim)
  if response then
    log_response(claim, response)
  elseif claim.ended then
    log_ended(claim, claim.ended, claim.answer)
  elseif claim.outcome then
    log("call was about to be repeated, outcome ", claim.outcome)
  end
end

--- The request of a ticket has ended, and nothing waits for it.
---@param ticket vertexsms.core.Ticket
function M.lose(ticket)
  for claim in pairs(open) do
    if claim.ticket == ticket then return lose(claim) end
  end
end

--- The request of a ticket has ended; what nothing waits for is logged.
---@param ticket vertexsms.core.Ticket
function M.on_finished(ticket)
  local claim = lost[ticket]
  if claim then lose(claim) end
end

--- Is there any call whose outcome was not told?
---@return boolean
function M.are_open()
  return next(open) ~= nil
end

local template = newproxy(true)
getmetatable(template).__gc = function(guard) lose(debug.getfenv(guard).claim) end

local function new_guard(claim)
  local guard = newproxy(template)
  debug.setfenv(guard, { claim = claim })
  return guard
end

local function tell_all()
  local engines = {}
  for claim in pairs(open) do engines[claim.engine] = true end
  for engine in pairs(engines) do
    engine:close()
    for _ in function() return engine:collect() end do end -- luacheck: ignore 542
  end
  for claim in pairs(open) do lose(claim) end
  for _, closer in ipairs(closers) do closer() end
end

jit.off(tell_all) -- see lose_sends
--- LuaJIT finalizes cdata first when it closes a VM (lua_close), so the engines and the tickets are still there.
M.sentinel = ffi.gc(ffi.new("char[1]"), tell_all)

--- Does something when the Lua VM is closed.
---@param closer fun()
function M.at_close(closer)
  closers[#closers + 1] = closer
end

-- What the light thread holds is not the claim, which all can find, but this.
local Claim = {}
Claim.__index = Claim

--- An attempt has become this ticket.
---@param ticket vertexsms.core.Ticket
function Claim:on_ticket(ticket)
  self.claim.ticket = ticket
end

--- Plain sends will be under way. They have ended for their caller when he is told of all.
---@param sends vertexsms.request.PlainSends that do not hold the claim
function Claim:on_sends(sends)
  self.claim.sends, self.claim.ticket = sends, sends.ticket
end

--- An attempt has failed; another may follow.
---@param err vertexsms.Error
function Claim:on_failure(err)
  local claim = self.claim
  claim.ticket = nil
  if claim.outcome ~= "unknown" then claim.outcome = err.outcome end
end

--- The call has ended, and something else is waited for before its caller is told.
---@param outcome vertexsms.Outcome
---@param answer string|nil of the service
function Claim:on_ended(outcome, answer)
  local claim = self.claim
  claim.ended, claim.answer, claim.ticket = outcome, answer, nil
end

--- The call has ended, and its caller is told.
function Claim:on_told()
  local claim = self.claim
  close(claim)
  claim.engine, claim.ticket, claim.sends, claim.outcome, claim.ended, claim.answer = nil, nil, nil, nil, nil, nil
  if #idle < IDLE_MAX then idle[#idle + 1] = self end
end

local function make()
  local claim = {}
  return setmetatable({ claim = claim, guard = new_guard(claim) }, Claim)
end

--- For a call of the light thread that runs.
---@param engine vertexsms.core.Engine
---@return table claim to be held by that light thread alone
function M.new(engine)
  local self = table.remove(idle) or make()
  self.claim.engine = engine
  open[self.claim] = true
  return self
end

return M
