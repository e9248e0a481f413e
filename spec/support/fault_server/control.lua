--- The control port: one plain HTTP/1.0 answer per connection, never part of what is counted.

local answer = require("fault_server.answer")

local control = {}

local ROUTES = {
  ["GET /ledger"] = function(server)
    return server.ledger:json()
  end,
  ["GET /chaos"] = function(server)
    return server.ledger:chaos_json()
  end,
  ["POST /reset"] = function(server)
    server:reset()
    return "{}"
  end,
}

--- Serves one control connection on a cqueues socket.
function control.serve(socket, server)
  socket:setmode("bn", "bn")
  socket:onerror(function(_, _, why)
    return why
  end)
  socket:settimeout(10)
  local route = (socket:read("*L") or ""):match("^(%u+ %S+)")
  repeat
    local line = socket:read("*L")
  until not line or line:match("^\r?\n$")
  local transport, scenario = (route or ""):match("^GET /ledger/(%l+)/(%S+)$")
  if transport then
    socket:write(answer.whole(200, server.ledger:entry_json(transport, scenario), { "Connection: close" }))
  elseif ROUTES[route] then
    socket:write(answer.whole(200, ROUTES[route](server), { "Connection: close" }))
  else
    socket:write(answer.refused(404, "GET /ledger, GET /chaos or POST /reset", { "Connection: close" }))
  end
  socket:close()
end

return control
