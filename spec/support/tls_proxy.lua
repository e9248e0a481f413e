--- A proxy that is spoken to over TLS and connects to loopback, for one spec.
--
--     luajit spec/support/tls_proxy.lua DIR
--
-- Its first line on stdout is its port; DIR holds the certificates (certificates.lua).

local here = arg[0]:match("^(.*)/[^/]*$") or "."
package.path = here .. "/?.lua;" .. package.path

local certificates = require("certificates")
local cqueues = require("cqueues")
local socket = require("cqueues.socket")

local CHUNK = 16384

local queue = cqueues.new()
local context = certificates.contexts(arg[1]).good

local function quiet(peer)
  peer:setmode("bn", "bn")
  peer:onerror(function(_, _, why) return why end)
  return peer
end

local function pump(from, to)
  for octets in function() return from:xread(-CHUNK) end do
    if octets == "" or not to:xwrite(octets, "bn") then break end
  end
  from:shutdown()
  to:shutdown()
end

local function read_connect(client)
  local port
  for line in function() return client:xread("*l") end do
    port = port or line:match("^CONNECT [^ ]*:(%d+) ")
    if line == "" or line == "\r" then return port end
  end
end

local function serve(client)
  local port = client:starttls(context) and read_connect(client)
  if not port then return client:close() end
  local server = quiet(socket.connect({ host = "127.0.0.1", port = tonumber(port), nodelay = true }))
  client:xwrite("HTTP/1.1 200 OK\r\n\r\n", "bn")
  queue:wrap(pump, server, client)
  pump(client, server)
end

local listener = assert(socket.listen({ host = "127.0.0.1", port = 0, nodelay = true }))
assert(listener:listen())
queue:wrap(function()
  while true do
    local client = quiet(listener:accept({ nodelay = true }))
    queue:wrap(serve, client)
  end
end)
print((select(3, listener:localname())))
io.stdout:flush()
assert(queue:loop())
