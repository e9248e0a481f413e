--- An MCP server over stdin and stdout: SMS for AI assistants. What `vertexsms mcp` runs.
--
-- Two eras of the protocol share the process: with a handshake (2024-11-05 to 2025-11-25), and without one, where each
-- request says its version (2026-07-28). Starting does nothing but read the operator's settings: a client may start a
-- second process just to ask what the first can do.
--
-- Tested in spec/mcp/init_spec.lua, with the official client in spec/mcp/official_spec.lua, and with random lines in
-- spec/mcp/hostile_spec.lua.

local audits = require("vertexsms.mcp.audit")
local calls = require("vertexsms.mcp.call")
local core = require("vertexsms.base.core")
local json = require("vertexsms.json")
local legacy = require("vertexsms.mcp.legacy")
local lines = require("vertexsms.mcp.lines")
local loops = require("vertexsms.mcp.loop")
local messages = require("vertexsms.mcp.message")
local modern = require("vertexsms.mcp.modern")
local reasons = require("vertexsms.base.reason")
local resources = require("vertexsms.mcp.resources")

local M = {}

-- Seconds in which a call is answered, whatever it waits for: clients give one up after 60.
local ANSWER_SECONDS = 55
-- Seconds that what is in flight has to end in, once stdin has ended: then it is of unknown outcome.
local FINISH_SECONDS = 3
-- Seconds of a pause then.
local SHORT_PAUSE = 0.1
-- Calls at the same time. A client that has more open than this does not wait for answers.
local CALLS_MAX = 100

---@class vertexsms.mcp.Options
---@field policy vertexsms.mcp.Policy
---@field write fun(line: string): boolean writes a line to stdout; false when it is lost
---@field log fun(line: string) writes a line to stderr
---@field hide fun(text: string): string takes the token out of what is kept
---@field token fun(): string|nil, string|nil finds the token, or why there is none
---@field defer fun() from now on a signal must wait
---@field is_over fun(): boolean did a signal come that waits?
---@field make_folder fun(path: string): boolean
---@field answer_seconds number|nil in which a call is answered; default 55

---@class vertexsms.mcp.Server
---@field peer table what a client of the older era has said of itself
---@field calls table<string|number, vertexsms.mcp.Call> by the id of their request
---@field asked table<string, fun(answer: table|nil)> by the id of a question to the person
---@field pauses table<fun(), true> what wakes those whose work must be done before the server ends
local Server = {}
Server.__index = Server

---@param options vertexsms.mcp.Options
---@return vertexsms.mcp.Server
function M.new(options)
  local self = setmetatable({
    options = options, policy = options.policy, log = options.log, peer = {}, calls = {}, count = 0, asked = {},
    questions = 0, pauses = {},
  }, Server)
  self.loop = loops.new(options.log)
  self.audit = audits.new(self)
  self.resources = resources.new(self)
  return self
end

--- Writes a message. What cannot be written, because a service's words are not UTF-8, is answered as a failure.
---@param message table
function Server:send(message)
  local line, reason = json.encode(message)
  if not line then
    self.log("vertexsms: an answer could not be written: " .. reason)
    line = json.encode(messages.failure(message.id, messages.INTERNAL_ERROR, "the answer could not be written"))
  end
  if not self.options.write(line) then self.is_lost = true end
end

local function answer(self, id, result, refusal)
  if refusal then return self:send(messages.failure(id, refusal.code, refusal.message, refusal.data)) end
  self:send(messages.result(id, result))
end

--- A call has ended.
---@param call vertexsms.mcp.Call
---@param result table|nil
---@param refusal table|nil
function Server:finish(call, result, refusal)
  -- What became of one that was answered before its end.
  if call.is_late and call.is_finished then self.audit:write(call) end
  if call.is_finished then return end
  call.is_finished = true
  self.calls[call.id], self.count = nil, self.count - 1
  self.audit:write(call)
  if not call.is_cancelled then answer(self, call.id, result, refusal) end
end

