--- Chaos: each connection and each request is treated in a way drawn from the seed, and the ledger keeps, for
-- each message, how often the real service would have sent and billed it.
--
-- What happens to a request is drawn from the seed, its message and how often that message has come: it does
-- not depend on the order in which several clients arrive. What happens before a request is known hangs on
-- the number of its connection.

local answer = require("fault_server.answer")
local random = require("fault_server.random")

local HANG_SECONDS = 5

-- weight, accepted (the server keeps the message), and what the client is shown; `act` returns false at the
-- end of the connection
local behaviours = {}

local function behaviour(name, weight, accepted, act)
  behaviours[#behaviours + 1] = { name = name, weight = weight, accepted = accepted, act = act }
end

local function answering(status, fields)
  return function(connection)
    return connection:send(answer.refused(status, "Chaos", fields))
  end
end

local function ending(bytes, how)
  return function(connection)
    if bytes ~= "" then
      connection:send(bytes)
    end
    connection[how or "finish"](connection)
    return false
  end
end

local function ok(connection, request)
  return connection:send(answer.accepted(#request.messages))
end

local JSON = "Content-Type: application/json"
local CUT_BODY = answer.head(200, { JSON, "Content-Length: 100" }) .. '["12815'
local CUT_CHUNKED = answer.head(200, { JSON, "Transfer-Encoding: chunked" }) .. 'e\r\n["12815'

behaviour("ok", 400, true, ok)
behaviour("ok-slow", 20, true, function(connection, request)
  connection:pause(20)
  return ok(connection, request)
end)
behaviour("ok-after-1xx", 20, true, function(connection, request)
  return connection:send(answer.head(100) .. answer.head(103)) and ok(connection, request)
end)
behaviour("ok-then-close", 40, true, function(connection, request)
  ok(connection, request)
  connection:finish()
  return false
end)
behaviour("ok-then-reset", 10, true, function(connection, request)
  ok(connection, request)
  connection:pause(20)
  connection:reset()
  return false
end)
behaviour("ok-extra-bytes", 10, true, function(connection, request)
  return connection:send(answer.accepted(#request.messages) .. "junk")
end)
behaviour("ok-extra-answer", 10, true, function(connection, request)
  return connection:send(answer.accepted(#request.messages) .. answer.accepted(1))
end)
behaviour("accepted-close", 50, true, ending(""))
behaviour("accepted-reset", 50, true, ending("", "reset"))
behaviour("accepted-500", 30, true, answering(500))
behaviour("accepted-502", 20, true, answering(502))
behaviour("accepted-504", 20, true, answering(504))
behaviour("accepted-cut-status-line", 20, true, ending("HTTP/1.1 2"))
behaviour("accepted-cut-headers", 20, true, ending("HTTP/1.1 200 OK\r\nContent-Le"))
behaviour("accepted-cut-body", 20, true, ending(CUT_BODY))
behaviour("accepted-cut-chunked", 20, true, ending(CUT_CHUNKED))
behaviour("accepted-garbage", 10, true, ending("\0\1\2 what?\r\n\r\n"))
behaviour("accepted-http09", 10, true, ending('["1281532560"]'))
behaviour("accepted-html", 15, true, function(connection)
  return connection:send(answer.whole(200, answer.HTML, { "Content-Type: text/html" }))
end)
behaviour("accepted-empty", 15, true, function(connection)
  return connection:send(answer.whole(200, ""))
end)
behaviour("accepted-hang", 4, true, function(connection)
  connection:hold(HANG_SECONDS)
  return false
end)
behaviour("refused-400", 40, false, answering(400))
behaviour("refused-401", 5, false, answering(401))
behaviour("refused-403", 15, false, answering(403))
behaviour("refused-404", 5, false, answering(404))
behaviour("refused-409", 5, false, answering(409))
behaviour("refused-429", 40, false, answering(429))
behaviour("refused-429-retry-after", 15, false, answering(429, { "Retry-After: 0" }))
behaviour("refused-503", 50, false, answering(503))
behaviour("refused-503-retry-after", 15, false, answering(503, { "Retry-After: 0" }))
behaviour("refused-503-then-close", 20, false, ending(answer.refused(503, "Chaos")))
behaviour("refused-503-cut-body", 10, false, ending(answer.head(503, { JSON, "Content-Length: 100" }) .. "{"))
behaviour("failed-500", 30, false, answering(500))
behaviour("failed-502", 15, false, answering(502))
behaviour("failed-close", 20, false, ending(""))
behaviour("failed-reset", 20, false, ending("", "reset"))

local total = 0
for _, each in ipairs(behaviours) do
  total = total + each.weight
end

local function draw(share)
  local rest = share * total
  for _, each in ipairs(behaviours) do
    rest = rest - each.weight
    if rest < 0 then
      return each
    end
  end
  return behaviours[1]
end

-- What a connection can do before a request of it has been read whole; none of it accepts anything.
local EARLY = {
  "close-before-reading", "reset-before-reading", "close-in-body", "reset-in-body", "early-503",
}

local function early(connection, kind)
  connection:entry():behaved(kind)
  if kind == "close-before-reading" then
    return connection:finish()
  elseif kind == "reset-before-reading" then
    return connection:reset()
  end
  local head = connection:read_head()
  if not head then
    return
  elseif kind == "early-503" then
    return ending(answer.refused(503, "Chaos", { "Connection: close" }))(connection)
  end
  connection:read_body(head, 3)
  return ending("", kind == "close-in-body" and "finish" or "reset")(connection)
end

-- How many whole requests a connection serves before it goes wrong early, and how: one in eight connections
-- does at once, another one in eight after one to ten requests.
local function plan(connection)
  local share = random.of(connection.server.seed, connection.transport, connection.number)
  local kind = EARLY[math.floor(share * 997) % #EARLY + 1]
  if share < 0.125 then
    return 0, kind
  elseif share < 0.25 then
    return math.floor(share * 7919) % 10 + 1, kind
  end
  return math.huge, kind
end

local function treat(connection, request)
  local server, keys = connection.server, request.messages
  local key = keys[1] or ""
  local drawn = draw(random.of(server.seed, key, server.ledger:draw(key)))
  connection:entry():behaved(drawn.name)
  if drawn.accepted then
    for _, each in ipairs(keys) do
      server.ledger:accept(each)
    end
  end
  return drawn.act(connection, request)
end

local chaos = {}

function chaos.chaos(connection)
  local left, kind = plan(connection)
  while not connection.closed do
    if left == 0 then
      return early(connection, kind)
    end
    local request = connection:read_request()
    if not request or treat(connection, request) == false then
      return
    end
    left = left - 1
  end
end

return chaos
