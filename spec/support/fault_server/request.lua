--- An HTTP request as the server reads it: head into method, path and headers; body into message texts.

local cjson = require("cjson.safe")

local request = {}

--- A table for a request head (everything up to and with the empty line), or nil.
function request.parse(head)
  local method, target = head:match("^(%u+) (%S+) HTTP/1%.%d\r\n")
  if not method then
    return nil
  end
  local headers = {}
  for name, value in head:gmatch("\r\n([^:\r\n]+):[ \t]*([^\r\n]*)") do
    headers[name:lower()] = value
  end
  return { method = method, path = target:match("^[^?]*"), headers = headers, messages = {}, body = "" }
end

--- The segments of a path that come before the endpoint's own: options of the scenario.
function request.segments(self)
  local segments = {}
  for segment in self.path:gmatch("[^/]+") do
    segments[#segments + 1] = segment
  end
  return segments
end

--- The first path segment if it is a number, else `default`.
function request.number(self, default)
  return tonumber(self.path:match("^/(%d+)/")) or default
end

--- The `message` of each message in a body, or the body as it is.
function request.messages(body)
  if body == "" then
    return {}
  end
  local value = cjson.decode(body)
  if type(value) ~= "table" then
    return { body }
  end
  local texts = {}
  for _, message in ipairs(value[1] and value or { value }) do
    if type(message) == "table" and type(message.message) == "string" then
      texts[#texts + 1] = message.message
    end
  end
  return texts[1] and texts or { body }
end

return request
