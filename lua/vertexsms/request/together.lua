--- Many calls at once: client:submit, client:all, client:update.

local argument = require("vertexsms.check.argument")
local batches = require("vertexsms.request.batch")
local calls = require("vertexsms.request.handle")
local checks = require("vertexsms.check.value")
local errors = require("vertexsms.error")
local hosts = require("vertexsms.host")
local nested = require("vertexsms.host.loop.nested")
local repeated = require("vertexsms.request.repeated")
local reasons = require("vertexsms.base.reason")
local schema = require("vertexsms.check.table")
local shown = require("vertexsms.base.shown")
local waiting = require("vertexsms.host.loop.waiting")

---@class vertexsms.SafeClient
local M = {}

local unpack = rawget(table, "unpack") or rawget(_G, "unpack")

local ALL_OPTIONS = schema.rules({ { name = "concurrency", type = "integer", check = checks.between(1, 10000) } })

-- Methods that are calls: not the ones below, which would have to wait for themselves.
local function method_of(client, name)
  return name ~= "close" and not M[name] and client.methods[name] or nil
end

local function unknown_method(name)
  return errors.invalid_argument("method", ("%s is not a method that client:all and client:submit can call,"
    .. " such as \"send\""):format(shown.value(name)))
end

-- Lua 5.1 proper cannot yield across pcall.
local can_protect = rawget(_G, "jit") ~= nil or _VERSION ~= "Lua 5.1"

-- A method raises (a wrong argument, before anything has left) far from the caller: the callback is told. In Lua 5.1
-- proper a coroutine takes pcall's place.
local function perform(run, finish)
  if can_protect then
    local ok, result, err = pcall(run)
    if ok then return finish(result, err) end
    return finish(nil, batches.failure(result))
  end
  local is_callback = false
  local thread = nested.create(function()
    local result, err = run()
    is_callback = true
    finish(result, err)
  end, waiting.can_yield())
  return nested.run(thread, function(reason)
    if is_callback then error(reasons.traceback(thread, reason), 0) end
    finish(nil, batches.failure(reason))
  end)
end

local function too_many()
  return errors.new({ kind = "exhausted", message = "too many submitted calls wait already: try again later",
    retryable = true, temporary = true })
end

-- For the log of a host in which a callback could not be called.
local function outcome_text(result, err)
  if err ~= nil then return reasons.text(err) end
  local id = type(result) == "table" and result.id
  return type(id) == "string" and "accepted, ID " .. id or "it succeeded"
end

--- Calls a method and the callback, with the error or the result, when it has ended. In a host that waits, this
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
  local call, method = calls.new(), method_of(self, name)
  local function run()
    calls.enter(call)
    if not method then return nil, unknown_method(name) end
    return method(self, unpack(arguments, 1, count - 1))
  end
  local function finish(result, err, deliver)
    call.is_finished = true
    local function tell() callback(err, result) end
    if deliver then return deliver({ tell = tell, about = function() return outcome_text(result, err) end }) end
    tell()
  end
  local has_room = self.host.spawn(function(deliver)
    perform(run, function(result, err)
      calls.leave()
      finish(result, err, deliver)
    end)
  end)
  if has_room == false then finish(nil, too_many()) end
  return call
end

-- Where nothing can yield, the thread waits; but in some places not even that will do.
local function waiter(client)
  local host, reason = hosts.waiter(client.host)
  if not host then return nil, errors.invalid_argument(nil, reason) end
  return host
end

-- The method of an item, or what is wrong with the item.
local function item_method(client, item)
  if type(item) ~= "table" then
    local reason = 'a call must be a table such as { "send", message }, not ' .. shown.type_and_value(item)
    return nil, errors.invalid_argument("calls", reason)
  end
  local method = method_of(client, item[1])
  if not method then return nil, unknown_method(item[1]) end
  return method
end

local PATHS = { send = "/sms", viber = "/viber" }

-- Only what is a plain table is looked at before its turn: any other may be made as it is read.
local function message_of(item, name)
  if type(item) ~= "table" or getmetatable(item) ~= nil or item[1] ~= name then return {} end
  local message = item[2]
  return type(message) == "table" and getmetatable(message) == nil and message or {}
end

local function warn_of_same_numbers(client, items)
  if not client.on_warning or getmetatable(items) ~= nil then return end
  for name, path in pairs(PATHS) do
    local messages = {}
    for i = 1, #items do messages[i] = message_of(items[i], name) end
    repeated.warn(client, path, messages)
  end
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
  err = schema.check(options or {}, ALL_OPTIONS, "an option of client:all")
  if err then return nil, err end
  host, err = waiter(self)
  if not host then return nil, err end
  local function method_for(item) return item_method(self, item) end
  warn_of_same_numbers(self, items)
  local batch = batches.new(self, host, items, options and options.concurrency or 10, method_for)
  local outcomes = batch:run()
  batch.client.host = self.host -- an iterator that came of it goes on outside
  return outcomes
end

--- For hosts that are driven by hand (host = "tick"): runs the callbacks that are due, once a frame, for at most so
-- long. In other hosts there is nothing to do.
---@param budget number|nil seconds; default 0.002
---@return integer count of finished requests
function M:update(budget)
  argument.check_optional(budget, "number", "budget")
  local host = self.host
  if not host.update then return 0 end
  return host.update(self.engine, budget or 0.002)
end

return M
