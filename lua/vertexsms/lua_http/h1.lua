--- Requests and responses over HTTP/1 on lua-http's streams, with what lua-http 0.4 leaves open: it reads some bodies
-- without a bound, and its own clean-up spins for ever on requests that break off.
--
-- Tested in spec/lua_http/stream_spec.lua and spec/server/http_spec.lua.

local ascii = require("vertexsms.base.ascii")
local cjson = require("cjson")
local dates = require("vertexsms.lua_http.date")
local errno = require("cqueues.errno")
local new_headers = require("http.headers").new
local util = require("http.util")

local M = {}

-- Lengths that a double holds exactly; no body is longer.
local LENGTH_MAX = 2 ^ 53

local REASONS = {
  [400] = "Bad Request",
  [408] = "Request Timeout",
  [413] = "Content Too Large",
  [500] = "Internal Server Error",
  [503] = "Service Unavailable",
}

local READ_FAILURES = { [errno.ETIMEDOUT] = 408, [errno.E2BIG] = 413 }

-- lua-http buffers a chunk whole, up to 4 GiB, before it hands over a byte.
local function bound_chunks(connection, max)
  if rawget(connection, "read_body_chunk") then return end
  local read = connection.read_body_chunk
  function connection:read_body_chunk(timeout)
    local line, err, code = self.socket:xread("*L", timeout)
    if not line then return nil, err, code end
    self.socket:unget(line)
    if (tonumber(line:match("^[0-9a-fA-F]+") or "0", 16)) > max then return nil, "chunk too large", errno.E2BIG end
    return read(self, timeout)
  end
end

--- Refuses a body that lua-http would read without a bound: chunks above a size; a length beyond cqueues' integers, of
-- which it reads nothing, at once and for ever; and what it inflates, where a zlib for Lua is installed.
---@param stream table lua-http's, of a server or a client
---@param max_chunk integer bytes
---@return boolean|nil bounded
---@return string|nil reason
---@return integer|nil code
function M.bound_body(stream, max_chunk)
  bound_chunks(stream.connection, max_chunk)
  if stream.body_read_inflate or (stream.body_read_left or 0) > LENGTH_MAX then
    return nil, "body too large", errno.E2BIG
  end
  return true
end

-- lua-http reads the next request while this one is answered, and would queue as many as a client writes: the next one
-- waits, unread, until this one has been answered.
local function wait_for_turn(stream)
  while stream.connection.pipeline:peek() ~= stream do
    if stream.state == "closed" then return false end
    stream.pipeline_cond:wait()
  end
  return stream.state == "idle" and stream.connection.socket ~= nil
end

-- A TLS client waits for its answer, and sends no end of line.
local function begins_like_http(stream)
  local socket = stream.connection.socket
  local first = socket:xread(1, "b", 0)
  if not first then return true end
  socket:unget(first)
  return first:find("^[A-Z\r]") ~= nil
end

--- Reads a request's line and headers.
---@param stream table lua-http's
---@param timeout number seconds
---@return table|nil headers lua-http's; nil alone when the peer just went away
---@return integer|nil status why it must be refused
function M.read_head(stream, timeout)
  if not wait_for_turn(stream) then return nil end
  if not begins_like_http(stream) then return nil, 400 end
  -- lua-http raises on a transfer coding it does not know, instead of returning an error.
  local parsed, head, err, code = util.yieldable_pcall(stream.get_headers, stream, timeout)
  if not parsed then return nil, 400 end
  if head then return head end
  if not err or code == errno.EPIPE or code == errno.ECONNRESET then return nil end
  return nil, READ_FAILURES[code] or 400
end

--- See vertexsms.lua_http.h2; here `stream:get_headers()` can wait itself.
function M.await_head() return true end

--- Begins with a request whose head was read elsewhere.
function M.take_over() end

---@param stream table
---@return boolean whether the head was read elsewhere
function M.has_head_read(stream)
  return stream.state ~= "idle" and stream.state ~= "closed"
end

---@param stream table
---@return boolean whether a body was there, and is no more
function M.has_body_read(stream)
  return stream.stats_recv > 0
end

---@param stream table
---@return boolean
function M.has_replied(stream)
  return stream.body_write_type ~= nil
end

--- Before the body is read.
---@param stream table
---@param max integer bytes of a chunk
---@return boolean whether it can be read at all
function M.can_read_body(stream, max)
  return M.bound_body(stream, max) == true
end

--- Reads some of the body.
---@param stream table
---@param timeout number seconds
---@return string|nil chunk
---@return integer|nil status why there is none; neither when the body is there whole
function M.next_chunk(stream, timeout)
  local chunk, err, code = stream:get_next_chunk(timeout)
  if chunk then return chunk end
  if err then return nil, READ_FAILURES[code] or 400 end
  if stream.state == "open" then return nil, 400 end -- the connection ended before the body did
  return nil
end

---@param stream table
---@param head table
---@return boolean whether the client waits before it sends the body
function M.wants_continue(stream, head)
  return ascii.lower(head:get("expect") or "") == "100-continue" and stream.peer_version > 1.0
end

---@param stream table
---@param timeout number seconds
function M.continue(stream, timeout)
  stream:write_continue(timeout)
end

local function head_of(response)
  local head = new_headers()
  head:append(":status", tostring(response.status))
  head:append("Date", dates.format())
  for name, value in pairs(response.headers or {}) do head:append(name, value) end
  return head
end

--- Answers.
---@param stream table
---@param response vertexsms.lua_http.Response
---@param timeout number seconds
---@param is_head boolean of a request whose answer has no body
function M.respond(stream, response, timeout, is_head)
  if response.dropped then return M.abandon(stream) end
  local head, body = head_of(response), response.body or ""
  head:append("content-length", tostring(#body))
  local bodiless = body == "" or is_head
  if stream:write_headers(head, bodiless, timeout) and not bodiless then
    stream:write_body_from_string(body, timeout)
  end
end

--- Answers with a body that comes piece by piece.
---@param stream table
---@param response vertexsms.lua_http.Response with `stream`
---@param timeout number seconds for each piece
---@param is_head boolean
function M.stream(stream, response, timeout, is_head)
  local head = head_of(response)
  head:append("connection", "close")
  if not stream:write_headers(head, is_head, timeout) or is_head then return end
  response.stream(function(chunk) return stream:write_chunk(chunk, false, timeout) end)
  stream:write_chunk("", true, timeout)
end

--- Ends a stream and its connection at once. lua-http's `stream:shutdown()` spins for ever when the connection ends
-- before a body whose length was announced does, or when that length was not a number. And what is left of a request
-- must not be taken for the next one. The socket is taken off the connection as lua-http's `connection:take_socket()`
-- does, which cannot be called while a stream is open.
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

--- Answers a request that could not be read, past the stream: on one without a request line lua-http cannot answer.
---@param stream table
---@param status integer
---@param timeout number seconds
function M.refuse(stream, status, timeout)
  local connection = stream.connection
  if stream.state ~= "closed" and connection.socket and not stream.body_write_type then
    local reason = REASONS[status]
    local body = cjson.encode { message = reason .. "." }
    connection:write_status_line(1.1, tostring(status), reason, 0)
    connection:write_header("Content-Type", "application/json", 0)
    connection:write_header("Content-Length", tostring(#body), 0)
    connection:write_header("Connection", "close", 0)
    connection:write_headers_done(timeout)
    connection:write_body_plain(body, timeout)
  end
  M.abandon(stream)
end

--- Leaves nothing for lua-http's own clean-up to do.
---@param stream table
function M.finish(stream)
  M.abandon(stream)
end

return M
