--- Answers that end too early, or whose length is not what they say.

local answer = require("fault_server.answer")
local request = require("fault_server.request")
local scenario = require("fault_server.scenario")

local JSON = "Content-Type: application/json"
local BODY = '["1281532560"]'

local cuts = {}

local function bytes(text)
  return scenario.ending(function()
    return text
  end)
end

-- Status line and some headers, the last of them cut in its middle.
local function head_part(status)
  return (answer.head(status, { JSON, "Content-Len" }):gsub("\r\n\r\n$", ""))
end

-- Ten bytes of a body that says it has a hundred.
local function body_part(status, body)
  return answer.head(status, { JSON, "Content-Length: 100" }) .. body:sub(1, 10)
end

cuts["cut-status-line"] = bytes("HTTP/1.1 2")
cuts["cut-status-line-400"] = bytes("HTTP/1.1 400 Bad Re")
cuts["cut-headers"] = bytes(head_part(200))
cuts["cut-headers-400"] = bytes(head_part(400))
cuts["cut-headers-503"] = bytes(head_part(503))
cuts["cut-body"] = bytes(body_part(200, BODY))
cuts["cut-body-400"] = bytes(body_part(400, '{"message":"cut"}'))
cuts["cut-body-500"] = bytes(body_part(500, '{"message":"cut"}'))
cuts["cut-body-503"] = bytes(body_part(503, '{"message":"cut"}'))

cuts["reset-in-body"] = function(connection)
  if connection:read_request() then
    connection:send(body_part(200, BODY))
    -- An RST throws away what the peer's kernel has not handed over yet: give it time to.
    connection:pause(100)
    connection:reset()
  end
end

local function chunked(text)
  return answer.head(200, { JSON, "Transfer-Encoding: chunked" }) .. text
end

cuts["chunked-cut"] = bytes(chunked('e\r\n["12815'))
cuts["chunked-no-last"] = bytes(chunked(("%x\r\n%s\r\n"):format(#BODY, BODY)))
cuts["chunked-garbage"] = bytes(chunked("zz\r\n" .. BODY .. "\r\n0\r\n\r\n"))
cuts["chunked-ok"] = scenario.answering(function()
  return chunked(("%x\r\n%s\r\n0\r\n\r\n"):format(#BODY, BODY))
end)

--- Declares fewer bytes than it sends.
cuts["content-length-short"] = bytes(answer.head(200, { JSON, "Content-Length: 5" }) .. BODY)

--- Declares more bytes than it sends, waits the milliseconds in the path (2000), and closes.
cuts["content-length-long"] = function(connection)
  local head = connection:read_request()
  if head then
    connection:send(answer.head(200, { JSON, "Content-Length: 100" }) .. BODY)
    connection:hold(request.number(head, 2000) / 1000)
    connection:finish()
  end
end

cuts["content-length-garbage"] = bytes(answer.head(200, { JSON, "Content-Length: many" }) .. BODY)
cuts["content-length-twice"] = bytes(
  answer.head(200, { JSON, "Content-Length: 5", "Content-Length: 14" }) .. BODY
)

--- No length at all: the end of the connection is the end of the body, which is legal (RFC 9112 §6.3).
cuts["until-close"] = bytes(answer.head(200, { JSON }) .. BODY)

return cuts
