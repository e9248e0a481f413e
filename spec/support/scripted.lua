--- Starts a scripted server (scripted_server.lua) for a spec: what it shall answer, what it was asked.
--
--     local server = require("spec.support.scripted").start()
--     server:script({ body = '["1281532560"]' }, { status = 400, body = "{}" })
--     ...
--     local request = server:request() --> { method, path, query, headers, body, raw }, fails unless there was just one

local cjson = require("cjson")
local process = require("spec.support.process")
local socket = require("socket")
local vertexsms = require("vertexsms")

local M = {}

local TIMEOUT = 10
local LIFE_SECONDS = 300 -- as long as a spec file takes on a busy machine
local TOKEN = "token-of-the-api-specs"

-- The server's modules are another Lua's than those under test.
local CLEAN = {
  "env", "-u", "LUA_INIT", "-u", "LUA_PATH", "-u", "LUA_CPATH", "-u", "LUA_PATH_5_1", "-u", "LUA_CPATH_5_1",
  "-u", "LD_PRELOAD", "luajit", "spec/support/scripted_server.lua",
}

local Server = {}
Server.__index = Server

---@return table server with `url`
function M.start()
  local server = setmetatable({ process = process.start(CLEAN, { limit = LIFE_SECONDS }), clients = {} }, Server)
  local port, control = server.process:expect("^(%d+) (%d+)$")
  server.url = "http://127.0.0.1:" .. port
  server.control = assert(socket.connect("127.0.0.1", tonumber(control)))
  server.control:settimeout(TIMEOUT)
  server.control:setoption("tcp-nodelay", true)
  return server
end

local function raw_answer(answer)
  if type(answer) == "string" then return answer end
  local lines = { ("HTTP/1.1 %d Scripted"):format(answer.status or 200) }
  local headers = { ["Content-Type"] = "application/json", ["Content-Length"] = #(answer.body or "") }
  for name, value in pairs(answer.headers or {}) do headers[name] = value end
  for name, value in pairs(headers) do lines[#lines + 1] = name .. ": " .. value end
  return table.concat(lines, "\r\n") .. "\r\n\r\n" .. (answer.body or "")
end

local function exchange(server, answers)
  local script = #answers > 0 and cjson.encode(answers) or "[]"
  assert(server.control:send(#script .. "\n" .. script))
  return cjson.decode((assert(server.control:receive("*l"))))
end

--- What the server shall answer from now on: tables { status?, headers?, body? }, or octets.
function Server:script(...)
  local answers = {}
  for i, answer in ipairs({ ... }) do answers[i] = raw_answer(answer) end
  return exchange(self, answers)
end

--- The same for 200 and a list of bodies.
function Server:script_bodies(bodies)
  local answers = {}
  for i, body in ipairs(bodies) do answers[i] = raw_answer({ body = body }) end
  return exchange(self, answers)
end

local function parse(raw)
  local head, body = raw:match("^(.-\r\n)\r\n(.*)$")
  local method, target = head:match("^(%S+) (%S+) HTTP/1%.1\r\n")
  local request = { method = method, raw = raw, body = body, headers = {} }
  request.path, request.query = target:match("^([^?]*)%??(.*)$")
  for name, value in head:gmatch("\r\n([^:\r\n]+): ?([^\r\n]*)") do
    assert(request.headers[name:lower()] == nil)
    request.headers[name:lower()] = value
  end
  return request
end

--- The requests since the last time, in order; the script is over.
function Server:requests()
  local requests = {}
  for i, raw in ipairs(exchange(self, {})) do requests[i] = parse(raw) end
  return requests
end

--- The one request since the last time.
function Server:request()
  local requests = self:requests()
  assert(#requests == 1, ("%d requests, not one"):format(#requests))
  return requests[1]
end

local function new_client(server, make, options)
  local complete = { token = TOKEN, base_url = server.url, retry = false, host = "blocking" }
  for key, value in pairs(options or {}) do complete[key] = value end
  local client = make(complete)
  server.clients[#server.clients + 1] = client
  return client
end

--- A client of this server whose methods return `nil, err`.
function Server:safe(options)
  return new_client(self, vertexsms.safe.new, options)
end

--- One whose methods raise.
function Server:raising(options)
  return new_client(self, vertexsms.new, options)
end

function Server:stop()
  for _, client in ipairs(self.clients) do client:close() end
  self.control:close()
  self.process:stop()
end

M.token = TOKEN

return M
