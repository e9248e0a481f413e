--- Who waits for which ticket, for the hosts that resume coroutines.
--
-- Tested in spec/host/contract_spec.lua.

local core = require("vertexsms.base.core")
local passing = require("vertexsms.host.loop.passing")
local queues = require("vertexsms.host.loop.queue")
local threads = require("vertexsms.host.loop.threads")

local M = {}

--- What waits without a time is looked at so often: its ticket may have finished in another process, or have been
-- collected elsewhere.
M.LOOK_SECONDS = 1

--- Tickets, the first of which to finish ends a wait. They stay in the host's register from one wait to the next, so
-- that a wait costs the same however many there are.
---@class vertexsms.host.Group
local Group = {}
Group.__index = Group

---@return vertexsms.host.Group
function M.group()
  return setmetatable({ tickets = {}, finished = queues.new() }, Group)
end

---@param ticket vertexsms.core.Ticket
function Group:add(ticket)
  self.tickets[ticket] = true
  if self.register then self.register.wakers:set(ticket, self) end
end

---@param ticket vertexsms.core.Ticket
function Group:remove(ticket)
  self.tickets[ticket] = nil
  local wakers = self.register and self.register.wakers
  if wakers and wakers:get(ticket) == self then wakers:take(ticket) end
end

--- One of them has finished, or there is more to take of it.
---@param ticket vertexsms.core.Ticket|vertexsms.core.Sends
function Group:push(ticket)
  self.finished:push(ticket)
end

--- The next of them that has finished since it was added.
---@return vertexsms.core.Ticket|nil
function Group:take()
  local ticket
  repeat ticket = self.finished:take() until not ticket or self.tickets[ticket]
  return ticket
end

--- Looks at all of them, after a wait that brought none: one may have finished in another process, or have been
-- collected elsewhere.
function Group:look()
  for ticket in pairs(self.tickets) do
    if ticket:is_finished() then self:push(ticket) end
  end
end

--- Is there none?
---@return boolean
function Group:is_empty()
  return next(self.tickets) == nil
end

--- Gives all of them up, as one ticket can be.
function Group:cancel()
  for ticket in pairs(self.tickets) do ticket:cancel() end
end

local function is_group(what)
  return type(what) == "table" and getmetatable(what) == Group
end

--- Need what is waited for not be waited for any longer?
---@param what vertexsms.Awaited
---@return boolean
function M.is_finished(what)
  if is_group(what) then return not what.finished:is_empty() end
  return what:is_finished()
end

--- The tickets of what is waited for.
---@param what vertexsms.Awaited
---@return vertexsms.core.Ticket[]
function M.tickets_of(what)
  if not is_group(what) then return { what } end
  local tickets = {}
  for ticket in pairs(what.tickets) do tickets[#tickets + 1] = ticket end
  return tickets
end

-- Who waits for which ticket.
local Waiting = {}
Waiting.__index = Waiting

local function register_of(host, engine)
  local attachments = engine:attachments()
  local register = attachments[host]
  if not register then
    register = setmetatable({ host = host, wakers = passing.new() }, Waiting)
    attachments[host] = register
  end
  return register
end

--- Waits on the calling thread until one of them has finished, or the time is over.
---@param host vertexsms.Host
---@param engine vertexsms.core.Engine
---@param seconds number|nil
function Group:wait(host, engine, seconds)
  local register = register_of(host, engine)
  register:add(self)
  engine:wait(seconds or M.LOOK_SECONDS)
  register:dispatch(engine)
  register:remove(self)
end

--- A register for each engine, which is collected with its engine: the coroutines that wait lead back to it.
---@param host vertexsms.Host
---@return fun(engine: vertexsms.core.Engine): table
function M.registers(host)
  local last = setmetatable({}, { __mode = "v" }) -- most programs have one engine
  return function(engine)
    local register = last.engine == engine and last.register
    if not register then
      register = register_of(host, engine)
      last.engine, last.register = engine, register
    end
    return register
  end
end

--- Goes on with a coroutine, runs work, or calls a function with the ticket, once when it, or one of the group, was
-- collected.
---@param what vertexsms.Awaited
---@param waker thread|nil|vertexsms.Work|fun(ticket: vertexsms.core.Ticket|nil)
function Waiting:add(what, waker)
  if not is_group(what) then return self.wakers:set(what, waker) end
  what.waker = waker
  if what.register == self then return end
  what.register = self
  for ticket in pairs(what.tickets) do self.wakers:set(ticket, what) end
end

--- The wait is over.
---@param what vertexsms.Awaited
function Waiting:remove(what)
  if is_group(what) then what.waker = nil else self.wakers:take(what) end
end

---@return boolean
function Waiting:is_empty()
  return self.wakers:is_empty()
end

-- The yield of a coroutine returns its ticket where that was taken out.
local function wake(self, waker, ticket)
  local kind = type(waker)
  if kind == "thread" then return threads.resume(waker, self.host.report, ticket) end
  if kind == "table" then return threads.start(waker, self.host.report) end
  waker(ticket)
end

-- A group with no wait under way has none.
local function waker_of(waker)
  if is_group(waker) then return waker.waker end
  return waker
end

-- A ticket was collected.
local function hand_over(self, ticket)
  local waker = self.wakers:take(ticket)
  if not waker then return end
  if not is_group(waker) then return wake(self, waker, ticket) end
  waker:push(ticket)
  if waker.waker then wake(self, waker.waker, ticket) end
end

--- Wakes one that waits, without a ticket.
function Waiting:wake_one()
  for _, waker in self.wakers:pairs() do
    waker = waker_of(waker)
    if waker then return wake(self, waker) end
  end
end

--- Wakes all of them.
function Waiting:wake_all()
  local wakers = {}
  for _, waker in self.wakers:pairs() do wakers[waker_of(waker) or false] = true end
  wakers[false] = nil
  for waker in pairs(wakers) do wake(self, waker) end
end

--- Collects what has finished and wakes the coroutines that wait for it. Returns how many were collected.
---@param engine vertexsms.core.Engine
---@param deadline number|nil on the clock of core.now: but for the first, what is not collected by then is left for the
---  next time
---@return integer
function Waiting:dispatch(engine, deadline)
  local ticket, count = engine:collect()
  while ticket do
    hand_over(self, ticket)
    if self.on_collected then self.on_collected(ticket) end
    local more
    ticket, more = engine:collect(deadline)
    count = count + more
  end
  return count
end

--- Wakes what waits for a ticket that has finished and can be collected no more.
---@param engine vertexsms.core.Engine
function Waiting:look(engine)
  if engine:counters().uncollected > 0 then return end
  local finished = {}
  for ticket in self.wakers:pairs() do
    if ticket:is_finished() then finished[#finished + 1] = ticket end
  end
  for _, ticket in ipairs(finished) do hand_over(self, ticket) end
end

--- The same, now and then.
---@param engine vertexsms.core.Engine
function Waiting:look_again(engine)
  local now = core.now()
  if now < (self.look_at or 0) then return end
  self.look_at = now + M.LOOK_SECONDS
  self:look(engine)
end

return M
