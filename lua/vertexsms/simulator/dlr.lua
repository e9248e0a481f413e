--- Delivery reports: each is POSTed to its `dlrUrl` until it is answered 200 with the body OK.
-- @module vertexsms.simulator.dlr

local cjson = require("cjson")
local condition = require("cqueues.condition")
local cqueues = require("cqueues")
local errno = require("cqueues.errno")
local http_request = require("http.request")
local http_server = require("vertexsms.http_server")

local M = {}

--- Reports on their way at the same time, and reports that wait; above that they are dropped, and said so.
local MAX_CONCURRENT = 64
local MAX_PENDING = 10000

local MAX_CHUNK = 64 * 1024

--- What `testMode` 2 reports: HLR, subscriber absent (out of range or off). Of the documented codes it is
-- the one a live system meets most, and a temporary one, so that the code that tries later is tried too.
local ABSENT = 43

local OUTCOMES = {
  delivered = { status = "1", error = 0 },
  undelivered = { status = "2", error = ABSENT },
}

--- The network in VertexSMS's own example; no lookup stands behind it.
local MCC, MNC = "246", "021"

local Reports = {}
Reports.__index = Reports

local function outcome_of(message)
  return message.testMode == "2" and "undelivered" or "delivered"
end

local function new_request(url, body)
  local request = http_request.new_from_uri(url)
  request.headers:upsert(":method", "POST")
  request.headers:upsert("content-type", "application/json")
  request.headers:upsert("user-agent", "vertexsms-simulator")
  request:set_body(body)
  request.version = 1.1
  -- A report goes where dlrUrl says and nowhere else: no proxy, no redirect; no cookies, no HSTS memory.
  request.proxy = false
  request.follow_redirects = false
  request.cookie_store = nil
  request.hsts = nil
  return request
end

--- What some error numbers mean here; their own texts speak of files and characters.
local FAILURES = {
  [errno.EPIPE] = "closed without an answer",
  [errno.EILSEQ] = "the answer is not HTTP",
  [errno.E2BIG] = "the answer is too large",
}

local function describe_failure(err, code)
  if FAILURES[code] then return "failed: " .. FAILURES[code] end
  if type(code) == "number" and code > 0 then return "failed: " .. errno.strerror(code):lower() end
  -- lua-http raises on some malformed answers; where in its code is of no interest.
  return "failed: " .. tostring(err):gsub("^[^%s]+:%d+: ", "")
end

--- Reads no more of the answer than it takes to see whether it is OK.
local function read_answer(stream, deadline)
  http_server.bound_chunks(stream.connection, MAX_CHUNK)
  local body, err, code = stream:get_body_chars(3, math.max(0, deadline - cqueues.monotime()))
  local is_whole = stream.state == "closed"
  http_server.abandon(stream)
  if err then return nil, describe_failure(err, code) end
  if body == "OK" and not is_whole then return nil, "failed: the answer broke off" end
  return body or ""
end

--- One try. Returns whether it was answered as it must be, and what happened in words.
-- The body is compared byte by byte: VertexSMS documents `OK`, and an endpoint that passes here with
-- `OK\n` might get its reports again and again in production.
function Reports:try(url, body)
  local deadline = cqueues.monotime() + self.timeout
  local head, stream, code = new_request(url, body):go(self.timeout)
  if not head then return false, describe_failure(stream, code) end
  local answer, problem = read_answer(stream, deadline)
  if not answer then return false, problem end
  local status = head:get(":status")
  if status ~= "200" then return false, "answered " .. status end
  if answer ~= "OK" then return false, "answered 200, but the body is not exactly OK" end
  return true, "200 OK"
end

function Reports:deliver(message)
  local outcome = outcome_of(message)
  local fields = OUTCOMES[outcome]
  local body = cjson.encode {
    id = message.id, status = fields.status, error = fields.error, mcc = MCC, mnc = MNC,
  }
  local start = ("report %s %s -> %s "):format(message.id, outcome, http_server.public_url(message.dlrUrl))
  for try = 1, self.max_tries do
    self:enter()
    local ok, done, what = self.pcall(self.try, self, message.dlrUrl, body)
    self:leave()
    if not ok then done, what = false, describe_failure(done) end
    if done then return self.log(start .. what) end
    if try == self.max_tries then
      return self.log(("%s%s; given up after %d tries"):format(start, what, try))
    end
    self.log(("%s%s; again in %g s"):format(start, what, self.retry))
    cqueues.sleep(self.retry)
  end
end

function Reports:enter()
  while self.running >= MAX_CONCURRENT do self.free:wait() end
  self.running = self.running + 1
end

function Reports:leave()
  self.running = self.running - 1
  self.free:signal(1)
end

--- Sends the report of a message after the delay. `scheduled` does not move it: who tests does not want
-- to wait until tomorrow.
---@param message table with id and dlrUrl
function Reports:schedule(message)
  if self.pending >= MAX_PENDING then
    return self.log(("report %s dropped: %d others are waiting"):format(message.id, self.pending))
  end
  self.pending = self.pending + 1
  self.spawn(function()
    cqueues.sleep(self.delay)
    local ok, err = self.pcall(self.deliver, self, message)
    self.pending = self.pending - 1
    if not ok then error(err, 0) end
  end)
end

---@param options table spawn, log, delay, retry, max_tries, timeout (seconds)
---@return table reports
function M.new(options)
  return setmetatable({
    spawn = options.spawn, log = options.log,
    delay = options.delay or 1, retry = options.retry or 5,
    max_tries = options.max_tries or 50, timeout = options.timeout or 10,
    -- Lua 5.1's own pcall cannot be yielded across.
    pcall = require("http.util").yieldable_pcall,
    free = condition.new(), running = 0, pending = 0,
  }, Reports)
end

return M
