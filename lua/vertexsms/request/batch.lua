--- The calls of one client:all: coroutines that wait for the loop in `Batch:run`.
--
-- A hook, a store or a callback inside a call may wait for something else. What it yields then is not for the loop: it
-- is passed on to the code that resumes the caller's coroutine, and the loop stands still meanwhile. Where a timer of
-- the caller's resumes the call's coroutine itself, the call wakes the loop when it has come back to it.
--
-- Tested in spec/request/together_spec.lua and spec/regress/yields_inside_all_spec.lua.

local argument = require("vertexsms.check.argument")
local calls = require("vertexsms.request.handle")
local core = require("vertexsms.base.core")
local errors = require("vertexsms.error")
local nested = require("vertexsms.host.loop.nested")
local reasons = require("vertexsms.base.reason")
local waiting = require("vertexsms.host.loop.waiting")

local M = {}

local unpack = rawget(table, "unpack") or rawget(_G, "unpack")

-- What a batch takes of each turn of the host's loop; the rest waits for the next, so that others get theirs.
local TURN_SECONDS = 0.001

-- How long an answer may wait for its turn while other calls wait for a store.
local MIXED_SECONDS = 0.003

-- How often a call may yield to a loop that is not there before it is given up.
local STRAY_YIELDS_MAX = 1000

-- What a coroutine yields when it waits for its batch.
local OWN = {}

local Batch = {}
Batch.__index = Batch

-- The loop waits until it is resumed, and this call was resumed in its place.
local function wake_loop(batch, thread)
  if batch.passing ~= thread then return end
  batch.passing = nil
  waiting.resume(batch.loop, batch.host.report)
end

local function wait(batch, engine, tickets, seconds)
  local thread = coroutine.running()
  batch.wanted[thread] = { engine = engine, tickets = tickets, at = core.now() + seconds }
  wake_loop(batch, thread)
  coroutine.yield(OWN)
  batch.wanted[thread] = nil
end

-- A host inside the host.
local function inner_host(batch, outer)
  return {
    name = outer.name,
    report = outer.report,
    spawn = outer.spawn,
    claim = outer.claim,
    is_over = outer.is_over,
    wait = function(engine, tickets, seconds) wait(batch, engine, tickets, seconds) end,
    sleep = function(seconds) wait(batch, nil, {}, seconds) end,
  }
end

-- Lua 5.1 proper cannot yield across pcall; there the one who resumes the coroutine sees what it raises.
local protect = (rawget(_G, "jit") or _VERSION ~= "Lua 5.1") and pcall or function(fn, ...) return true, fn(...) end

--- What a call ends with that raises: its own outcome, and the others' must not be lost with it.
---@param reason any
---@return vertexsms.Error
function M.failure(reason)
  if argument.is_refusal(reason) then return errors.invalid_argument(nil, reason:match("vertexsms: (.*)$")) end
  if errors.is_error(reason) then return reason end
  return errors.new({ kind = "internal", outcome = "unknown", message = reasons.text(reason) })
end

local function unreadable(reason)
  return errors.invalid_argument("calls", "a call cannot be read: " .. reasons.text(reason))
end

local function leave(batch, thread)
  if not batch.under_way[thread] then return end
  batch.under_way[thread], batch.wanted[thread] = nil, nil
  batch.count = batch.count - 1
  wake_loop(batch, thread)
end

local function call(batch, outcome, method, arguments)
  local ok, result, err = protect(method, batch.client, unpack(arguments, 1, arguments.n))
  if ok then
    outcome.result, outcome.error = result, err
  else
    outcome.error = M.failure(result)
  end
  leave(batch, coroutine.running())
end

local after

-- Where nothing resumes us, nothing can be waited for: such a yield returns at once.
local function go_on_at_once(batch, thread, outcome)
  local count = (batch.strays[thread] or 0) + 1
  batch.strays[thread] = count
  local reason = "a hook, a store or a callback yielded, but no event loop resumes it here"
  if count == 1 then reasons.report(batch.host, "client:all", reason) end
  if count <= STRAY_YIELDS_MAX then return after(batch, thread, outcome, coroutine.resume(thread)) end
  outcome.error = M.failure(reason)
  leave(batch, thread)
end

local function come_back(batch, thread, outcome, ...)
  if batch.passing ~= thread then return end -- it has come back by itself
  batch.passing = nil
  return after(batch, thread, outcome, coroutine.resume(thread, ...))
end

-- After a coroutine was resumed: it waits for us, has ended, or waits for something else.
after = function(batch, thread, outcome, ok, ...)
  if not ok then
    outcome.error = M.failure((...))
    return leave(batch, thread)
  end
  if coroutine.status(thread) == "dead" or rawequal((...), OWN) then return end
  if not batch.can_pass then return go_on_at_once(batch, thread, outcome) end
  batch.passing = thread
  return come_back(batch, thread, outcome, coroutine.yield(...))
end

local function resume(batch, thread)
  after(batch, thread, batch.under_way[thread], coroutine.resume(thread))
end

local function pack(...)
  return { n = select("#", ...), ... }
end

