--- A small HTTP/1.1 server for the simulator and the delivery report listener: one handler, bounded
-- requests, keep-alive, a clean end on SIGINT and SIGTERM. HTTP itself is lua-http's.
-- @module vertexsms.http_server

local ascii = require("vertexsms.ascii")
local auxlib = require("cqueues.auxlib")
local cjson = require("cjson")
local cqueues = require("cqueues")
local errno = require("cqueues.errno")
local lua_http = require("http.server")
local new_headers = require("http.headers").new
local reasons = require("vertexsms.reason")
local signal = require("cqueues.signal")
local util = require("http.util")

local M = {}

--- Seconds for one request to arrive whole, and for one response to leave.
local REQUEST_TIMEOUT = 30
--- Seconds a kept-alive connection may stay silent. Long, because a client that reuses its connection
-- must not lose it between two sends of a quiet minute.
local IDLE_TIMEOUT = 120
--- Below the usual limit of 1024 descriptors, so that reports can still be sent when all are in use.
local MAX_CONNECTIONS = 512
--- Bytes of an oversized body that are read and thrown away, so that the client sees the 413: closing
-- with unread data makes the kernel send a reset, which may overtake the answer (RFC 9112 section 9.6).
local MAX_DISCARD = 16 * 1024 * 1024
local MAX_LINE = 400

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

---@class vertexsms.http_server.options
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

--- Lengths that a double holds exactly; no body is longer.
local MAX_LENGTH = 2 ^ 53

-- lua-http buffers a chunk whole, up to 4 GiB, before it hands over a byte.
local function bound_chunks(connection, max)
  if rawget(connection, "read_body_chunk") then return end
  local read = connection.read_body_chunk
  function connection:read_body_chunk(timeout)
    local line, err, code = self.socket:xread("*L", timeout)
    if not line then return nil, err, code end
    self.socket:unget(line)
    if (tonumber(line:match("^[0-9A-Fa-f]+") or "0", 16)) > max then return nil, "chunk too large", errno.E2BIG end
    return read(self, timeout)
  end
end

--- Refuses a body that lua-http would read without a bound: chunks above a size; a length beyond cqueues' integers, of
-- which it reads nothing, at once and for ever; and what it inflates, where a zlib for Lua is installed.
---@param stream table lua-http's, of a server or a client
---@param max_chunk integer bytes
---@return boolean|nil bounded
---@return string|nil problem
---@return integer|nil code
function M.bound_body(stream, max_chunk)
  bound_chunks(stream.connection, max_chunk)
  if stream.body_read_inflate or (stream.body_read_left or 0) > MAX_LENGTH then
    return nil, "body too large", errno.E2BIG
  end
  return true
end

local READ_FAILURES = { [errno.ETIMEDOUT] = 408, [errno.E2BIG] = 413 }

