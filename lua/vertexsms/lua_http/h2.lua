--- Requests and responses over HTTP/2 on lua-http's streams. They share a connection: a stream that failed is reset
-- (RFC 9113 section 5.4.2), and the connection goes on.
--
-- The waiting of lua-http 0.4 spins for ever on a connection that has ended. So it is called only when what it waits
-- for is there. Its server never closes a connection that has an open stream left. So no stream is left open.
--
-- Tested in spec/lua_http/stream_spec.lua and h2_spec.lua.

local ascii = require("vertexsms.base.ascii")
local condition = require("cqueues.condition")
local cqueues = require("cqueues")
local dates = require("vertexsms.lua_http.date")
local errors = require("http.h2_error").errors
local new_headers = require("http.headers").new
local socket_type = require("cqueues.socket").type
local util = require("http.util")

local M = {}

-- Requests of one connection at the same time; lua-http sets no bound.
local STREAMS_MAX = 32
-- Streams of one connection that came to no answer. Clients cancel a few, and some open a few for priorities alone.
local UNANSWERED_MAX = 16
-- Seconds until the client must have room for an answer of some octets.
local WINDOW_SECONDS = 5

-- How many streams of a connection are being served, and how many came to no answer.
local active = setmetatable({}, { __mode = "k" })
local unanswered = setmetatable({}, { __mode = "k" })

-- lua-http says GOAWAY when something was wrong with the connection, and we do.
local function has_ended(connection)
  local socket = connection.socket
  return connection.send_goaway_lowest ~= nil or socket_type(socket) ~= "socket"
    or socket:eof("r") and socket:pending() == 0
end

-- Reads what there is before it waits: a socket that has just been written to does not look for anything to read.
local function wait(connection, signal, timeout)
  if not connection:step(0) then return false end
  if not connection.had_eagain then timeout = 0 end -- one frame, then everything else has its turn
  cqueues.poll(signal, connection, timeout)
  return true
end

-- Waits until something is there. Returns a status when it does not come, or nothing when it cannot.
local function await_any(stream, is_there, signal, deadline)
  local connection = stream.connection
  while not is_there(stream) do
    local left = deadline - cqueues.monotime()
    if left <= 0 then return false, 408 end
    if stream.state == "closed" or has_ended(connection) then return false end
    if not wait(connection, signal, left) then return false end
  end
  return true
end

-- The socket does not become readable again for what was read along with the frame that was waited for. So lua-http's
-- server, which waits for the next stream, is told that there may be more.
local function await(stream, ...)
  local is_there, status = await_any(stream, ...)
  if not stream.connection.had_eagain then stream.connection.new_streams_cond:signal() end
  return is_there, status
end

local function has_head(stream)
  return stream.recv_headers_fifo:length() > 0
end

-- Streams that are counted in `active`.
local counted = setmetatable({}, { __mode = "k" })

--- See vertexsms.lua_http.h1.
function M.take_over(stream)
  if counted[stream] then return end
  counted[stream] = true
  active[stream.connection] = (active[stream.connection] or 0) + 1
end

--- Waits for a request in place of a router, whose `stream:get_headers()` would spin for ever.
---@param stream table
---@param timeout number seconds
---@return boolean whether the headers are there
function M.await_head(stream, timeout)
  return (await(stream, has_head, stream.recv_headers_cond, cqueues.monotime() + timeout))
end

function M.has_head_read(stream)
  return stream.stats_recv_headers > 0 and not has_head(stream)
end

-- A body may have come whole without being read.
function M.has_body_read(stream)
  return stream.stats_recv > 0 and stream.chunk_fifo:length() == 0
end

function M.has_replied(stream)
  return stream.stats_sent_headers > 0
end

function M.read_head(stream, timeout)
  M.take_over(stream)
  if active[stream.connection] > STREAMS_MAX then return nil end
  local ok, status = await(stream, has_head, stream.recv_headers_cond, cqueues.monotime() + timeout)
  if not ok then return nil, status end
  return stream:get_headers(0)
