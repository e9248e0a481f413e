--- Many calls at once: client:submit, client:all, client:update.

local argument = require("vertexsms.check.argument")
local batches = require("vertexsms.request.batch")
local checks = require("vertexsms.check.value")
local errors = require("vertexsms.error")
local hosts = require("vertexsms.host")
local repeated = require("vertexsms.request.repeated")
local schema = require("vertexsms.check.table")
local shown = require("vertexsms.base.shown")
local works = require("vertexsms.request.work")

---@class vertexsms.SafeClient
local M = {}

local ALL_OPTIONS = schema.rules({ { name = "concurrency", type = "integer", check = checks.between(1, 10000) } })

-- Methods that are calls: not the ones below, which would have to wait for themselves.
local function method_of(client, name)
  return name ~= "close" and not M[name] and client.methods[name] or nil
end

local function unknown_method(name)
  return errors.invalid_argument("method", ("%s is not a method that client:all and client:submit can call,"
    .. " such as \"send\""):format(shown.value(name)))
end

local function too_many()
  return errors.new({ kind = "exhausted", message = "too many submitted calls wait already: try again later",
    retryable = true, temporary = true })
end

--- Calls a method and the callback, with the error or the result, when it has ended. In a host that waits, this
-- returns at once; without an event loop it returns after the callback.
--
--     client:submit("send", message, function(err, sent) ... end)
---@param name string of the method
---@param ... any its arguments, and last the callback: fun(err: vertexsms.Error|nil, result: any)
---@return vertexsms.Call
function M:submit(name, ...)
  local call = name == "send" and works.begin_plain(self, ...)
  if call then return call end
  local work = works.new(self, method_of(self, name) or function() return nil, unknown_method(name) end, ...)
  argument.check(work.callback, "function", "callback")
  if self.host.spawn(work) == false then work:finish(nil, nil, too_many()) end
  return work
end

-- Where nothing can yield, the thread waits; but in some places not even that will do.
local function waiter(client)
  local host, reason = hosts.waiter(client.host)
  if not host then return nil, errors.invalid_argument(nil, reason) end
  return host
end

-- A value of a call that is not in its list would be left out without a word: an option, most likely. table.pack
-- gives `n`.
local function first_name(item)
  for name in next, item do
    if type(name) ~= "number" and name ~= "n" then return name end
  end
end

-- The method of an item, or what is wrong with the item.
local function item_method(client, item)
  if type(item) ~= "table" then
    local reason = 'a call must be a table such as { "send", message }, not ' .. shown.type_and_value(item)
    return nil, errors.invalid_argument("calls", reason)
  end
  local name = first_name(item)
  if name ~= nil then
    return nil, errors.invalid_argument("calls", ('a call must be a list such as { "send", message, options }, but this'
      .. " one has a value at %s"):format(shown.value(name)))
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
---@return integer count of finished requests, and of steps of the stores that `track` and `guard` have
function M:update(budget)
  argument.check_optional(budget, "number", "budget")
  local host = self.host
  if not host.update then return 0 end
  budget = budget or 0.002
  local count = host.update(self.engine, budget)
  if self.guard then count = count + self.guard:update(host, budget) end
  return self.tracking and count + self.tracking:update(budget) or count
end

return M
