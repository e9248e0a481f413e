--- Answers that take their time.

local answer = require("fault_server.answer")
local request = require("fault_server.request")
local scenario = require("fault_server.scenario")

local delays = {}

-- Sends `text` byte by byte, one each `milliseconds`.
local function drip(connection, text, milliseconds)
  for index = 1, #text do
    connection:pause(milliseconds)
    if not connection:send(text:sub(index, index)) then
      return false
    end
  end
  return true
end

--- Headers at once, then one byte of the body a second, or one in as many milliseconds as the path says.
delays.drip = scenario.each(function(connection, head)
  return connection:send(answer.head(200, { "Content-Type: application/json", "Content-Length: 100" }))
    and drip(connection, '["1281532560"]' .. (" "):rep(86), request.number(head, 1000))
end)

--- The same for a refusal: the status is known long before its body is.
delays["drip-400"] = scenario.each(function(connection, head)
  local body = '{"message":"Invalid value for field \'from\'."}'
  local fields = { "Content-Type: application/json", ("Content-Length: %d"):format(#body) }
  return connection:send(answer.head(400, fields)) and drip(connection, body, request.number(head, 1000))
end)

--- The status line and the headers drip, too.
delays["drip-headers"] = scenario.each(function(connection, head)
  return drip(connection, answer.accepted(#head.messages), request.number(head, 1000))
end)

--- Accepted, after the milliseconds in the path.
delays.slow = scenario.each(function(connection, head)
  connection:pause(request.number(head, 250))
  return connection:send(answer.accepted(#head.messages))
end)

return delays