end

-- The frames that are there are within the window that lua-http grants, 64 KiB.
function M.can_read_body()
  return true
end

local function has_chunk(stream)
  return stream.chunk_fifo:length() > 0 or stream.state == "half closed (remote)"
end

function M.next_chunk(stream, timeout)
  local ok, status = await(stream, has_chunk, stream.chunk_cond, cqueues.monotime() + timeout)
  if not ok then return nil, status or 400 end
  return (stream:get_next_chunk(0))
end

-- A client may wait for it (RFC 9110 section 10.1.1).
function M.wants_continue(_, head)
  return ascii.lower(head:get("expect") or "") == "100-continue"
end

function M.continue(stream, timeout)
  stream:write_continue(timeout)
end

local function has_window(size)
  return function(stream)
    return stream.peer_flow_credits >= size and stream.connection.peer_flow_credits >= size
  end
end

--- See vertexsms.lua_http.h1. Names are in lower case (RFC 9113 section 8.2.1).
function M.respond(stream, response, timeout, is_head)
  if response.dropped or stream.state == "closed" then return end
  local head, body = new_headers(), response.body or ""
  head:append(":status", tostring(response.status))
  head:append("date", dates.format())
  for name, value in pairs(response.headers or {}) do head:append(ascii.lower(name), value) end
  head:append("content-length", tostring(#body))
  local bodiless = body == "" or is_head
  if not stream:write_headers(head, bodiless, timeout) or bodiless then return end
  local deadline = cqueues.monotime() + math.min(timeout, WINDOW_SECONDS)
  if await(stream, has_window(#body), condition.new(), deadline) then stream:write_chunk(body, true, timeout) end
end

--- Nothing here streams over HTTP/2.
function M.stream(stream, _, timeout)
  M.refuse(stream, 501, timeout)
end

function M.refuse(stream, status, timeout)
  if stream.state == "closed" or stream.state == "idle" or stream.stats_sent_headers > 0 then return end
  M.respond(stream, { status = status }, timeout, false)
end

-- lua-http's server stops looking for new streams when none came for a while. Those that came later are reset here.
local function reset_left(connection)
  if connection.new_streams:length() == 0 then return end
  cqueues.sleep(0)
  cqueues.sleep(0)
  while active[connection] == nil and connection.new_streams:length() > 0 do
    M.close(connection.new_streams:pop(), errors.REFUSED_STREAM)
  end
end

--- Closes a stream, whatever state the connection is in.
---@param stream table
---@param reason table|nil lua-http's error; nil when there is none
function M.close(stream, reason)
  if stream.state == "idle" or stream.state == "closed" then return end
  util.yieldable_pcall(stream.rst_stream, stream, reason, 0)
  if stream.state ~= "closed" then stream:set_state("closed") end
end

local function count_unanswered(stream)
  local connection = stream.connection
  if stream.stats_sent_headers > 0 then return end
  unanswered[connection] = (unanswered[connection] or 0) + 1
  if unanswered[connection] ~= UNANSWERED_MAX or has_ended(connection) then return end
  connection:write_goaway_frame(nil, errors.ENHANCE_YOUR_CALM.code, nil, 0)
  connection.socket:shutdown("rw")
end

--- Leaves nothing for lua-http's own clean-up to do.
---@param stream table
function M.finish(stream)
  local connection = stream.connection
  counted[stream] = nil
  local is_refused = active[connection] > STREAMS_MAX
  M.close(stream, is_refused and errors.REFUSED_STREAM or nil)
  active[connection] = active[connection] > 1 and active[connection] - 1 or nil
  util.yieldable_pcall(count_unanswered, stream)
  reset_left(connection)
  -- lua-http waits for the end of streams that were never opened, and of those that came after a GOAWAY.
  if not active[connection] and (connection.n_active_streams == 0 or has_ended(connection)) then
    connection:onidle()(connection)
  end
end

return M
