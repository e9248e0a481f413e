-- Sends by lua-http over connections that are kept by hand, one for each coroutine, JSON by cjson.

local cjson = require("cjson")
local cqueues = require("cqueues")
local client = require("http.client")
local new_headers = require("http.headers").new
local setup = require("bench.programs.setup")

local host, port = setup.url:match("//([^:]+):(%d+)")

local function send(connection)
  local body, headers = cjson.encode(setup.message), new_headers()
  headers:append(":method", "POST")
  headers:append(":scheme", "http")
  headers:append(":authority", host .. ":" .. port)
  headers:append(":path", "/sms")
  headers:append("x-vertexsms-token", setup.token)
  headers:append("accept", "application/json")
  headers:append("content-type", "application/json")
  headers:append("content-length", tostring(#body))
  local stream = assert(connection:new_stream())
  assert(stream:write_headers(headers, false))
  assert(stream:write_body_from_string(body))
  assert(assert(stream:get_headers()):get(":status") == "200")
  assert(cjson.decode(assert(stream:get_body_as_string()))[1])
  stream:shutdown()
end

setup.measure(function(sends)
  local left, loop = sends, cqueues.new()
  for _ = 1, setup.in_flight do
    loop:wrap(function()
      local connection = assert(client.connect({ host = host, port = tonumber(port), tls = false, version = 1.1 }))
      while left > 0 do
        left = left - 1
        send(connection)
      end
      connection:close()
    end)
  end
  assert(loop:loop())
end)
