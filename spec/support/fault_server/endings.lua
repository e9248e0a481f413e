--- Connections that end before an answer: when, and with a FIN or an RST.

local answer = require("fault_server.answer")
local request = require("fault_server.request")
local scenario = require("fault_server.scenario")

local HANG_SECONDS = 120

local endings = {}

function endings.ok(connection)
  return scenario.answering(function(head)
    return answer.accepted(#head.messages)
  end)(connection)
end

endings["close-before-reading"] = function(connection)
  connection:finish()
end

endings["reset-before-reading"] = function(connection)
  connection:reset()
end

-- Reads the head and the first bytes of the body, which are few enough for any body of interest.
local function part_of_body(ending)
  return function(connection)
    local head = connection:read_head()
    if head and connection:read_body(head, 3) then
      connection[ending](connection)
    end
  end
end

endings["close-while-reading-body"] = part_of_body("finish")
endings["reset-while-reading-body"] = part_of_body("reset")

-- Answers before the body has come, as a proxy does that refuses by the head alone.
local function early(status)
  return function(connection)
    local head = connection:read_head()
    if head then
      connection:send(answer.refused(status, nil, { "Connection: close" }))
      connection:finish()
    end
  end
end

endings["early-400"] = early(400)
endings["early-503"] = early(503)

local function after_request(ending)
  return function(connection)
    if connection:read_request() then
      connection[ending](connection)
    end
  end
end

endings["close-after-request"] = after_request("finish")
endings["goodbye-after-request"] = after_request("say_goodbye")
endings["reset-after-request"] = after_request("reset")

-- Answers the first request of a connection; `behave(connection)` sees to the second.
local function reused(behave)
  return function(connection)
    local first = connection:read_request()
    if first and connection:send(answer.accepted(#first.messages)) then
      behave(connection)
    end
  end
end

local function reused_read(ending)
  return reused(after_request(ending))
end

local function reused_unread(ending)
  return reused(function(connection)
    if connection:await_request() then
      connection[ending](connection)
    end
  end)
end

endings["reused-close"] = reused_read("finish")
endings["reused-goodbye"] = reused_read("say_goodbye")
endings["reused-reset"] = reused_read("reset")
endings["reused-close-unread"] = reused_unread("finish")
endings["reused-reset-unread"] = reused_unread("reset")

endings["reused-cut-status-line"] = reused(function(connection)
  if connection:read_request() and connection:send("HTTP/1.1 2") then
    connection:finish()
  end
end)

endings["reused-hang"] = reused(function(connection)
  if connection:read_request() then
    connection:hold(HANG_SECONDS)
  end
end)

-- Answers, and closes the idle connection: at once, or after the milliseconds in the path.
local function idle(ending)
  return function(connection)
    local first = connection:read_request()
    if first and connection:send(answer.accepted(#first.messages)) then
      connection:pause(request.number(first, 0))
      connection[ending](connection)
    end
  end
end

endings["idle-close"] = idle("finish")
endings["idle-goodbye"] = idle("say_goodbye")
endings["idle-reset"] = idle("reset")

--- Reads the request and never answers.
function endings.hang(connection)
  if connection:read_request() then
    connection:hold(HANG_SECONDS)
  end
end

--- Accepts and reads nothing, so that a body of some size stays in the client's socket buffer.
endings["hang-unread"] = function(connection)
  connection:pause(HANG_SECONDS * 1000)
end

--- The whole server process dies with the request read and unanswered. Its ledger is its last line.
endings["die-midway"] = function(connection)
  if connection:read_request() then
    connection.server:die()
  end
end

return endings
