--- Callbacks: each is POSTed until it is answered 200 with the body OK.

local cjson = require("cjson")
local condition = require("cqueues.condition")
local cqueues = require("cqueues")
local errno = require("cqueues.errno")
local h1 = require("vertexsms.lua_http.h1")
local hmac = require("openssl.hmac")
local http_request = require("http.request")
local ascii = require("vertexsms.base.ascii")
local http_server = require("vertexsms.server.http")
local numbers = require("vertexsms.base.number")

local M = {}

-- Callbacks on their way at the same time, and callbacks that wait; above that they are dropped, and said so.
local CONCURRENT_MAX = 64
local PENDING_MAX = 10000

local CHUNK_MAX = 64 * 1024

-- Seconds for which the first of two callbacks that are to change places waits for the second.
local HOLD_MAX = 1

---@class vertexsms.simulator.Callback
---@field what string for the log: "report 1281532560 delivered"
---@field url string
---@field fields table what is sent, as JSON
---@field delay number seconds
---@field is_forced boolean|nil asked for by hand: neither paused nor late, and in no other order
---@field life vertexsms.simulator.Life|nil of the message that it is about: once that is cleared, nothing is sent
---@field note nil|fun(attempt: vertexsms.simulator.Attempt) told of each try

---@class vertexsms.simulator.Attempt
---@field number integer from 1
---@field is_done boolean answered as it must be
---@field result string in words
---@field seconds number from the request to the answer
---@field again number|nil seconds until the next try

local Callbacks = {}
Callbacks.__index = Callbacks

local function signature_of(secret, body)
  return (hmac.new(secret, "sha256"):final(body):gsub(".", function(octet)
    return ("%02x"):format(octet:byte())
  end))
end

local function new_request(url, body, secret)
  local request = http_request.new_from_uri(url)
  request.headers:upsert(":method", "POST")
  request.headers:upsert("content-type", "application/json")
  request.headers:upsert("user-agent", "vertexsms-simulator")
  if secret then request.headers:upsert("x-vertexsms-signature", signature_of(secret, body)) end
  request:set_body(body)
  request.version = 1.1
  -- A callback goes where its URL says and nowhere else: no proxy, no redirect; no cookies, no HSTS memory.
  request.proxy = false
  request.follow_redirects = false
  request.cookie_store = nil
  request.hsts = nil
  return request
end

-- What some error numbers mean here; their own texts speak of files and characters.
local FAILURES = {
  [errno.EPIPE] = "closed without an answer",
  [errno.EILSEQ] = "the answer is not HTTP",
  [errno.E2BIG] = "the answer is too large",
}

local function describe_failure(err, code)
  if FAILURES[code] then return "failed: " .. FAILURES[code] end
  if type(code) == "number" and code > 0 then return "failed: " .. ascii.lower(errno.strerror(code)) end
  -- lua-http raises on some malformed answers; where in its code is of no interest.
  return "failed: " .. tostring(err):gsub("^[^ ]+:[0-9]+: ", "")
end

-- Reads no more of the answer than it takes to see whether it is OK.
local function read_answer(stream, deadline)
  local body, err, code = h1.bound_body(stream, CHUNK_MAX)
  if body then body, err, code = stream:get_body_chars(3, math.max(0, deadline - cqueues.monotime())) end
  local is_whole = stream.state == "closed"
  h1.abandon(stream)
  if err then return nil, describe_failure(err, code) end
  if body == "OK" and not is_whole then return nil, "failed: the answer broke off" end
  return body or ""
end

--- One try. Returns whether it was answered as it must be, and what happened in words.
-- The body is compared byte by byte: VertexSMS documents `OK`, and an endpoint that passes here with
-- `OK\n` might get its callbacks again and again in production.
function Callbacks:try(url, body)
  local deadline = cqueues.monotime() + self.timeout
  local head, stream, code = new_request(url, body, self.secret):go(self.timeout)
  if not head then return false, describe_failure(stream, code) end
  local answer, reason = read_answer(stream, deadline)
  if not answer then return false, reason end
  local status = head:get(":status")
  if status ~= "200" then return false, "answered " .. status end
  if answer ~= "OK" then return false, "answered 200, but the body is not exactly OK" end
  return true, "200 OK"
end

