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
local kept_calls = require("vertexsms.request.kept")
local nested = require("vertexsms.host.loop.nested")
local plain = require("vertexsms.request.plain")
local plain_sends = require("vertexsms.request.plain_sends")
local reasons = require("vertexsms.base.reason")
local threads = require("vertexsms.host.loop.threads")
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
  threads.resume(batch.loop, batch.host.report)
end

-- The tickets of an engine, or of a store, that calls wait for.
local function group_of(batch, engine)
  local group = batch.groups[engine]
  if not group then
    group = waiting.group()
    batch.groups[engine], batch.all_groups[#batch.all_groups + 1] = group, group
  end
  return group
end

local function wait_for_ticket(batch, engine, ticket)
  local thread, group = coroutine.running(), group_of(batch, engine)
  batch.waiting[ticket] = thread
  group:add(ticket)
  wake_loop(batch, thread)
  coroutine.yield(OWN)
  group:remove(ticket)
  batch.waiting[ticket] = nil
end

local function wait_for_time(batch, seconds)
  local thread = coroutine.running()
  local at = core.now() + seconds
  batch.sleeping[thread], batch.next_at = at, math.min(batch.next_at, at)
  wake_loop(batch, thread)
  coroutine.yield(OWN)
  batch.sleeping[thread] = nil
end

-- A host inside the host.
local function inner_host(batch, outer)
  return {
    name = outer.name,
    report = outer.report,
    spawn = outer.spawn,
    claim = outer.claim,
    is_over = outer.is_over,
    wait = function(engine, ticket) wait_for_ticket(batch, engine, ticket) end,
    sleep = function(seconds) wait_for_time(batch, seconds) end,
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
  batch.under_way[thread] = nil
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

local function run(batch, number, method, arguments)
  local outcome = { result = nil }
  batch.outcomes[number] = outcome
  local thread = nested.create(function() call(batch, outcome, method, arguments) end, batch.can_pass)
  batch.under_way[thread], batch.count = outcome, batch.count + 1
  resume(batch, thread)
end

-- Plain sends need no coroutines, and as many of them begin at once as there is room for. False: the next is not one.
local function start_plain(batch, deadline)
  local sends, is_over = batch.sends, batch.host.is_over
  if not sends or calls.reason_to_end(batch.process) or is_over and is_over() then return false end
  local first, last = batch.started + 1, math.min(batch.started + batch.concurrency - batch.count, batch.items.n)
  local count = sends:submit(batch.items, first, last, deadline)
  if count == 0 then return false end
  batch.started, batch.count = batch.started + count, batch.count + count
  return true
end

local function take_plain(batch, deadline)
  local count, number, attempt = batch.sends:take(deadline)
  batch.count = batch.count - count
  if attempt then run(batch, number, plain.go_on, { attempt, n = 1 }) end
end

local function start_next(batch, deadline)
  if start_plain(batch, deadline) then return end
  local number = batch.started + 1
  batch.started = number
  local method, arguments = begin(batch, batch.items[number])
  if method then run(batch, number, method, arguments) else batch.outcomes[number] = { error = arguments } end
end

-- Not the one in whose place we were resumed: it runs.
local function can_go_on(batch, thread)
  return batch.under_way[thread] and coroutine.status(thread) == "suspended"
end

-- What waits for a ticket goes on: a coroutine, or plain sends.
local function go_on_after(batch, ticket, deadline)
  if batch.sends and ticket == batch.sends.ticket then return take_plain(batch, deadline) end
  local waiter = batch.waiting[ticket]
  if not waiter then return end
  if can_go_on(batch, waiter) then return resume(batch, waiter) end
  batch.has_skipped = batch.has_skipped or batch.under_way[waiter] ~= nil
end

-- The next ticket that has finished.
local function take_finished(batch)
  for i = 1, #batch.all_groups do
    local ticket = batch.all_groups[i]:take()
    if ticket then return ticket end
  end
end

-- Those that have slept long enough.
local function take_rested(batch)
  local rested, now = {}, core.now()
  if now < batch.next_at then return rested end
  batch.next_at = math.huge
  for thread, at in pairs(batch.sleeping) do
    if at <= now and can_go_on(batch, thread) then
      rested[#rested + 1] = thread
    else
      batch.next_at = math.min(batch.next_at, at)
    end
  end
  return rested
end

-- False: there is more to do than time in this turn.
local function go_on(batch, deadline)
  for _, thread in ipairs(take_rested(batch)) do
    if batch.sleeping[thread] and can_go_on(batch, thread) then resume(batch, thread) end
    if core.now() >= deadline then
      batch.next_at = 0
      return false
    end
  end
  local ticket = take_finished(batch)
  while ticket do
    go_on_after(batch, ticket, deadline)
    if core.now() >= deadline then return false end
    ticket = take_finished(batch)
  end
  return true
end

-- What has ended makes room for what has not begun. False: there is more to do than time in this turn.
local function advance(batch)
  local deadline = core.now() + TURN_SECONDS
  if not go_on(batch, deadline) then return false end
  while batch.started < batch.items.n and batch.count < batch.concurrency do
    start_next(batch, deadline)
    if core.now() >= deadline then return false end
  end
  return true
end

local function look(batch)
  for _, group in pairs(batch.groups) do group:look() end
end

-- The engine that is waited for, and whether there is another; the client's own only where it is the only one.
local function awaited(batch)
  local own, chosen, count = batch.client.engine, nil, 0
  for engine, group in pairs(batch.groups) do
    if next(group.tickets) ~= nil then
      count = count + 1
      if chosen == nil or chosen == own then chosen = engine end
    end
  end
  return chosen, count > 1
end

-- What finished may have told no call: the register of a host knows a group only from the first wait for it, and a
-- coroutine that ran when its turn had come does not get another.
local function is_left_behind(batch, group)
  if batch.has_skipped or not group.register then group:look() end
  batch.has_skipped = false
  return waiting.is_finished(group)
end

-- Until a call goes on; with `most`, not for longer than that many seconds. A host waits for one engine at a time: if
-- calls wait for a store and for the network, they take turns.
local function wait_for_any(batch, most)
  local host, seconds = batch.host, most
  if batch.next_at < math.huge then seconds = math.min(most or math.huge, math.max(0, batch.next_at - core.now())) end
  local engine, is_mixed = awaited(batch)
  if not engine then return host.sleep(seconds or 0, batch.client.engine) end
  if is_left_behind(batch, batch.groups[engine]) then return host.sleep(0, batch.client.engine) end
  if is_mixed then seconds = math.min(seconds or math.huge, MIXED_SECONDS) end
  host.wait(engine, batch.groups[engine], seconds)
  local is_time = core.now() >= batch.next_at
  if is_mixed or not is_time and not waiting.is_finished(batch.groups[engine]) then look(batch) end
end

--- Runs all of them. Where they may be killed, all plain sends have one claim, which is lost with this coroutine.
---@return table outcomes in the order of the items
function Batch:run()
  local host, kept, outcomes = self.host, kept_calls.new(self.host), core.new_table(self.items.n, 0)
  self.sends = plain_sends.new(self.client, outcomes, group_of(self, self.client.engine))
  local claim = self.sends and host.claim and host.claim(self.client.engine)
  if claim then claim:on_sends(self.sends) end
  self.client.host.claim = kept.claim
  repeat
    if not advance(self) then
      host.sleep(0, self.client.engine)
    elseif self.count > 0 then
      wait_for_any(self)
    end
  until self.started == self.items.n and self.count == 0
  for number, outcome in pairs(self.outcomes) do outcomes[number] = outcome end
  kept:tell()
  if claim then claim:on_told() end
  return outcomes
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
  local count = #items
  local copy = core.new_table(count, 1)
  for i = 1, count do copy[i] = items[i] end
  copy.n = count
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
  local copy = copy_of(items)
  local batch = setmetatable({
    host = host, items = copy, outcomes = {}, concurrency = concurrency, method_of = method_of,
    loop = threads.running(), can_pass = threads.can_yield(), started = 0, count = 0,
    under_way = {}, strays = {}, process = calls.process(), groups = {}, all_groups = {},
    waiting = {}, sleeping = {}, next_at = math.huge, -- tickets and their coroutines; coroutines and until when
    has_skipped = false, -- a ticket has finished whose coroutine could not go on just then
  }, Batch)
  batch.client = setmetatable({ host = inner_host(batch, host) }, { __index = client })
  return batch
end

return M
