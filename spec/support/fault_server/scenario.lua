--- The shapes that scenarios share. A scenario is a function of one connection, called after accept (and
-- handshake).

local scenario = {}

--- Calls `behave(connection, request)` for each request read, until it returns false or a request does not
-- come.
function scenario.each(behave)
  return function(connection)
    repeat
      local request = connection:read_request()
    until not request or behave(connection, request) == false or connection.closed
  end
end

--- Answers each request with the bytes that `make(request, connection)` returns, on a connection kept alive.
function scenario.answering(make)
  return scenario.each(function(connection, request)
    return connection:send(make(request, connection))
  end)
end

--- Reads one request, sends the bytes that `make(request)` returns, and ends with a FIN.
function scenario.ending(make)
  return function(connection)
    local request = connection:read_request()
    if request then
      connection:send(make(request))
      connection:finish()
    end
  end
end

return scenario