-- One try, with how long it took.
function Callbacks:attempt(callback, body, number)
  self:enter()
  local began = cqueues.monotime()
  local ok, is_done, result = self.pcall(self.try, self, callback.url, body)
  self:leave()
  if not ok then is_done, result = false, describe_failure(is_done) end
  local again = not is_done and number < self.max_tries and self.retry or nil
  local attempt = {
    number = number, is_done = is_done, result = result, seconds = cqueues.monotime() - began, again = again,
  }
  if callback.note then callback.note(attempt) end
  return attempt
end

local function describe(attempt)
  if attempt.is_done then return attempt.result end
  if attempt.again then return ("%s; again in %s s"):format(attempt.result, numbers.write(attempt.again)) end
  return ("%s; given up after %d tries"):format(attempt.result, attempt.number)
end

local function is_cleared(callback)
  return callback.life ~= nil and callback.life.is_cleared
end

--- Tries until it is answered. Returns whether it was.
function Callbacks:deliver(callback)
  local body = cjson.new().encode(callback.fields)
  local start = ("%s -> %s "):format(callback.what, http_server.public_url(callback.url))
  for number = 1, self.max_tries do
    if is_cleared(callback) then return false end
    local attempt = self:attempt(callback, body, number)
    self.log(start .. describe(attempt))
    if attempt.is_done then return true end
    if attempt.again then cqueues.sleep(attempt.again) end
    if not callback.is_forced then self:wait_while_paused() end
  end
  return false
end

--- Nothing goes out by itself until `resume`.
function Callbacks:pause()
  self.is_paused = true
end

function Callbacks:resume()
  self.is_paused = false
  self.resumed:signal()
end

function Callbacks:wait_while_paused()
  while self.is_paused do self.resumed:wait() end
end

function Callbacks:enter()
  while self.running >= CONCURRENT_MAX do self.free:wait() end
  self.running = self.running + 1
end

function Callbacks:leave()
  self.running = self.running - 1
  self.free:signal(1)
end

--- Makes every two callbacks change places: the first waits here until the second was delivered, or none came.
-- Returns what to call after the delivery.
function Callbacks:swap()
  local partner = self.held
  if partner then
    self.held = nil
    return function() partner:signal() end
  end
  local turn = condition.new()
  self.held = turn
  turn:wait(HOLD_MAX)
  if self.held == turn then self.held = nil end
  return function() end
end

function Callbacks:perform(callback)
  if callback.is_forced then return self:deliver(callback) end
  cqueues.sleep(callback.delay + self.late)
  self:wait_while_paused()
  local done = self.reorder and self:swap()
  local delivered = self:deliver(callback)
  if delivered and self.duplicate then self:deliver(callback) end
  if done then done() end
end

function Callbacks:perform_all(list)
  for _, callback in ipairs(list) do self:perform(callback) end
end

--- Sends callbacks, each after its delay and when the one before it has been answered.
---@param ... vertexsms.simulator.Callback
function Callbacks:schedule(...)
  local list = { ... }
  if self.pending >= PENDING_MAX then
    return self.log(("%s dropped: %d others are waiting"):format(list[1].what, self.pending))
  end
  self.pending = self.pending + 1
  self.spawn(function()
    local ok, err = self.pcall(self.perform_all, self, list)
    self.pending = self.pending - 1
    if not ok then error(err, 0) end
  end)
end

---@class vertexsms.simulator.CallbacksOptions
---@field spawn fun(task: fun())
---@field log fun(line: string)
---@field retry number|nil seconds between two tries, default 5
---@field max_tries integer|nil default 50
---@field timeout number|nil seconds for one try, default 10
---@field late number|nil seconds by which each goes out later than it should, default 0
---@field duplicate boolean|nil send each a second time after it was answered
---@field reorder boolean|nil make every two change places
---@field secret string|nil sign the bodies with it: X-VertexSMS-Signature

---@param options vertexsms.simulator.CallbacksOptions
---@return table callbacks
function M.new(options)
  return setmetatable({
    spawn = options.spawn, log = options.log,
    retry = options.retry or 5, max_tries = options.max_tries or 50, timeout = options.timeout or 10,
    late = options.late or 0, duplicate = options.duplicate, reorder = options.reorder, secret = options.secret,
    -- Lua 5.1's own pcall cannot be yielded across.
    pcall = require("http.util").yieldable_pcall,
    free = condition.new(), running = 0, pending = 0, is_paused = false, resumed = condition.new(),
  }, Callbacks)
end

return M
