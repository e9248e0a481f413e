--- Serves streams of a lua-http server, ours or the caller's: reads a request within bounds, has it handled, answers.
--
-- What lua-http 0.4 leaves open is closed here and in the files beside this one.

local AF_UNIX = require("cqueues.socket").AF_UNIX
local cqueues = require("cqueues")
local guard = require("vertexsms.lua_http.guard")
local h1 = require("vertexsms.lua_http.h1")
local h2 = require("vertexsms.lua_http.h2")
local logs = require("vertexsms.lua_http.log")
local reasons = require("vertexsms.base.reason")
local util = require("http.util")

local M = {}

-- Seconds for one request to arrive whole, and for one response to leave.
local REQUEST_TIMEOUT = 30
M.REQUEST_TIMEOUT = REQUEST_TIMEOUT
-- Of a body, where nothing else was asked for.
local BODY_MAX = 1024 * 1024
-- Bytes of an oversized body that are read and thrown away, so that the client sees the 413: closing
-- with unread data makes the kernel send a reset, which may overtake the answer (RFC 9112 section 9.6).
local DISCARD_MAX = 16 * 1024 * 1024
-- Pieces of one body, and those that are read before everything else has its turn.
local CHUNKS_MAX, CHUNKS_AT_ONCE = 20000, 16

---@class vertexsms.lua_http.Request
---@field method string
---@field path string without the query
---@field query string|nil
---@field headers table lua-http's headers: `headers:get("content-type")`
---@field body string
---@field remote_addr string|nil the address of the connection

---@class vertexsms.lua_http.Response
---@field status integer
---@field headers table<string, string>|nil
---@field body string|nil
---@field stream nil|fun(write: fun(chunk: string): any) in place of a body, over HTTP/1: writes it piece by piece until
---  `write` returns nil, because the client is gone
---@field dropped boolean|nil no reply: the connection is closed

---@class vertexsms.lua_http.StreamOptions
---@field handler fun(request: vertexsms.lua_http.Request): vertexsms.lua_http.Response
---@field screen nil|fun(request: vertexsms.lua_http.Request): vertexsms.lua_http.Response|nil a reply before the
---  body is read
---@field max_body integer|nil bytes, default 1 MiB
---@field log nil|fun(line: string) default: to stdout, flushed

local Service = {}
Service.__index = Service

local REFUSALS = {
  [400] = "Bad Request",
  [408] = "Request Timeout",
  [413] = "Content Too Large",
}

local function protocol_of(stream)
  return stream.connection.version == 2 and h2 or h1
end

-- A client that sends many small pieces neither takes the turn of all others nor goes on for ever.
local function give_way(count)
  if count % CHUNKS_AT_ONCE == 0 then cqueues.sleep(0) end
end

