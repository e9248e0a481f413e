--- One accepted connection: reads requests into the ledger, sends bytes, and ends in the way it is told to.

local cqueues = require("cqueues")
local answer = require("fault_server.answer")
local kernel = require("fault_server.kernel")
local request = require("fault_server.request")

local CHUNK = 4096
local HEAD_MAX = 65536
local BODY_MAX = 16 * 1024 * 1024
local IDLE_SECONDS = 120
local LINGER_SECONDS = 10
local SEND_SECONDS = 20

local Connection = {}
Connection.__index = Connection

local connection = {}

--- `options`: socket, server, scenario (its name), transport ("plain" or "tls"), number (of the connection,
-- from 1).
function connection.new(options)
  local self = setmetatable({
    socket = options.socket,
    server = options.server,
    scenario = options.scenario,
    transport = options.transport,
    number = options.number,
    buffer = "",
    closed = false,
  }, Connection)
  self.socket:setmode("bn", "bn")
  -- Errors of the network are what this server is about: they come back as values, never as exceptions.
  self.socket:onerror(function(_, _, why)
    return why
  end)
  return self
end

--- Looked up each time, so that a reset of the ledger reaches connections that are open.
function Connection:entry()
  return self.server.ledger:entry(self.transport, self.scenario)
end

--- The TLS handshake; true when it went well.
function Connection:handshake(context)
  local ok = self.socket:starttls(context, 10)
  if not ok then
    self:entry():add("handshake_failures", 1)
  end
  return ok and true or false
end

--- Some bytes from the socket, at most `limit`; nil at the end of the stream, at an error, after `seconds`.
function Connection:receive(limit, seconds)
  if self.closed then
    return nil
  end
  local bytes, why = self.socket:xread(-limit, nil, seconds)
  if why then
    self.socket:clearerr("r")
  end
  return bytes, why
end

local function fill(self, seconds)
  local bytes = self:receive(CHUNK, seconds or IDLE_SECONDS)
  if not bytes or bytes == "" then
    return false
  end
  self.buffer = self.buffer .. bytes
  return true
end

local function take(self, count)
  local bytes = self.buffer:sub(1, count)
  self.buffer = self.buffer:sub(count + 1)
  self:entry():add("bytes", #bytes)
  return bytes
end

--- Waits for the first byte of a request and counts it as begun.
function Connection:await_request(seconds)
  if self.buffer == "" and not fill(self, seconds) then
    return false
  end
  self.begun = self:entry()
  self.begun:begin()
  return true
end

--- Reads a request's head and leaves its body unread.
function Connection:read_head(seconds)
  if not self:await_request(seconds) then
    return nil
  end
  local _, last = self.buffer:find("\r\n\r\n", 1, true)
  while not last do
    if #self.buffer > HEAD_MAX or not fill(self) then
      take(self, #self.buffer)
      return nil
    end
    _, last = self.buffer:find("\r\n\r\n", 1, true)
  end
  local head = request.parse(take(self, last))
  if head then
    self:entry():head(head)
  end
  return head
end

--- Reads `count` bytes of a body, or what comes of it; true when all of them came.
function Connection:read_body(head, count)
  local pieces, missing = {}, count
  while missing > 0 and (self.buffer ~= "" or fill(self)) do
    local piece = take(self, missing)
    pieces[#pieces + 1] = piece
    missing = missing - #piece
  end
  head.body = table.concat(pieces)
  return missing == 0
end

--- Reads a request to its end and counts it, before anything is answered; nil when it does not come whole.
function Connection:read_request(seconds)
  local head = self:read_head(seconds)
  if not head then
    return nil
  end
  local length = tonumber(head.headers["content-length"] or "0")
  if head.headers["transfer-encoding"] or not length or length > BODY_MAX then
    self:send(answer.refused(411, "The fault server wants a Content-Length of at most 16 MiB"))
    return nil
  end
  if (head.headers.expect or ""):lower() == "100-continue" then
    self:send(answer.head(100))
  end
  if not self:read_body(head, length) then
    return nil
  end
  head.messages = request.messages(head.body)
  self:entry():complete(head, self.begun)
  return head
end

--- Sends bytes; false when the peer did not take them.
function Connection:send(bytes, seconds)
  if self.closed then
    return false
  end
  local sent, why = self.socket:xwrite(bytes, nil, seconds or SEND_SECONDS)
  if not sent then
    self.socket:clearerr("w")
  end
  return sent and not why
end

--- Reads and throws away until the peer has closed, at most `seconds`. True when the peer closed.
function Connection:hold(seconds)
  local deadline = cqueues.monotime() + seconds
  self:entry():add("discarded", #self.buffer)
  self.buffer = ""
  while not self.closed do
    local left = deadline - cqueues.monotime()
    local bytes = left > 0 and self:receive(CHUNK, left)
    if not bytes or bytes == "" then
      return left > 0
    end
    self:entry():add("discarded", #bytes)
  end
  return true
end

--- Waits `milliseconds` whatever the peer does.
function Connection.pause(_, milliseconds)
  cqueues.sleep(milliseconds / 1000)
end

--- Ends with a FIN, and surely not with an RST: close() on a socket with unread bytes would send an RST that
-- can overtake what was sent before (RFC 9112 §9.6), so the rest is read first. Over TLS there is no
-- close_notify: that is what a process that died looks like.
function Connection:finish()
  if self.closed then
    return
  end
  kernel.finish(self.socket:pollfd())
  self:hold(LINGER_SECONDS)
  self:close()
end

--- As `finish`, with TLS's close_notify before the FIN: a server that ends in good order.
function Connection:say_goodbye()
  if self.closed then
    return
  end
  local tls = self.socket:checktls()
  if tls then
    kernel.close_notify(tls)
  end
  self:finish()
end

--- Ends with an RST.
function Connection:reset()
  if self.closed then
    return
  end
  kernel.reset_on_close(self.socket:pollfd())
  self:close()
end

function Connection:close()
  if not self.closed then
    self.closed = true
    self.socket:close()
  end
end

return connection
