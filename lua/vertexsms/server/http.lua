--- A small HTTP/1.1 server for the simulator and the delivery report listener: one handler, bounded
-- requests, keep-alive, a clean end on SIGINT and SIGTERM. HTTP itself is lua-http's.
-- @module vertexsms.server.http

local AF_UNIX = require("cqueues.socket").AF_UNIX
local ascii = require("vertexsms.base.ascii")
local auxlib = require("cqueues.auxlib")
local cjson = require("cjson")
local cqueues = require("cqueues")
local guard = require("vertexsms.server.guard")
local h1 = require("vertexsms.server.h1")
local h2 = require("vertexsms.server.h2")
local lua_http = require("http.server")
local notices = require("vertexsms.base.notices")
local reasons = require("vertexsms.base.reason")
local signal = require("cqueues.signal")
local util = require("http.util")

local M = {}

--- Seconds for one request to arrive whole, and for one response to leave.
local REQUEST_TIMEOUT = 30
--- Seconds after which lua-http may close a silent connection; the guard does it earlier.
local IDLE_TIMEOUT = 150
--- Bytes of an oversized body that are read and thrown away, so that the client sees the 413: closing
-- with unread data makes the kernel send a reset, which may overtake the answer (RFC 9112 section 9.6).
local MAX_DISCARD = 16 * 1024 * 1024
--- Pieces of one body, and those that are read before everything else has its turn.
local MAX_CHUNKS, CHUNKS_AT_ONCE = 20000, 16
local MAX_LINE = 400
--- Lines in the log that strangers can cause: so many at once, then one every so many seconds.
local NOTICE_BURST, NOTICE_SECONDS = 50, 1

---@class vertexsms.http_request
---@field method string
---@field path string without the query
---@field query string|nil
---@field headers table lua-http's headers: `headers:get("content-type")`
---@field body string
---@field remote_addr string|nil the address of the connection

---@class vertexsms.http_response
---@field status integer
---@field headers? table<string, string>
---@field body? string
---@field dropped? boolean no answer: the connection is closed

---@class vertexsms.server.http.options
---@field handler fun(request: vertexsms.http_request): vertexsms.http_response
---@field host? string default 127.0.0.1
---@field port? integer default 0, a free one
---@field screen? fun(request: vertexsms.http_request): vertexsms.http_response|nil an answer before the body is read
---@field max_body? integer bytes, default 1 MiB
---@field tls_cert? string PEM file, the server's certificate first; with tls_key it serves HTTPS
---@field tls_key? string PEM file
---@field log? fun(line: string) default: to stdout, flushed

local Server = {}
Server.__index = Server

--- Writes one line to stdout at once, so that a reader behind a pipe sees each event when it happens.
---@param line string
---@return boolean|nil written
---@return string|nil reason why not
function M.print_line(line)
  local ok, reason = io.stdout:write(line, "\n")
  if ok then ok, reason = io.stdout:flush() end
  return ok and true, reason
end

--- What comes from the network must neither forge a second log line nor reach the terminal as an
-- escape sequence.
local function printable(line)
  return (line:sub(1, MAX_LINE):gsub("[^\32-\126]", "?"))
end

--- A URL as it may be shown: credentials and the query are where people put secrets.
---@param url string
---@return string
function M.public_url(url)
  return (url:gsub("[?#].*$", ""):gsub("^([A-Za-z][A-Za-z0-9+.-]*://)[^/]*@", "%1"))
end

-- An instance of lua-cjson knows the decimal point of the locale in which it was made.
local function encode(value)
  return cjson.new().encode(value)
end

--- A response with a JSON body.
---@param status integer
---@param value table
---@param headers? table<string, string>
---@return vertexsms.http_response
function M.json(status, value, headers)
  local all = { ["Content-Type"] = "application/json" }
  for name, content in pairs(headers or {}) do all[name] = content end
  return { status = status, headers = all, body = encode(value) }
end

--- True when only this machine can reach the address.
---@param host string
---@return boolean
function M.is_loopback(host)
  return ascii.is_same(host, "localhost") or host == "::1" or host:match("^127%.[0-9]+%.[0-9]+%.[0-9]+$") ~= nil
end

