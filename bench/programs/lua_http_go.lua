-- Sends by lua-http's request:go, in as many coroutines as are in flight: a connection for each send, JSON by cjson.

local cjson = require("cjson")
local cqueues = require("cqueues")
local requests = require("http.request")
local setup = require("bench.programs.setup")

local context
if setup.ca_file then
  local store = require("openssl.x509.store").new()
  store:add(setup.ca_file)
  context = require("http.tls").new_client_context()
  context:setStore(store)
end

local function send()
  local request = requests.new_from_uri(setup.url .. "/sms")
  request.ctx = context
  request.headers:upsert(":method", "POST")
  request.headers:append("x-vertexsms-token", setup.token)
  request.headers:append("accept", "application/json")
  request.headers:append("content-type", "application/json")
  request:set_body(cjson.encode(setup.message))
  local headers, stream = assert(request:go())
  assert(headers:get(":status") == "200")
  assert(cjson.decode(assert(stream:get_body_as_string()))[1])
  stream:shutdown()
end

setup.measure(function(sends)
  local left, loop = sends, cqueues.new()
  for _ = 1, setup.in_flight do
    loop:wrap(function()
      while left > 0 do
        left = left - 1
        send()
      end
    end)
  end
  assert(loop:loop())
end)
