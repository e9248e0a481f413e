--- Bounds what strangers can do to a lua-http server: how many connections there are, for how long one may do nothing,
-- and what a broken one costs.
--
-- When there are too many connections, the one that has done nothing for the longest time makes room for a new one. So
-- a stranger who opens thousands closes his own. Connections that had a good request go last, those at work never.
--
-- Tested in spec/lua_http/stream_spec.lua.

local condition = require("cqueues.condition")
local cqueues = require("cqueues")
local reasons = require("vertexsms.base.reason")
local socket_type = require("cqueues.socket").type
local util = require("http.util")

local M = {}

-- Below the usual limit of 1024 descriptors, so that reports can still be sent when all are in use.
local CONNECTIONS_MAX = 512
-- Seconds until the first request must be there, and the next one. The latter is long, because a client that reuses
-- its connection must not lose it between two sends of a quiet minute.
local FIRST_SECONDS, IDLE_SECONDS = 30, 120
local REAP_SECONDS = 1
-- Connections that are taken before everything else has its turn.
local ACCEPTS_AT_ONCE = 16
local CUTS_AT_ONCE = 32
-- Seconds until a connection is accepted again after that has failed: lua-http itself does not wait.
local ACCEPT_PAUSE = 0.1

-- What is known of a connection, by its socket; of a server, by its table.
local entries = setmetatable({}, { __mode = "k" })
local guards = setmetatable({}, { __mode = "k" })

local function is_open(socket)
  return socket_type(socket) == "socket"
end

-- lua-http's errors have a traceback.
local function first_line(err)
  return reasons.text(err):match("^[^\n]*")
end

-- Ends whatever waits for this connection; lua-http closes it then.
local function cut(socket, entry)
  entry.is_cut = true
  if is_open(socket) then socket:shutdown("rw") end
end

local function each_open(guard)
  for socket in pairs(guard.sockets) do
    if not is_open(socket) then guard.sockets[socket] = nil end
  end
  return pairs(guard.sockets)
end

local function comes_before(a, b)
  if a.is_useful ~= b.is_useful then return b.is_useful end
  return a.since < b.since
end

-- A request that is there whole and not answered is at work, for a while, in a route that does not call `M.hold`.
local function is_at_work(entry, now)
  if entry.working > 0 then return true end
  for stream, began in pairs(entry.streams) do
    if stream.state == "half closed (remote)" and began + IDLE_SECONDS > now then return true end
  end
  return false
end