--- Reads a body whole. Returns nil and a status when it is too large, too slow or broken off.
local function read_body(stream, max, deadline, discard)
  local chunks, size = {}, 0
  if not M.bound_body(stream, max) then return nil, 413 end
  while size <= max + (discard or MAX_DISCARD) do
    local chunk, err, code = stream:get_next_chunk(deadline - cqueues.monotime())
    if not chunk then
      if err then return nil, READ_FAILURES[code] or 400 end
      if stream.state == "open" then return nil, 400 end -- the connection ended before the body did
      if size > max then return nil, 413 end
      return table.concat(chunks)
    end
    size = size + #chunk
    if size <= max then chunks[#chunks + 1] = chunk else chunks = {} end
  end
  return nil, 413
end

local function wants_continue(stream, head)
  return ascii.is_same(head:get("expect") or "", "100-continue") and stream.peer_version > 1.0
end

--- Reads one request. Returns nil when the peer just went away, nil and a status when it must be refused; nil, nil,
-- the request and an answer when the screen has refused it.
local function read_request(stream, max_body, screen)
  local deadline = cqueues.monotime() + REQUEST_TIMEOUT
  -- lua-http raises on a transfer coding it does not know, instead of returning an error.
  local parsed, head, err, code = util.yieldable_pcall(stream.get_headers, stream, REQUEST_TIMEOUT)
  if not parsed then return nil, 400 end
  if not head then
    if not err or code == errno.EPIPE or code == errno.ECONNRESET then return nil end
    return nil, READ_FAILURES[code] or 400
  end
  local target = head:get(":path") or ""
  local request = { method = head:get(":method"), headers = head }
  request.path, request.query = target:match("^([^?]*)%??(.*)$")
  request.remote_addr = select(2, stream:peername())
  local answer = screen and screen(request)
  if answer then return nil, nil, request, answer end
  local length = head:get("content-length") or "0"
  if not length:match("^[0-9]+$") then return nil, 400, request end
  if wants_continue(stream, head) then
    if tonumber(length) > max_body then return nil, 413, request end
    stream:write_continue(REQUEST_TIMEOUT)
  end
  local body, status = read_body(stream, max_body, deadline)
  request.body = body
  return body and request, status, request
end

local function write_response(stream, response)
  if response.dropped then return M.abandon(stream) end
  local head, body = new_headers(), response.body or ""
  head:append(":status", tostring(response.status))
  head:append("Date", util.imf_date())
  for name, value in pairs(response.headers or {}) do head:append(name, value) end
  head:append("content-length", tostring(#body))
  local bodiless = body == "" or stream.req_method == "HEAD"
  if stream:write_headers(head, bodiless, REQUEST_TIMEOUT) and not bodiless then
    stream:write_body_from_string(body, REQUEST_TIMEOUT)
  end
end

local REFUSALS = {
  [400] = "Bad Request",
  [408] = "Request Timeout",
  [413] = "Content Too Large",
  [500] = "Internal Server Error",
}

--- Ends a stream and its connection at once. lua-http 0.4's own `stream:shutdown()` spins for ever when
-- the connection ends before a body whose length was announced does, or when that length was no number;
-- and after a request that was not read to its end, what is left must not be taken for the next one.
---@param stream table lua-http's, of a server or a client
function M.abandon(stream)
  if stream.state == "closed" then return end
  local socket = stream.connection.socket
  stream.connection.socket = nil
  stream:set_state("closed")
  if socket then
    socket:shutdown()
    socket:close()
  end
end

--- Answers a request that could not be read, past the stream: on one without a request line lua-http
-- cannot answer.
local function refuse(stream, status)
  local connection = stream.connection
  if connection.pipeline:peek() ~= stream then stream.pipeline_cond:wait(REQUEST_TIMEOUT) end
  if stream.state ~= "closed" and connection.socket and not stream.body_write_type then
    local body = cjson.encode { message = REFUSALS[status] .. "." }
    connection:write_status_line(1.1, tostring(status), REFUSALS[status], 0)
    connection:write_header("Content-Type", "application/json", 0)
    connection:write_header("Content-Length", tostring(#body), 0)
    connection:write_header("Connection", "close", 0)
    connection:write_headers_done(REQUEST_TIMEOUT)
    connection:write_body_plain(body, REQUEST_TIMEOUT)
  end
  M.abandon(stream)
end

--- Answers without looking at the body; what of it is on its way is taken off the line, so that the answer is seen.
local function turn_away(stream, answer, head, max_body)
  write_response(stream, answer)
  if stream.state ~= "closed" and not wants_continue(stream, head) then
    read_body(stream, max_body, cqueues.monotime() + REQUEST_TIMEOUT, 0)
  end
end

function Server:serve(stream)
  local request, status, unread, answer = read_request(stream, self.max_body, self.screen)
  if request then
    write_response(stream, self.handler(request))
  elseif answer then
    turn_away(stream, answer, unread.headers, self.max_body)
  elseif status then
    local what = unread and unread.method .. " " .. unread.path or "request"
    self.log(("%s %d %s"):format(what, status, REFUSALS[status]))
    refuse(stream, status)
  end
end

function Server:on_stream(stream)
  local ok, err = util.yieldable_pcall(self.serve, self, stream)
  if not ok then
    self.log("internal error: " .. reasons.text(err))
    util.yieldable_pcall(refuse, stream, 500)
  end
  if stream.state == "open" or stream.state == "half closed (local)" then M.abandon(stream) end
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
    max_concurrent = MAX_CONNECTIONS,
    connection_setup_timeout = REQUEST_TIMEOUT, intra_stream_timeout = IDLE_TIMEOUT,
    onstream = function(_, stream) self:on_stream(stream) end,
    -- The default throws, and would end the server for one client's broken connection.
    onerror = function(_, _, operation, message)
      self.log(("connection lost: %s: %s"):format(operation, reasons.text(message)))
    end,
  }
  local ok = listener
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

--- The `onstream` of somebody else's lua-http server, with all that is taken care of here.
---@param options { handler: function, screen: function|nil, max_body: integer|nil, log: nil|fun(line: string) }
---@return fun(server: table, stream: table)
function M.onstream(options)
  local server = setmetatable({
    handler = options.handler, screen = options.screen, max_body = options.max_body or 1024 * 1024,
    log = logger(options.log or M.print_line),
  }, Server)
  return function(_, stream) server:on_stream(stream) end
end

--- Makes a server; nothing is bound before `listen`.
---@param options vertexsms.http_server.options
---@return table server
function M.new(options)
  if (options.tls_cert == nil) ~= (options.tls_key == nil) then
    error("TLS needs both a certificate and a key file", 0)
  end
  local write = options.log or M.print_line
  local host = options.host or "127.0.0.1"
  return setmetatable({
    cq = cqueues.new(),
    handler = options.handler,
    host = ascii.is_same(host, "localhost") and "127.0.0.1" or host,
    port = options.port or 0,
    max_body = options.max_body or 1024 * 1024,
    screen = options.screen,
    ctx = options.tls_cert and tls_context(options.tls_cert, options.tls_key) or nil,
    log = logger(write),
  }, Server)
end

return M
