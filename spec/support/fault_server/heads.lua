--- Answers whose status line or headers are too much, or no HTTP at all.

local answer = require("fault_server.answer")
local scenario = require("fault_server.scenario")

local OK_BODY = '["1281532560"]'
local OK_FIELDS = { "Content-Type: application/json", "Content-Length: 14" }
local MIB = 1024 * 1024

local heads = {}

-- Sends a status line, `count` pieces made by `make(index)`, and the rest of a good answer.
local function padded(count, make)
  return scenario.each(function(connection)
    local going = connection:send("HTTP/1.1 200 OK\r\n")
    for index = 1, count do
      if not going then
        return false
      end
      going = connection:send(make(index))
    end
    return going and connection:send(table.concat(OK_FIELDS, "\r\n") .. "\r\n\r\n" .. OK_BODY)
  end)
end

heads["huge-headers"] = padded(1280, function(index)
  local name = ("X-Padding-%d: "):format(index)
  return name .. ("p"):rep(8192 - #name - 2) .. "\r\n"
end)

heads["many-headers"] = padded(100, function(index)
  local lines = {}
  for line = 1, 100 do
    lines[line] = ("X-Many-%d: %d\r\n"):format(index, line)
  end
  return table.concat(lines)
end)

heads["long-header"] = padded(1, function()
  return "X-Long: " .. ("l"):rep(MIB) .. "\r\n"
end)

--- 100 000 interim answers, then a good one.
heads["flood-1xx"] = scenario.each(function(connection, request)
  local hundred = answer.head(100) .. answer.head(103, { "Link: </style.css>; rel=preload" })
  for _ = 1, 500 do
    if not connection:send(hundred:rep(100)) then
      return false
    end
  end
  return connection:send(answer.accepted(#request.messages))
end)

heads["hundred-then-ok"] = scenario.answering(function(request)
  return answer.head(100) .. answer.head(103, { "Link: </style.css>; rel=preload" })
    .. answer.accepted(#request.messages)
end)

--- Only an interim answer, and then nothing more.
heads["hundred-then-close"] = scenario.ending(function()
  return answer.head(100)
end)

--- 101 was not asked for.
heads["switching-protocols"] = scenario.ending(function()
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: nonsense\r\nConnection: Upgrade\r\n\r\n" .. OK_BODY
end)

local function bytes(text)
  return scenario.ending(function()
    return text
  end)
end

heads["garbage-status-line"] = bytes("ICY 200 OK\r\n\r\n" .. OK_BODY)
heads["binary-status-line"] = bytes("\0\1\2\3\255\254\253\252\r\n\r\n" .. ("\0\200"):rep(100))
heads["http09"] = bytes(OK_BODY)
heads["http-version-9"] = bytes("HTTP/9.9 200 OK\r\nContent-Length: 14\r\n\r\n" .. OK_BODY)
heads["status-99999"] = bytes("HTTP/1.1 99999 OK\r\nContent-Length: 14\r\n\r\n" .. OK_BODY)
heads["status-000"] = bytes("HTTP/1.1 000 OK\r\nContent-Length: 14\r\n\r\n" .. OK_BODY)
heads["nul-header"] = bytes(answer.head(200, { "X-Nul: a\0b", OK_FIELDS[2] }) .. OK_BODY)
heads["header-without-colon"] = bytes(answer.head(200, { "no colon here", OK_FIELDS[2] }) .. OK_BODY)
heads["parts-garbage"] = scenario.answering(function()
  return answer.whole(200, OK_BODY, { "X-VertexSMS-Amount-Sent: many" })
end)

--- An answer that comes before the request was read.
heads["answer-before-request"] = function(connection)
  if connection:send(answer.accepted(1)) and connection:read_request() then
    connection:finish()
  end
end

--- A good answer with junk behind it, on a connection that stays open.
heads["extra-bytes"] = scenario.answering(function(request)
  return answer.accepted(#request.messages) .. "junk that nobody asked for"
end)

--- A good answer with a second, whole answer behind it: a client that reuses the connection may take it for
-- its own.
heads["extra-answer"] = scenario.answering(function(request)
  return answer.accepted(#request.messages) .. answer.whole(200, '["666"]')
end)

return heads
