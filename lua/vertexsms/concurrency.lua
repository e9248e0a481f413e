--- Many calls at once: client:submit, client:all, client:update.

local argument = require("vertexsms.argument")
local blocking = require("vertexsms.host.blocking")
local calls = require("vertexsms.calls")
local core = require("vertexsms.core")
local checks = require("vertexsms.checks")
local errors = require("vertexsms.error")
local schema = require("vertexsms.schema")
local waiting = require("vertexsms.host.waiting")

local M = {}

local unpack = rawget(table, "unpack") or rawget(_G, "unpack")

-- What client:all takes of each turn of the host's loop; the rest waits for the next, so that others get theirs.
local TURN_SECONDS = 0.001

local ALL_OPTIONS = schema.rules({ { name = "concurrency", type = "integer", check = checks.between(1, 10000) } })

-- Methods that are calls: not the ones below, which would have to wait for themselves.
local function method_of(name)
  local method = name ~= "close" and not M[name] and require("vertexsms.client").methods[name]
  return method or nil
end

local function unknown_method(name)
  return errors.invalid_argument("method", ("there is no method %q to call"):format(tostring(name)))
end

-- Lua 5.1 proper cannot yield across pcall.
local can_protect = rawget(_G, "jit") ~= nil or _VERSION ~= "Lua 5.1"

-- A wrong argument is raised before anything has left, far from whoever gave it: the callback hears of it.
local function call_method(method, ...)
  if not can_protect then return method(...) end
  local ok, result, err = pcall(method, ...)
  if ok then return result, err end
  if not argument.is_refusal(result) then error(result, 0) end
  return nil, errors.invalid_argument(nil, result)
end

--- Calls a method and the callback, with the error or the result, when it has ended.  In a host that waits, this
-- returns at once; without an event loop it returns after the callback.
--
--     client:submit("send", message, function(err, sent) ... end)
---@param name string of the method
---@param ... any its arguments, and last the callback: fun(err: vertexsms.Error|nil, result: any)
---@return vertexsms.Call
function M:submit(name, ...)
  local count = select("#", ...)
  local arguments, callback = { ... }, (select(count > 0 and count or 1, ...))
  argument.check(callback, "function", "callback")
  local call, method = calls.new(), method_of(name)
  self.host.spawn(function()
    calls.enter(call)
    local result, err
    if method then
      result, err = call_method(method, self, unpack(arguments, 1, count - 1))
    else
      err = unknown_method(name)
    end
    calls.leave()
    call.is_finished = true
    callback(err, result)
  end)
  return call
end

-- A host inside the host: coroutines that yield what they wait for, to the loop in client:all.
local function inner_host(outer)
  return {
    name = outer.name,
    report = outer.report,
    spawn = outer.spawn,
    wait = function(_, tickets, seconds)
      coroutine.yield({ tickets = tickets, at = core.now() + seconds })
    end,
    sleep = function(seconds)
      coroutine.yield({ tickets = {}, at = core.now() + seconds })
    end,
  }
end

-- Where nothing can yield, the thread waits; but in some places not even that will do.
local function waiter(client)
  local host = client.host
  if not host.can_wait then return host end
  local can_wait, reason = host.can_wait()
  if reason then return nil, errors.invalid_argument(nil, reason) end
  return can_wait and host or blocking
end

-- What goes wrong before anything was waited for is that item's own: the others' outcomes must not be lost with it.
local function start_next(batch)
  batch.started = batch.started + 1
  local item, outcome = batch.items[batch.started], {}
  batch.outcomes[batch.started] = outcome
  if type(item) ~= "table" then
    local reason = "a call must be a table such as { \"send\", message }, not a " .. type(item)
    outcome.error = errors.invalid_argument("calls", reason)
    return
  end
  local method = method_of(item[1])
  if not method then
    outcome.error = unknown_method(item[1])
    return
  end
  local thread = coroutine.create(function()
    outcome.result, outcome.error = method(batch.client, unpack(item, 2, #item))
  end)
  local ok, wanted = coroutine.resume(thread)
  if not ok then
    outcome.error = errors.invalid_argument(nil, tostring(wanted))
  elseif coroutine.status(thread) ~= "dead" then
    batch.running[thread], batch.under_way = wanted, batch.under_way + 1
  end
end

local function go_on(batch, thread)
  local ok, wanted = coroutine.resume(thread)
  if not ok then error(wanted, 0) end
  if coroutine.status(thread) ~= "dead" then
    batch.running[thread] = wanted
  else
    batch.running[thread], batch.under_way = nil, batch.under_way - 1
  end
end

local function is_due(wanted)
  for _, ticket in ipairs(wanted.tickets) do
    if ticket:is_finished() then return true end
  end
  return core.now() >= wanted.at
end

-- What has ended makes room for what has not begun.  False: there is more to do than time in this turn.
local function advance(batch)
  local may_go_on = waiting.budget(TURN_SECONDS)
  for thread, wanted in pairs(batch.running) do
    if is_due(wanted) then
      if not may_go_on() then return false end
      go_on(batch, thread)
    end
  end
  while batch.started < #batch.items and batch.under_way < batch.concurrency do
    if not may_go_on() then return false end
    start_next(batch)
  end
  return true
end

local function wait_for_any(host, engine, running)
  local tickets, until_when = {}, math.huge
  for _, wanted in pairs(running) do
    for _, ticket in ipairs(wanted.tickets) do tickets[#tickets + 1] = ticket end
    until_when = math.min(until_when, wanted.at)
  end
  local seconds = math.max(0, until_when - core.now())
  if #tickets > 0 then host.wait(engine, tickets, seconds) else host.sleep(seconds, engine) end
end

--- Runs many calls, at most `concurrency` (default 10) at once, and returns when all have ended.
--
--     for i, outcome in ipairs(client:all { { "send", first }, { "send", second }, { "status", id } }) do
--       print(i, outcome.result or outcome.error)
--     end
---@param items table[] name and arguments of a method each
---@param options { concurrency: integer|nil }|nil
---@return { result: any, error: vertexsms.Error|nil }[]|nil outcomes in the order of the items
---@return vertexsms.Error|nil
function M:all(items, options)
  argument.check(items, "table", "calls")
  argument.check_optional(options, "table", "options")
  local host, err
  err = schema.check(options or {}, ALL_OPTIONS, "the option table")
  if err then return nil, err end
  host, err = waiter(self)
  if not host then return nil, err end
  local batch = {
    client = setmetatable({ host = inner_host(host) }, { __index = self }), items = items, outcomes = {}, running = {},
    started = 0, under_way = 0, concurrency = options and options.concurrency or 10,
  }
  repeat
    if not advance(batch) then
      host.sleep(0, self.engine)
    elseif batch.under_way > 0 then
      wait_for_any(host, self.engine, batch.running)
    end
  until batch.started == #items and batch.under_way == 0
  batch.client.host = self.host -- an iterator that came of it goes on outside
  return batch.outcomes
end

--- For hosts that are driven by hand (host = "tick"): runs the callbacks that are due, once a frame, for at most so
-- long.  In other hosts there is nothing to do.
---@param budget number|nil seconds; default 0.002
---@return integer count of finished requests
function M:update(budget)
  argument.check_optional(budget, "number", "budget")
  local host = self.host
  if not host.update then return 0 end
  return host.update(self.engine, budget or 0.002)
end

return M
