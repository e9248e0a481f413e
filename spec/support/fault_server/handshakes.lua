--- What can go wrong before or in the TLS handshake. Each has `context`, the name of a certificate in the
-- folder given, and `serve`, called after the handshake; or `raw`, called instead of one.

local endings = require("fault_server.endings")
local surplus = require("fault_server.surplus")

local handshakes = {}

local function certificate(name)
  return { context = name, serve = endings.ok }
end

handshakes["expired-certificate"] = certificate("expired")
handshakes["not-yet-valid-certificate"] = certificate("future")
handshakes["wrong-host-certificate"] = certificate("wrong-host")
handshakes["self-signed-certificate"] = certificate("self-signed")
handshakes["unknown-ca-certificate"] = certificate("unknown-ca")
handshakes["tls-1-1-only"] = certificate("tls-1-1")
handshakes["tls-1-2-only"] = certificate("tls-1-2")

handshakes["surplus-tls-1-2"] = { context = "tls-1-2", serve = surplus.surplus }

handshakes["handshake-garbage"] = {
  raw = function(connection)
    connection:send("This is no TLS record, whatever you may have hoped for.\r\n")
    connection:finish()
  end,
}

handshakes["handshake-plain-http"] = {
  raw = function(connection)
    connection:send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    connection:finish()
  end,
}

--- A fatal alert, handshake_failure (RFC 8446 §6.2), instead of a ServerHello.
handshakes["handshake-alert"] = {
  raw = function(connection)
    connection:send("\21\3\3\0\2\2\40")
    connection:finish()
  end,
}

handshakes["handshake-hang"] = {
  raw = function(connection)
    connection:hold(120)
  end,
}

handshakes["handshake-close"] = {
  raw = function(connection)
    if connection:receive(1, 10) then
      connection:finish()
    end
  end,
}

handshakes["handshake-reset"] = {
  raw = function(connection)
    if connection:receive(1, 10) then
      connection:reset()
    end
  end,
}

return handshakes
