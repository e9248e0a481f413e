--- The other end of the wire for the specs of the simulator and the listener, over LuaSocket, which every
-- Lua has: requests, a raw connection, and an endpoint that takes delivery reports.

local http = require("socket.http")
local ltn12 = require("ltn12")
local socket = require("socket")

local M = {}

local TIMEOUT = 10

--- One request on a connection of its own. Returns status, body, headers (names in lower case).
function M.request(method, url, headers, body)
  local chunks, all = {}, { ["content-length"] = body and #body or nil }
  for name, value in pairs(headers or {}) do all[name] = value end
  local ok, status, response = http.request {
    method = method, url = url, headers = all, source = body and ltn12.source.string(body),
    sink = ltn12.sink.table(chunks),
    create = function()
      local tcp = socket.tcp()
      tcp:settimeout(TIMEOUT)
      return tcp
    end,
  }
  assert(ok, status)
  return status, table.concat(chunks), response
end

--- A connection to a server of this machine.
function M.connect(url)
  local connection = assert(socket.connect("127.0.0.1", tonumber(url:match(":(%d+)"))))
  connection:settimeout(TIMEOUT)
  return connection
end

--- Reads one message off a connection: first line, headers by lower-case name, body.
function M.read_message(connection)
  local first, err = connection:receive("*l")
  if not first then return nil, err end
  local headers = {}
  for line in function() return assert(connection:receive("*l")) end do
    if line == "" then break end
    local name, value = line:match("^(.-):%s*(.*)$")
    headers[name:lower()] = value
  end
  local length = tonumber(headers["content-length"] or 0)
  return first, headers, length > 0 and assert(connection:receive(length)) or ""
end

--- A URL where connections are refused, and the socket that keeps its port from being given to another
-- process: bound, but not listening.
function M.refusing()
  local tcp = assert(socket.tcp())
  assert(tcp:bind("127.0.0.1", 0))
  local _, port = tcp:getsockname()
  return ("http://127.0.0.1:%d"):format(port), tcp
end

local Endpoint = {}
Endpoint.__index = Endpoint

--- An endpoint for delivery reports on a free port.
function M.endpoint()
  local server = assert(socket.bind("127.0.0.1", 0))
  server:settimeout(TIMEOUT)
  local _, port = server:getsockname()
  return setmetatable({ server = server, url = ("http://127.0.0.1:%d"):format(port) }, Endpoint)
end

--- Takes one request and answers it with these bytes. Returns its first line, headers and body.
function Endpoint:take_raw(answer)
  local connection = assert(self.server:accept())
  connection:settimeout(TIMEOUT)
  local first, headers, content = M.read_message(connection)
  connection:send(answer)
  connection:close()
  return first, headers, content
end

--- The same with a status and a body.
function Endpoint:take(status, body)
  return self:take_raw(("HTTP/1.1 %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s")
    :format(status, #body, body))
end

function Endpoint:close()
  self.server:close()
end

return M
