--- A submitted call on its way to its callback, in a coroutine of its own.
-- What is known of it is in one table, of which the caller has the methods of vertexsms.Call.
--
-- Tested in spec/request/together_spec.lua and spec/host/contract_spec.lua.

local batches = require("vertexsms.request.batch")
local calls = require("vertexsms.request.handle")
local core = require("vertexsms.base.core")
local nested = require("vertexsms.host.loop.nested")
local plain = require("vertexsms.request.plain")
local reasons = require("vertexsms.base.reason")
local threads = require("vertexsms.host.loop.threads")

local M = {}

local unpack = rawget(table, "unpack") or rawget(_G, "unpack")

-- Lua 5.1 proper cannot yield across pcall.
local can_protect = rawget(_G, "jit") ~= nil or _VERSION ~= "Lua 5.1"

---@class vertexsms.request.Work: vertexsms.Work, vertexsms.Call
---@field [integer] any arguments of the method
---@field count integer how many they are
---@field client vertexsms.AnyClient
---@field method function
---@field callback nil|fun(err: vertexsms.Error|nil, result: any) nil when it is over
local Work = setmetatable({}, { __index = calls.Call })
Work.__index = Work

function Work:perform()
  calls.enter(self)
  return self.method(self.client, unpack(self, 1, self.count))
end

-- For the log of a host in which a callback could not be called.
local function outcome_text(result, err)
  if err ~= nil then return reasons.text(err) end
  local id = type(result) == "table" and result.id
  return type(id) == "string" and "accepted, ID " .. id or "it succeeded"
end

-- A call that is kept does not keep what it was about.
local function forget(work)
  work.client, work.callback, work.ticket = nil, nil, nil
  for i = 1, work.count do work[i] = nil end
end

function Work:finish(deliver, result, err)
  local callback = self.callback
  self.is_finished = true
  forget(self)
  if not deliver then return callback(err, result) end
  deliver({
    tell = function() callback(err, result) end, about = function() return outcome_text(result, err) end,
  })
end

-- A method raises (a wrong argument, before anything has left) far from the caller: the callback is told.
function Work:run(deliver)
  local ok, result, err = pcall(self.perform, self)
  if not ok then result, err = nil, batches.failure(result) end
  calls.leave()
  self:finish(deliver, result, err)
end

-- In Lua 5.1 proper a coroutine takes pcall's place.
if not can_protect then
  function Work:run(deliver)
    local is_callback = false
    local function finish(result, err)
      calls.leave()
      self:finish(deliver, result, err)
    end
    local thread = nested.create(function()
      local result, err = self:perform()
      is_callback = true
      finish(result, err)
    end, threads.can_yield())
    return nested.run(thread, function(reason)
      if is_callback then error(reasons.traceback(thread, reason), 0) end
      finish(nil, batches.failure(reason))
    end)
  end
end

-- A plain send that was handed over, without a coroutine that waits for it.
---@class vertexsms.request.PlainWork: vertexsms.request.Work
local PlainWork = setmetatable({ method = plain.go_on, count = 0 }, Work)
PlainWork.__index = PlainWork

function PlainWork:run(deliver)
  local sent, attempt = plain.finish(self.ticket)
  self.ticket = nil
  if sent then return self:finish(deliver, sent) end
  self.process, self.count, self[1] = attempt.process, 1, attempt
  return Work.run(self, deliver)
end

--- Begins a plain send, of a new call, where the client and the host can do that.
---@param client vertexsms.AnyClient
---@param ... any the message and the callback
---@return vertexsms.Call|nil call nil: nothing was done
function M.begin_plain(client, ...)
  local host = client.host
  if not client.is_plain or not host.run_after or select("#", ...) ~= 2 then return nil end
  local message, callback = ...
  if type(callback) ~= "function" or host.is_free and not host.is_free() then return nil end
  local ticket = plain.submit(client, message)
  if not ticket then return nil end
  local work = setmetatable({
    is_finished = false, is_cancelled = false, client = client, ticket = ticket, callback = callback,
  }, PlainWork)
  host.run_after(client.engine, ticket, work)
  return work
end

--- Makes one, of a new call.
---@param client vertexsms.AnyClient
---@param method function
---@param ... any the arguments, and last the callback
---@return vertexsms.request.Work
function M.new(client, method, ...)
  local count = select("#", ...)
  return setmetatable({
    is_finished = false, is_cancelled = false, process = core.process_number(), client = client, method = method,
    callback = (select(math.max(count, 1), ...)), count = math.max(count - 1, 0), ...,
  }, Work)
end

return M