-- Those that are not at work, the first to go first; and how many are going already.
local function candidates(guard)
  local list, going, now = {}, 0, cqueues.monotime()
  for socket in each_open(guard) do
    local entry = entries[socket]
    if entry.is_cut then
      going = going + 1
    elseif not is_at_work(entry, now) then
      list[#list + 1] = { socket = socket, entry = entry }
    end
  end
  table.sort(list, function(a, b) return comes_before(a.entry, b.entry) end)
  return list, going
end

-- Some at once, because each takes a turn of the loop to go.
local function cut_some(guard)
  local list, going = candidates(guard)
  for i = 1, math.min(#list, CUTS_AT_ONCE - going) do cut(list[i].socket, list[i].entry) end
end

-- Runs as long as there are connections.
local function reap(guard)
  while next(guard.sockets) do
    local now = cqueues.monotime()
    for socket in each_open(guard) do
      local entry = entries[socket]
      if entry.expires < now and not is_at_work(entry, now) then cut(socket, entry) end
    end
    cqueues.sleep(REAP_SECONDS)
  end
  guard.is_reaping = false
end

-- lua-http accepts as long as clients connect, and nothing else has its turn meanwhile.
local function take_turns(guard)
  guard.accepted = guard.accepted + 1
  if guard.accepted % ACCEPTS_AT_ONCE == 0 then cqueues.sleep(0) end
end

local function make_room(guard, server)
  while server.n_connections >= guard.max do
    cut_some(guard)
    cqueues.poll(server.connection_done, guard.changed)
  end
end

-- lua-http's own function for one connection, which its server gives to the controller.
local function body_of(method)
  local body
  method({ n_connections = 0, cq = { wrap = function(_, fn) body = fn end } })
  return body
end

-- lua-http 0.4 raises on some broken frames of HTTP/2, out of the loop of the whole server.
local function run_connection(server, socket)
  local guard = guards[server]
  local ok, err = util.yieldable_pcall(guard.run_connection, server, socket)
  if ok then return end
  if not is_open(socket) then error(err, 0) end -- raised by an onerror that wants it so
  socket:close()
  server.n_connections = server.n_connections - 1
  server.connection_done:signal(1)
  guard.notice("connection lost: " .. first_line(err))
end

local function call_onstream(guard, server, stream)
  if not guard.streams.await(stream) then return end
  local ok, err = util.yieldable_pcall(server.onstream, server, stream)
  if not ok then server:onerror()(server, stream, "onstream", err) end
end

-- In place of lua-http's own, whose `stream:shutdown()` spins for ever on a request that broke off.
local function run_stream(server, stream)
  local socket = stream.connection.socket
  local guard, entry = guards[server], socket and entries[socket]
  if entry then entry.streams[stream] = cqueues.monotime() end
  local function try(work, ...)
    local ok, err = util.yieldable_pcall(work, ...)
    if not ok then guard.notice("request lost: " .. first_line(err)) end
  end
  try(call_onstream, guard, server, stream)
  try(guard.streams.finish, stream)
  if not entry then return end
  entry.streams[stream], entry.expires = nil, math.max(entry.expires, cqueues.monotime() + IDLE_SECONDS)
end

local function add_stream(server, stream)
  server.cq:wrap(run_stream, server, stream)
  return true
end

local function watch(guard, server, socket)
  local now = cqueues.monotime()
  entries[socket] = { guard = guard, since = now, expires = now + FIRST_SECONDS, working = 0, is_useful = false,
    streams = setmetatable({}, { __mode = "k" }) }
  guard.sockets[socket] = true
  if guard.is_reaping then return end
  guard.is_reaping = true
  server.cq:wrap(reap, guard)
end

local function add_socket(server, socket)
  local guard = guards[server]
  server.n_connections = server.n_connections + 1
  server.cq:wrap(run_connection, server, socket)
  watch(guard, server, socket)
  if cqueues.running() then
    make_room(guard, server)
    take_turns(guard)
  end
  return true
end

local function onerror(notice)
  return function(_, _, operation, message)
    notice(("connection lost: %s: %s"):format(operation, first_line(message)))
    if operation == "accept" and cqueues.running() then cqueues.sleep(ACCEPT_PAUSE) end
  end
end

--- Puts a lua-http server under guard, from the next connection on; more than once is fine. The caller's `onerror` and
-- a lower `max_concurrent` are kept. lua-http's default `onerror`, which raises out of the loop, is replaced.
---@param server table lua-http's
---@param notice fun(line: string) told of connections that were lost
---@param streams table `await(stream)`: whether its request came; `finish(stream)` ends what `onstream` has left open
function M.protect(server, notice, streams)
  if guards[server] then return end
  local class = getmetatable(server).__index
  guards[server] = {
    sockets = setmetatable({}, { __mode = "k" }), max = math.min(server.max_concurrent, CONNECTIONS_MAX),
    accepted = 0, changed = condition.new(), notice = notice, streams = streams,
    run_connection = body_of(class.add_socket),
  }
  server.add_socket, server.add_stream = add_socket, add_stream
  if server:onerror() == class.onerror_ then server:onerror(onerror(notice)) end
end

local function entry_of(stream)
  local socket = stream.connection.socket
  return socket and entries[socket]
end

--- The stream's request is there whole: its connection is not cut before `release`.
---@param stream table lua-http's
---@return table|nil entry for `release`
function M.hold(stream)
  local entry = entry_of(stream)
  if entry then entry.working = entry.working + 1 end
  return entry
end

--- The answer is known.
---@param entry table|nil
---@param is_useful boolean whether the request was not refused
function M.release(entry, is_useful)
  if not entry then return end
  local now = cqueues.monotime()
  entry.working, entry.since, entry.expires = entry.working - 1, now, now + IDLE_SECONDS
  entry.is_useful = entry.is_useful or is_useful
  entry.guard.changed:signal()
end

return M