local function read_file(path)
  local file, err = io.open(path, "rb")
  if not file then error("cannot read " .. err, 0) end
  local content
  content, err = file:read("*a")
  file:close()
  if not content then error(("cannot read %s: %s"):format(path, err), 0) end
  return content
end

--- A TLS context from PEM files; the certificates after the first are sent as the chain.
local function tls_context(cert_path, key_path)
  local x509 = require("openssl.x509")
  local context = require("openssl.ssl.context")
  local ctx = require("http.tls").new_server_context()
  ctx:setOptions(context.OP_NO_TLSv1 + context.OP_NO_TLSv1_1)
  local chain, first = require("openssl.x509.chain").new(), nil
  for pem in read_file(cert_path):gmatch("%-+BEGIN CERTIFICATE%-+.-%-+END CERTIFICATE%-+") do
    local cert = x509.new(pem)
    if first then chain:add(cert) else first = cert end
  end
  if not first then error("no certificate in " .. cert_path, 0) end
  ctx:setCertificate(first)
  ctx:setCertificateChain(chain)
  ctx:setPrivateKey(require("openssl.pkey").new(read_file(key_path)))
  return ctx
end

local REFUSALS = {
  [400] = "Bad Request",
  [408] = "Request Timeout",
  [413] = "Content Too Large",
}

M.bound_body, M.abandon = h1.bound_body, h1.abandon

local function protocol_of(stream)
  return stream.connection.version == 2 and h2 or h1
end

-- Somebody who sends many small pieces neither takes the turn of all others nor goes on for ever.
local function give_way(count)
  if count % CHUNKS_AT_ONCE == 0 then cqueues.sleep(0) end
end

--- Reads a body whole. Returns nil and a status when it is too large, too slow or broken off.
local function read_body(protocol, stream, max, deadline, discard)
  local chunks, size, count = {}, 0, 0
  if not protocol.can_read_body(stream, max) then return nil, 413 end
  while size <= max + (discard or MAX_DISCARD) and count < MAX_CHUNKS do
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

--- Reads one request. Returns nil when the peer just went away, nil and a status when it must be refused; nil, nil,
-- the request and an answer when the screen has refused it.
local function read_request(protocol, stream, max_body, screen)
  local deadline = cqueues.monotime() + REQUEST_TIMEOUT
  local head, status = protocol.read_head(stream, REQUEST_TIMEOUT)
  if not head then return nil, status end
  local request = request_of(stream, head)
  local answer = screen and screen(request)
  if answer then return nil, nil, request, answer end
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

--- Answers without looking at the body; what of it is on its way is taken off the line, so that the answer is seen.
local function turn_away(protocol, stream, request, answer, max_body)
  respond(protocol, stream, request, answer)
  if stream.state ~= "closed" and not protocol.wants_continue(stream, request.headers) then
    read_body(protocol, stream, max_body, cqueues.monotime() + REQUEST_TIMEOUT, 0)
  end
end

local function handle(self, stream, request)
  local held = guard.hold(stream)
  local ok, response = util.yieldable_pcall(self.handler, request)
  guard.release(held, ok and (response.status or 500) < 400)
  if not ok then error(response, 0) end
  return response
end

local function serve(self, protocol, stream)
  local request, status, unread, answer = read_request(protocol, stream, self.max_body, self.screen)
  if request then
    respond(protocol, stream, request, handle(self, stream, request))
  elseif answer then
    turn_away(protocol, stream, unread, answer, self.max_body)
  elseif status then
    local what = unread and unread.method .. " " .. unread.path or "request"
    self.notice(("%s %d %s"):format(what, status, REFUSALS[status]))
    protocol.refuse(stream, status, REQUEST_TIMEOUT)
  end
end

-- Nothing is raised, and nothing left to do for lua-http, whose own end of a stream is not safe from strangers.
function Server:on_stream(stream)
  local protocol = protocol_of(stream)
  local ok, err = util.yieldable_pcall(serve, self, protocol, stream)
  if not ok then
    self.notice("internal error: " .. reasons.text(err))
    util.yieldable_pcall(protocol.refuse, stream, 500, REQUEST_TIMEOUT)
  end
  ok, err = util.yieldable_pcall(protocol.finish, stream)
  if not ok then self.notice("internal error: " .. reasons.text(err)) end
