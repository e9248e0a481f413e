--- Calls whose outcome was not told yet. A light thread may be killed, or end with its request, at any wait of a call.
-- That does not take the message back, so what became of it is written to the error log.
--
-- The light thread holds a guard. When it is gone, the garbage collector finds the guard. When the Lua VM is closed,
-- as at the end of a worker, the last sentinel is found first and tells of all that are left.
--
-- Tested in spec/host/nginx_spec.lua and spec/host/nginx_queue_spec.lua.

-- luacheck: read globals debug.getfenv debug.setfenv
local logs = require("vertexsms.host.nginx.log")
local newproxy = rawget(_G, "newproxy")

local M = {}

local BODY_BYTES_MAX = 200

-- Calls by their tickets, and all of them.
local by_ticket, open = {}, {}
local sentinel_number, closers = 0, {}

local function log(...)
  logs.warn("vertexsms: nobody waits any more: the light thread that waited has gone: its ", ...)
end

local function close(claim)
  open[claim] = nil
  if claim.ticket then by_ticket[claim.ticket] = nil end
end

local function log_response(claim, response)
  local body = ""
  if response.kind == "ok" then
    body = ": " .. claim.engine:redact(response.body):sub(1, BODY_BYTES_MAX):gsub("[%z\1-\31\127]", " ")
  end
  local earlier = claim.outcome == "unknown" and ", after an attempt of unknown outcome" or ""
  log("request ended as ", response.kind, ", outcome ", response.outcome, earlier, body)
end

-- Nothing waits for it: it is told to the log, at once or when its request has ended. Whatever allocates may be when
-- the collector finds this very claim's guard: the response is made first, and the claim closed before it is logged.
local function lose(claim)
  local response = open[claim] and claim.ticket and claim.ticket:response()
  if not open[claim] then return end
  claim.is_lost = true
  if claim.ticket and not response then return end
  close(claim)
  if response then
    log_response(claim, response)
  elseif claim.ended then
    log("call had ended, outcome ", claim.ended)
  elseif claim.outcome then
    log("call was about to be repeated, outcome ", claim.outcome)
  end
end

--- The request of a ticket has ended, and nothing waits for it.
---@param ticket vertexsms.core.Ticket
function M.lose(ticket)
  local claim = by_ticket[ticket]
  if claim then lose(claim) end
end

--- The request of a ticket has ended; what nothing waits for is logged.
---@param ticket vertexsms.core.Ticket
function M.on_finished(ticket)
  local claim = by_ticket[ticket]
  if claim and claim.is_lost then lose(claim) end
end

--- Is there any call whose outcome was not told?
---@return boolean
function M.are_open()
  return next(open) ~= nil
end

local function proxy(on_collected)
  local template = newproxy(true)
  getmetatable(template).__gc = function(self) on_collected(debug.getfenv(self)) end
  return function(facts)
    local made = newproxy(template)
    debug.setfenv(made, facts)
    return made
  end
end

-- A guard that another has taken the place of says nothing.
local new_guard = proxy(function(facts)
  if facts.claim and facts.claim.stage == facts.stage then lose(facts.claim) end
end)

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

local new_sentinel = proxy(function(facts)
  if facts.number == sentinel_number then tell_all() end
end)

--- Does something when the Lua VM is closed.
---@param closer fun()
function M.at_close(closer)
  closers[#closers + 1] = closer
end

--- Userdata are finalized in the reverse order in which they were made: the last sentinel before every ticket.
function M.renew_sentinel()
  sentinel_number = sentinel_number + 1
  M.sentinel = new_sentinel({ number = sentinel_number })
end

local Claim = {}
Claim.__index = Claim

-- What the light thread holds is not the claim but this: the claim would be found by way of the ticket.
local function renew_guard(self)
  local claim = self.claim
  claim.stage = claim.stage + 1
  self.guard = new_guard({ claim = claim, stage = claim.stage })
end

--- An attempt has become this ticket.
---@param ticket vertexsms.core.Ticket
function Claim:on_ticket(ticket)
  self.claim.ticket = ticket
  by_ticket[ticket] = self.claim
  renew_guard(self)
  M.renew_sentinel()
end

--- An attempt has failed; another may follow.
---@param err vertexsms.Error
function Claim:on_failure(err)
  local claim = self.claim
  if claim.ticket then by_ticket[claim.ticket] = nil end
  claim.ticket = nil
  if claim.outcome ~= "unknown" then claim.outcome = err.outcome end
  renew_guard(self)
end

--- The call has ended, and something else is waited for before its caller is told.
---@param outcome vertexsms.Outcome
function Claim:on_ended(outcome)
  self.claim.ended = outcome
  renew_guard(self)
  M.renew_sentinel()
end

--- The call has ended, and its caller is told.
function Claim:on_told()
  close(self.claim)
  self.claim.stage = -1
end

--- For a call of the light thread that runs.
---@param engine vertexsms.core.Engine
---@return table claim to be held by that light thread alone
function M.new(engine)
  local claim = { engine = engine, stage = 0 }
  open[claim] = true
  return setmetatable({ claim = claim }, Claim)
end

return M
