--- Octets that nobody asked for behind a good answer, on a connection that is kept alive. The first segment of the
-- path says which; `random` draws one for each message, or none, from the seed.
--
-- Every good answer has the number in its message (or in the path of a GET) for its ID, and every surplus one has
-- 666, so that a client can tell which it was given. Only what was there before the next request arrived can be told
-- from its answer: a request that came sooner is `tainted`, and so are those after it on the same connection.

local cqueues = require("cqueues")
local answer = require("fault_server.answer")
local kernel = require("fault_server.kernel")
local random = require("fault_server.random")
local request = require("fault_server.request")
local scenario = require("fault_server.scenario")

local NEAR_SECONDS = 0.0002 -- how soon after a surplus the next request may be said to have crossed it
local LONGEST_MS = 2 -- random: until a surplus comes late

local SURPLUS = answer.whole(200, '["666"]')

local function chunked(text)
  return ("%x\r\n%s\r\n0\r\n\r\n"):format(#text, text)
end

local function body_of(head)
  local asked = head.path:match("/sms/status/(%d+)$")
  if asked then
    return ('{"id":%s,"status":"delivered","type":"SMS"}'):format(asked)
  end
  local ids = {}
  for index, text in ipairs(head.messages) do
    ids[index] = ('"%s"'):format(text:match("%d+") or 0)
  end
  return "[" .. table.concat(ids, ",") .. "]"
end

local function good(head)
  return answer.whole(200, body_of(head))
end

-- Each returns the writes, in order; what is in one write is in one TLS record.
local KINDS = {
  none = function(head)
    return { good(head) }
  end,
  joined = function(head)
    return { good(head) .. SURPLUS }
  end,
  separate = function(head)
    return { good(head), SURPLUS }
  end,
  -- The head first: a client that then reads no more than the Content-Length leaves the rest with its TLS library.
  ["behind-body"] = function(head)
    local whole = good(head)
    local body = body_of(head)
    return { whole:sub(1, -#body - 1), body .. SURPLUS }
  end,
  ["in-body"] = function(head)
    local whole = good(head)
    return { whole:sub(1, -2), whole:sub(-1) .. SURPLUS }
  end,
  chunked = function(head)
    local fields = { "Content-Type: application/json", "Transfer-Encoding: chunked" }
    return { answer.head(200, fields) .. chunked(body_of(head)) .. SURPLUS }
  end,
  ["chunked-cut"] = function(head)
    local fields = { "Content-Type: application/json", "Transfer-Encoding: chunked" }
    return { answer.head(200, fields) .. chunked(body_of(head)) .. SURPLUS:sub(1, 20), SURPLUS:sub(21) }
  end,
  ["chunked-separate"] = function(head)
    local fields = { "Content-Type: application/json", "Transfer-Encoding: chunked" }
    return { answer.head(200, fields) .. chunked(body_of(head)), SURPLUS }
  end,
  empty = function()
    return { answer.head(204) .. SURPLUS }
  end,
  ["empty-separate"] = function()
    return { answer.head(200, { "Content-Length: 0" }) .. SURPLUS:sub(1, 20), SURPLUS:sub(21) }
  end,
  ["two-lengths"] = function(head)
    local body = body_of(head)
    local fields = { "Content-Length: " .. #body, "Content-Length: " .. #body + #SURPLUS }
    return { answer.head(200, fields) .. body, SURPLUS }
  end,
  ["length-and-chunks"] = function(head)
    local fields = { "Transfer-Encoding: chunked", "Content-Length: 5" }
    return { answer.head(200, fields) .. chunked(body_of(head)), SURPLUS }
  end,
  ["408"] = function(head)
    return { good(head), answer.refused(408, "Waited in vain", { "Connection: close" }) }
  end,
  ["103"] = function(head)
    return { good(head), answer.head(103) }
  end,
  junk = function(head)
    return { good(head), "junk" }
  end,
}

local DRAWN = { "joined", "separate", "behind-body", "in-body", "chunked", "chunked-separate", "408" }

--- Whether the next request has begun to arrive.
local function has_request(connection)
  return connection.buffer ~= "" or kernel.readable(connection.socket:pollfd())
end

--- The writes of an answer. The client may be back with its next request after the first of them that makes a whole
-- answer, and then nobody can tell the rest from the answer to it.
local function write_all(connection, writes, pause_ms)
  for index, bytes in ipairs(writes) do
    if index > 1 and pause_ms > 0 then
      connection:pause(pause_ms)
    end
    if not connection:send(bytes) then
      return false
    end
  end
  if #writes > 1 and has_request(connection) then
    connection.tainted = true
  elseif pause_ms > 0 then
    cqueues.sleep(NEAR_SECONDS)
    connection.tainted = connection.tainted or has_request(connection)
  end
  return true
end

local function draw(connection, head)
  local key = head.messages[1] or head.path
  local share = random.of(connection.server.seed, key, connection.server.ledger:draw(key))
  if share < 0.6 then
    return "none", 0
  end
  if share > 0.9 then
    return "separate", (share * 104729) % LONGEST_MS
  end
  return DRAWN[math.floor(share * 7919) % #DRAWN + 1], 0
end

local surplus = {}

surplus.surplus = scenario.each(function(connection, head)
  local kind, pause_ms = head.path:match("^/([^/]+)/"), 0
  if kind == "random" then
    kind, pause_ms = draw(connection, head)
  end
  if connection.tainted then
    connection:entry():taint(head.messages[1] or head.path)
  end
  local writes = (KINDS[kind] or KINDS.none)(head)
  local went = write_all(connection, writes, pause_ms)
  connection:entry():add("surplus", kind ~= "none" and went and 1 or 0)
  return went
end)

--- Answers the head of a request with success and never reads the body: all of it cannot have arrived.
surplus["early-200"] = function(connection)
  kernel.narrow(connection.socket:pollfd())
  local head = connection:read_head()
  if head and connection:send(answer.accepted(1)) then
    connection:pause(request.number(head, 0))
    connection:hold(5)
  end
end

return surplus