-- What the caller's tables do when they are read must not take the other calls' outcomes away.
local function read(batch, item)
  local ok, method, err = pcall(batch.method_of, item)
  if not ok then return nil, unreadable(method) end
  if not method then return nil, err end
  local arguments
  ok, arguments = pcall(function() return pack(unpack(item, 2, #item)) end)
  if not ok then return nil, unreadable(arguments) end
  return method, arguments
end

local function begin(batch, item)
  local reason = calls.reason_to_end(batch.process)
  if reason then return nil, errors.new({ kind = "closed", message = reason }) end
  return read(batch, item)
end

local function start_next(batch)
  batch.started = batch.started + 1
  local item, outcome = batch.items[batch.started], {}
  batch.outcomes[batch.started] = outcome
  local method, arguments = begin(batch, item)
  if not method then
    outcome.error = arguments
    return
  end
  local thread = nested.create(function() call(batch, outcome, method, arguments) end, batch.can_pass)
  batch.under_way[thread], batch.count = outcome, batch.count + 1
  resume(batch, thread)
end

local function is_due(wanted)
  for _, ticket in ipairs(wanted.tickets) do
    if ticket:is_finished() then return true end
  end
  return core.now() >= wanted.at
end

-- Not the one in whose place we were resumed: it runs.
local function due(batch)
  local threads = {}
  for thread, wanted in pairs(batch.wanted) do
    if is_due(wanted) and coroutine.status(thread) == "suspended" then threads[#threads + 1] = thread end
  end
  return threads
end

-- What has ended makes room for what has not begun. False: there is more to do than time in this turn.
local function advance(batch)
  local may_go_on = waiting.budget(TURN_SECONDS)
  for _, thread in ipairs(due(batch)) do
    if not may_go_on() then return false end
    if batch.wanted[thread] and coroutine.status(thread) == "suspended" then resume(batch, thread) end
  end
  while batch.started < batch.items.n and batch.count < batch.concurrency do
    if not may_go_on() then return false end
    start_next(batch)
  end
  return true
end

-- What calls wait for, by engine: a call may wait for a store, too.
local function awaited(batch, until_when)
  local by_engine = {}
  for _, wanted in pairs(batch.wanted) do
    local tickets = wanted.engine and (by_engine[wanted.engine] or {})
    for _, ticket in ipairs(wanted.tickets) do tickets[#tickets + 1] = ticket end
    if wanted.engine then by_engine[wanted.engine] = tickets end
    until_when = math.min(until_when, wanted.at)
  end
  return by_engine, until_when
end

-- A host waits for one engine at a time. Where calls wait for a store and for the network, they take turns.
local function wait_for_any(batch, most)
  local by_engine, until_when = awaited(batch, core.now() + most)
  local host, own = batch.host, batch.client.engine
  local seconds = math.max(0, until_when - core.now())
  local engine, tickets = next(by_engine)
  if not engine then return host.sleep(seconds, own) end
  local other, others = next(by_engine, engine)
  if not other then return host.wait(engine, tickets, seconds) end
  if engine == own then engine, tickets = other, others end
  host.wait(engine, tickets, math.min(seconds, MIXED_SECONDS))
end

--- Runs all of them.
---@return table outcomes in the order of the items
function Batch:run()
  repeat
    if not advance(self) then
      self.host.sleep(0, self.client.engine)
    elseif self.count > 0 then
      wait_for_any(self, math.huge)
    end
  until self.started == self.items.n and self.count == 0
  return self.outcomes
end

--- Adds a call to a batch that is not run to its end, but turn by turn.
---@param item table
---@return integer number of the call
function Batch:add(item)
  local number = self.items.n + 1
  self.items.n, self.items[number] = number, item
  return number
end

--- Starts what was added, and waits until a call goes on, but not for longer.
---@param seconds number
function Batch:turn(seconds)
  if not advance(self) then return self.host.sleep(0, self.client.engine) end
  if self.count > 0 then wait_for_any(self, seconds) else self.host.sleep(seconds, self.client.engine) end
  advance(self)
end

--- The outcome of a call that was added, and forgets it.
---@param number integer
---@return { result: any, error: vertexsms.Error|nil }
function Batch:take(number)
  local outcome = self.outcomes[number]
  self.items[number], self.outcomes[number] = nil, nil
  return outcome
end

-- Read before the first call begins: a list may be made as it is read, or change meanwhile.
local function copy_of(items)
  local copy = { n = #items }
  for i = 1, copy.n do copy[i] = items[i] end
  return copy
end

--- Makes a batch of the coroutine that runs.
---@param client vertexsms.AnyClient
---@param host vertexsms.Host that the loop waits with
---@param items table[]
---@param concurrency integer
---@param method_of fun(item: any): function|nil, vertexsms.Error|nil
---@return table batch
function M.new(client, host, items, concurrency, method_of)
  local batch = setmetatable({
    host = host, items = copy_of(items), outcomes = {}, concurrency = concurrency, method_of = method_of,
    loop = waiting.running(), can_pass = waiting.can_yield(), started = 0, count = 0,
    under_way = {}, wanted = {}, strays = {}, process = calls.process(),
  }, Batch)
  batch.client = setmetatable({ host = inner_host(batch, host) }, { __index = client })
  return batch
end

return M
