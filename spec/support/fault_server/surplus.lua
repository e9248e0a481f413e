--- Unasked-for octets behind a good answer, on a connection that is kept alive. The first segment of the
-- path says which; `random` draws one for each message, or none, from the seed.
--
-- Every good answer has the number in its message (or in the path of a GET) for its ID, and every surplus one a number
-- of its own from 1000000001, so that a client can tell which it was given. The ledger keeps when each was written.

local cqueues = require("cqueues")
local answer = require("fault_server.answer")
local kernel = require("fault_server.kernel")
local random = require("fault_server.random")
local request = require("fault_server.request")
local scenario = require("fault_server.scenario")

local LONGEST_MS = 2 -- random: until a surplus comes late
local FIRST_SURPLUS = 1000000001

local function chunked(text)
  return ("%x\r\n%s\r\n0\r\n\r\n"):format(#text, text)
end

local function own_number(head)
  return head.path:match("/sms/status/(%d+)$") or (head.messages[1] or "0"):match("%d+") or "0"
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

-- Each returns the writes, in order, for a request and the number of the surplus; what is in one write is in one TLS
-- record.
local function accepted(number)
  return answer.whole(200, ('["%d"]'):format(number))
end

-- The client reads the answer to a send in pieces of this size: what lies behind it is not in the last one.
local PIECE_OCTETS = 1024

-- `answer_of(fields)`, with a field that makes it so long.
local function fill_piece(answer_of)
  local name = "X-Padding: "
  return answer_of({ name .. ("x"):rep(PIECE_OCTETS - #answer_of({ name })) })
end

local CHUNKED = { "Content-Type: application/json", "Transfer-Encoding: chunked" }

local KINDS = {
  none = function(head)
    return { good(head) }
  end,
  joined = function(head, number)
    return { good(head) .. accepted(number) }
  end,
  separate = function(head, number)
    return { good(head), accepted(number) }
  end,
  -- In a second segment that Nagle's algorithm holds back until the first is acknowledged.
  held = function(head, number)
    return { good(head), accepted(number) }
  end,
  -- The head first: a client that then reads no more than the Content-Length leaves the rest with its TLS library.
  ["behind-body"] = function(head, number)
    local whole = good(head)
    local body = body_of(head)
    return { whole:sub(1, -#body - 1), body .. accepted(number) }
  end,
  ["in-body"] = function(head, number)
    local whole = good(head)
    return { whole:sub(1, -2), whole:sub(-1) .. accepted(number) }
  end,
  ["behind-piece"] = function(head, number)
    local body = body_of(head)
    return { fill_piece(function(fields) return answer.whole(200, body, fields) end) .. accepted(number) }
  end,
  ["chunked-piece"] = function(head, number)
    local body = chunked(body_of(head))
    return {
      fill_piece(function(fields) return answer.head(200, { fields[1], CHUNKED[1], CHUNKED[2] }) .. body end)
        .. accepted(number),
    }
  end,
  chunked = function(head, number)
    return { answer.head(200, CHUNKED) .. chunked(body_of(head)) .. accepted(number) }
  end,
  ["chunked-cut"] = function(head, number)
    local more = accepted(number)
    return { answer.head(200, CHUNKED) .. chunked(body_of(head)) .. more:sub(1, 20), more:sub(21) }
  end,
  ["chunked-separate"] = function(head, number)
    return { answer.head(200, CHUNKED) .. chunked(body_of(head)), accepted(number) }
  end,
  empty = function(_, number)
    return { answer.head(204) .. accepted(number) }
  end,
  ["empty-separate"] = function(_, number)
    local more = accepted(number)
    return { answer.head(200, { "Content-Length: 0" }) .. more:sub(1, 20), more:sub(21) }
  end,
  ["two-lengths"] = function(head, number)
    local body, more = body_of(head), accepted(number)
    local fields = { "Content-Length: " .. #body, "Content-Length: " .. #body + #more }
    return { answer.head(200, fields) .. body, more }
  end,
  ["length-and-chunks"] = function(head, number)
    local fields = { "Transfer-Encoding: chunked", "Content-Length: 5" }
    return { answer.head(200, fields) .. chunked(body_of(head)), accepted(number) }
  end,
  ["408"] = function(head, number)
    return { good(head), answer.refused(408, ("Waited in vain, %d"):format(number), { "Connection: close" }) }
  end,
  ["103"] = function(head)
    return { good(head), answer.head(103) }
  end,
  junk = function(head)
    return { good(head), "junk" }
  end,
}

local DRAWN = { "joined", "separate", "behind-body", "in-body", "chunked", "chunked-separate", "408" }

local function write_all(connection, writes, pause_ms)
  for index, bytes in ipairs(writes) do
    if index > 1 and pause_ms > 0 then
      connection:pause(pause_ms)
    end
    if not connection:send(bytes) then
      return false
    end
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
  if kind == "held" then
    kernel.hold_small_segments(connection.socket:pollfd())
  end
  local entry = connection:entry()
  local number = FIRST_SURPLUS + entry.drawn
  entry:add("drawn", 1)
  if not write_all(connection, (KINDS[kind] or KINDS.none)(head, number), pause_ms) then
    return false
  end
  local now = math.floor(cqueues.monotime() * 1e6)
  entry:wrote(number, now)
  entry:wrote(own_number(head), now)
  entry:add("surplus", kind ~= "none" and 1 or 0)
  return true
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