-- Reads a body whole. Returns nil and a status when it is too large, too slow or broken off.
local function read_body(protocol, stream, max, deadline, discard)
  local chunks, size, count = {}, 0, 0
  if not protocol.can_read_body(stream, max) then return nil, 413 end
  while size <= max + (discard or DISCARD_MAX) and count < CHUNKS_MAX do
    local left = deadline - cqueues.monotime()
    if left <= 0 then return nil, 408 end
    local chunk, status = protocol.next_chunk(stream, left)
    if status then return nil, status end
    if not chunk then
      if size > max then return nil, 413 end
      return table.concat(chunks)
    end
    size, count = size + #chunk, count + 1
    if size <= max then chunks[#chunks + 1] = chunk else chunks = {} end
    give_way(count)
  end
  return nil, 413
end

local function remote_addr_of(stream)
  local family, address = stream:peername()
  return family == AF_UNIX and "unix:" or address
end

local function request_of(stream, head)
  local request = { method = head:get(":method"), headers = head, remote_addr = remote_addr_of(stream) }
  request.path, request.query = (head:get(":path") or ""):match("^([^?]*)%??(.*)$")
  return request
end

local function head_of(protocol, stream, given)
  if not given then return protocol.read_head(stream, REQUEST_TIMEOUT) end
  protocol.take_over(stream)
  return given
end

-- Reads one request, or the rest of it where a router has read the head. Returns nil when the peer just went away, nil
-- and a status when it must be refused; nil, nil, the request and a reply when the screen has refused it.
local function read_request(protocol, stream, max_body, screen, given)
  local deadline = cqueues.monotime() + REQUEST_TIMEOUT
  local head, status = head_of(protocol, stream, given)
  if not head then return nil, status end
  local request = request_of(stream, head)
  local reply = screen and screen(request)
  if reply then return nil, nil, request, reply end
  local length = head:get("content-length") or "0"
  if not length:match("^[0-9]+$") then return nil, 400, request end
  if protocol.wants_continue(stream, head) then
    if tonumber(length) > max_body then return nil, 413, request end
    protocol.continue(stream, REQUEST_TIMEOUT)
  end
  request.body, status = read_body(protocol, stream, max_body, deadline)
  return request.body and request, status, request
end

local function respond(protocol, stream, request, response)
  protocol.respond(stream, response, REQUEST_TIMEOUT, request.method == "HEAD")
end

-- Answers without looking at the body; what of it is on its way is taken off the line, so that the answer is seen.
local function turn_away(protocol, stream, request, reply, max_body)
  respond(protocol, stream, request, reply)
  if stream.state ~= "closed" and not protocol.wants_continue(stream, request.headers) then
    read_body(protocol, stream, max_body, cqueues.monotime() + REQUEST_TIMEOUT, 0)
  end
end

-- Returns the response, or nothing where it was a stream, which has been written then.
local function handle(self, protocol, stream, request)
  local held = guard.hold(stream)
  local ok, response = util.yieldable_pcall(self.handler, request)
  local is_streamed, failure = ok and response.stream ~= nil, nil
  if is_streamed then
    ok, failure = util.yieldable_pcall(protocol.stream, stream, response, REQUEST_TIMEOUT, request.method == "HEAD")
  end
  guard.release(held, ok and (response.status or 500) < 400)
  if not ok then error(is_streamed and failure or response, 0) end
  return not is_streamed and response or nil
end

-- A body that is gone would look like an empty one.
local function what_is_gone(protocol, stream, head)
  if not head then return protocol.has_head_read(stream) and "headers were" end
  return protocol.has_body_read(stream) and "body was"
end

local function serve(self, protocol, stream, head)
  local gone = what_is_gone(protocol, stream, head)
  if gone then
    protocol.take_over(stream)
    error(("the request's %s read before; after stream:get_headers() call onstream(server, stream, headers)")
      :format(gone), 0)
  end
  local request, status, unread, reply = read_request(protocol, stream, self.max_body, self.screen, head)
  if request then
    local response = handle(self, protocol, stream, request)
    if response then respond(protocol, stream, request, response) end
  elseif reply then
    turn_away(protocol, stream, unread, reply, self.max_body)
  elseif status then
    local what = unread and unread.method .. " " .. unread.path or "request"
    self.notice(("%s %d %s"):format(what, status, REFUSALS[status]))
    protocol.refuse(stream, status, REQUEST_TIMEOUT)
  end
end

-- Nothing is raised, and nothing left to do for lua-http, whose own end of a stream is not safe from strangers.
function Service:on_stream(stream, head)
  local protocol = protocol_of(stream)
  local ok, err = util.yieldable_pcall(serve, self, protocol, stream, head)
  if not ok then
    self.notice("internal error: " .. reasons.text(err))
    util.yieldable_pcall(protocol.refuse, stream, 500, REQUEST_TIMEOUT)
  end
  ok, err = util.yieldable_pcall(protocol.finish, stream)
  if not ok then self.notice("internal error: " .. reasons.text(err)) end
end

local function await_foreign(stream)
  return protocol_of(stream).await_head(stream, REQUEST_TIMEOUT)
end

-- What a route of the caller's has left: no answer, or octets of a body that lua-http would wait for in a busy loop.
local function finish_foreign(stream)
  if stream.state == "closed" then return end
  local protocol = protocol_of(stream)
  protocol.take_over(stream)
  if protocol.has_replied(stream) then
    read_body(protocol, stream, BODY_MAX, cqueues.monotime() + REQUEST_TIMEOUT, 0)
  elseif stream.state ~= "idle" then
    protocol.refuse(stream, 503, REQUEST_TIMEOUT)
  end
  protocol.finish(stream)
end

--- Puts a lua-http server under guard, from its next connection on: see vertexsms.lua_http.guard.
---@param server table lua-http's
---@param notice fun(line: string)
function M.guard(server, notice)
  guard.protect(server, notice, { await = await_foreign, finish = finish_foreign })
end

--- The same for a server of the caller's, with a log.
---@param server table lua-http's
---@param write nil|fun(line: string) default: to stdout
function M.protect(server, write)
  local _, notice = logs.new(write)
  M.guard(server, notice)
end

--- What serves the streams of a server: `service:on_stream(stream, head)`, the latter where it was read before; `log`
-- and `notice` write its lines.
---@param options vertexsms.lua_http.StreamOptions
---@return table service
function M.new(options)
  local log, notice = logs.new(options.log)
  return setmetatable({
    handler = options.handler, screen = options.screen, max_body = options.max_body or BODY_MAX,
    log = log, notice = notice,
  }, Service)
end

--- The `onstream` of the caller's own lua-http server, with all that is taken care of here.
---@param options vertexsms.lua_http.StreamOptions
---@return fun(server: table, stream: table, headers: table|nil) `headers`: what a router has read
function M.onstream(options)
  local service = M.new(options)
  return function(server, stream, headers)
    M.guard(server, service.notice)
    service:on_stream(stream, headers)
  end
end

return M