--- Begins a call, in a coroutine.
---@param call vertexsms.mcp.Call
function Server:begin(call)
  if self.count >= CALLS_MAX or self.calls[call.id] then
    local words = self.calls[call.id] and "this id belongs to a call that goes on" or "too many calls at the same time"
    return answer(self, call.id, nil, { code = messages.INVALID_REQUEST, message = words })
  end
  self.calls[call.id], self.count = call, self.count + 1
  self.loop:spawn(function() self:finish(call, calls.perform(call)) end, function(reason)
    self.log(reasons.line(reason))
    self:finish(call, calls.broken(call))
  end)
end

--- The client does not wait for a call any more.
---@param id any
function Server:cancel(id)
  local call = id ~= nil and self.calls[id]
  if not call then return end
  call.is_cancelled = true
  if call.wake then call.wake() end
end

-- An answer to a question to the person; any other is ignored.
local function take_answer(self, message)
  local take = message.id ~= nil and self.asked[message.id]
  if not take then return end
  self.asked[message.id] = nil
  take(messages.is_object(message.result) and message.result or nil)
end

local function handle(self, message)
  if message.type == "wrong" then
    return self:send(messages.failure(message.id, message.code, message.reason))
  elseif message.type == "answer" then
    return take_answer(self, message)
  elseif message.type == "notification" then
    if message.method == "notifications/cancelled" then self:cancel(message.params.requestId) end
    return
  end
  local era = modern.is_meant(message) and modern or legacy
  local result, refusal = era.handle(self, message)
  if result or refusal then answer(self, message.id, result, refusal) end
end

--- Takes a line of stdin.
---@param line string|false
function Server:receive(line)
  if line and not line:find("[^ \t]") then return end
  handle(self, messages.read(line))
end

-- A call that does not end in time is answered as it stands; what it waits for goes on, and is written down.
local function answer_late(self)
  local due = {}
  for _, call in pairs(self.calls) do
    if call:left(self.options.answer_seconds or ANSWER_SECONDS) == 0 then due[#due + 1] = call end
  end
  for _, call in ipairs(due) do
    call.is_late = true
    self:finish(call, calls.late(call))
    if call.wake then call.wake() end
  end
end

--- Goes on with what can go on.
function Server:update()
  self.loop:update()
  answer_late(self)
end

--- Lets a call wait before it tries something again. At the end of the server it tries at once.
---@param seconds number
function Server:pause(seconds)
  local wake
  self.loop:park(self.is_ending and SHORT_PAUSE or seconds, function(wake_)
    wake = wake_
    self.pauses[wake] = true
  end)
  self.pauses[wake] = nil
end

-- Nothing begins to be sent any more, and the person is not waited for.
local function give_up(self)
  self.is_ending = true
  local waiting, paused = {}, {}
  for _, call in pairs(self.calls) do
    if call.wake then waiting[#waiting + 1] = call end
  end
  for wake in pairs(self.pauses) do paused[#paused + 1] = wake end
  for _, call in ipairs(waiting) do self:cancel(call.id) end
  for _, wake in ipairs(paused) do wake() end
end

-- What does not end in time is told as it stands: the audit has a line of it.
local function abandon(self)
  local left = {}
  for _, call in pairs(self.calls) do left[#left + 1] = call end
  for _, call in ipairs(left) do self:finish(call, calls.abandoned(call)) end
end

local function end_calls(self)
  give_up(self)
  local ends = core.now() + FINISH_SECONDS
  while (self.loop.busy > 0 or next(self.pauses)) and core.now() < ends do
    self.loop:rest(0.05)
    self.loop:update()
  end
  abandon(self)
  self.resources:close()
end

--- Serves until stdin ends, or a signal comes.
function Server:run()
  local input = lines.new()
  while not self.is_lost and not self.options.is_over() do
    local octets = core.read_input(self.loop:patience())
    if not octets then break end
    for _, line in ipairs(input:feed(octets)) do self:receive(line) end
    self:update()
  end
  end_calls(self)
end

return M
