--- The loopback service: an nginx that answers like VertexSMS and does nothing else, plain and over TLS, on one
-- processor.
--
--   /sms        an ID at once            /slow/sms      an ID after a second
--   /many/sms   500 IDs at once          /delayed/sms   an ID after some milliseconds; /delayed/many/sms   500 IDs
--                                        /far/sms       an ID after 50 milliseconds

local socket = require("socket")
local command = require("bench.harness.command")
local pinned = require("bench.harness.pinned")

local M = {}

local HTTP = [[
  keepalive_requests 100000000;
  keepalive_timeout 300s;
  client_body_buffer_size 256k;
  client_max_body_size 2m;
  default_type application/json;
  ssl_certificate $folder/tls/good.pem;
  ssl_certificate_key $folder/tls/good.pem;
]]

-- Nothing is logged, and a body is read but not looked at.
local SERVER = [[
  listen 127.0.0.1:$tls ssl backlog=1024;
  add_header X-VertexSMS-Amount-Sent 1;
  location = /sms { return 200 '["1281532560"]'; }
  location = /many/sms {
    add_header X-VertexSMS-Amount-Sent 500;
    set $first '$head';
    set $second '$tail';
    return 200 '[$first,$second]';
  }
  location = /delayed/many/sms { content_by_lua_block { ngx.sleep(0.02) ngx.exec("/many/sms") } }
  location = /slow/sms { content_by_lua_block { ngx.sleep(1) ngx.print('["1281532560"]') } }
  location = /far/sms { content_by_lua_block { ngx.sleep(0.05) ngx.print('["1281532560"]') } }
  location = /delayed/sms { content_by_lua_block { ngx.sleep(0.02) ngx.print('["1281532560"]') } }
]]

-- nginx takes no parameter of more than 4095 octets.
local HALF = 250

local function free_port()
  local server = assert(socket.bind("127.0.0.1", 0))
  local _, port = server:getsockname()
  server:close()
  return port
end

local function half_of_ids(behind)
  local ids = {}
  for i = 1, HALF do ids[i] = ('"%d"'):format(behind + i) end
  return table.concat(ids, ",")
end

local Service = {}
Service.__index = Service

--- Starts it; stop it by `service:stop()`.
---@return table service: url, tls_url, ca_file
function M.start()
  local folder = command.must("mktemp -d"):gsub("%s+$", "")
  command.must(("chmod 755 %s && %s"):format(folder, command.lua("luajit", "spec/support/certificates.lua", folder)))
  local port = free_port()
  local http = HTTP:gsub("%$folder/tls", folder)
  local server = SERVER:gsub("%$tls", tostring(port)):gsub("%$head", half_of_ids(1281532560))
    :gsub("%$tail", half_of_ids(1281532560 + HALF))
  local nginx = pinned.start({ http = http, server = server }, command.SERVICE)
  return setmetatable({
    nginx = nginx, folder = folder, ca_file = folder .. "/ca.pem",
    url = ("http://127.0.0.1:%d"):format(nginx.port), tls_url = ("https://127.0.0.1:%d"):format(port),
  }, Service)
end

function Service:stop()
  self.nginx:stop("stop")
  os.execute("rm -rf " .. command.quote(self.folder))
end

return M