end

--- Runs a task beside the server, in a coroutine of its own; its failure is logged and ends nothing else.
---@param task fun()
function Server:spawn(task)
  self.cq:wrap(function()
    local ok, err = util.yieldable_pcall(task)
    if not ok then self.log("internal error: " .. reasons.text(err)) end
  end)
end

--- Binds the address. Returns nil and a message when that fails.
---@return string|nil host
---@return integer|string port or message
function Server:listen()
  local listener, err = lua_http.listen {
    cq = self.cq, host = self.host, port = self.port, reuseaddr = true,
    tls = self.ctx ~= nil, ctx = self.ctx, version = 1.1,
    connection_setup_timeout = REQUEST_TIMEOUT, intra_stream_timeout = IDLE_TIMEOUT,
    onstream = function(_, stream) self:on_stream(stream) end,
  }
  local ok = listener
  if listener then guard.protect(listener, self.notice) end
  if listener then ok, err = listener:listen(REQUEST_TIMEOUT) end
  if not ok then
    return nil, ("cannot listen on %s:%d: %s"):format(self.host, self.port, reasons.text(err))
  end
  self.listener = listener
  local _, host, port = auxlib.fileresult(listener.socket:localname())
  self.host, self.port = host, port
  return host, port
end

--- The server's own address, for people and for `base_url`.
---@return string
function Server:url()
  local host = self.host:find(":", 1, true) and "[" .. self.host .. "]" or self.host
  return ("%s://%s:%d"):format(self.ctx and "https" or "http", host, self.port)
end

--- Serves until `stop` is called or SIGINT or SIGTERM comes. The signals are taken before `started` is
-- called, so whoever has read the first line may send them.
---@param started fun() says that the server listens
function Server:run(started)
  signal.block(signal.SIGINT, signal.SIGTERM)
  local signals = signal.listen(signal.SIGINT, signal.SIGTERM)
  self:spawn(function()
    signals:wait()
    self:stop()
  end)
  started()
  while not self.stopped do
    local ok, err = self.cq:step()
    if not ok then self.log("internal error: " .. reasons.text(err)) end
  end
  self.listener.socket:close()
  signal.unblock(signal.SIGINT, signal.SIGTERM)
end

--- Ends `run`. Open connections are dropped: nothing waits for a client that stays silent.
function Server:stop()
  self.stopped = true
end

local function logger(write)
  return function(line) return write(printable(line)) end
end

local function notices_to(log)
  return notices.new { write = log, burst = NOTICE_BURST, seconds = NOTICE_SECONDS }
end

--- Puts a lua-http server of one's own under guard, from its next connection on: see vertexsms.server.guard.
---@param server table lua-http's
---@param log nil|fun(line: string) default: to stdout
function M.protect(server, log)
  guard.protect(server, notices_to(logger(log or M.print_line)))
end

--- The `onstream` of somebody else's lua-http server, with all that is taken care of here.
---@param options { handler: function, screen: function|nil, max_body: integer|nil, log: nil|fun(line: string) }
---@return fun(server: table, stream: table)
function M.onstream(options)
  local log = logger(options.log or M.print_line)
  local server = setmetatable({
    handler = options.handler, screen = options.screen, max_body = options.max_body or 1024 * 1024,
    log = log, notice = notices_to(log),
  }, Server)
  return function(lua_http_server, stream)
    guard.protect(lua_http_server, server.notice)
    server:on_stream(stream)
  end
end

--- Makes a server; nothing is bound before `listen`.
---@param options vertexsms.server.http.options
---@return table server
function M.new(options)
  if (options.tls_cert == nil) ~= (options.tls_key == nil) then
    error("TLS needs both a certificate and a key file", 0)
  end
  local log = logger(options.log or M.print_line)
  local host = options.host or "127.0.0.1"
  return setmetatable({
    cq = cqueues.new(),
    handler = options.handler,
    host = ascii.is_same(host, "localhost") and "127.0.0.1" or host,
    port = options.port or 0,
    max_body = options.max_body or 1024 * 1024,
    screen = options.screen,
    ctx = options.tls_cert and tls_context(options.tls_cert, options.tls_key) or nil,
    log = log, notice = notices_to(log),
  }, Server)
end

return M
