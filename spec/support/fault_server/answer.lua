--- HTTP answers as bytes.

local answer = {}

answer.REASONS = {
  [100] = "Continue", [103] = "Early Hints", [200] = "OK", [201] = "Created", [202] = "Accepted",
  [204] = "No Content", [301] = "Moved Permanently", [302] = "Found", [303] = "See Other",
  [304] = "Not Modified", [307] = "Temporary Redirect", [308] = "Permanent Redirect",
  [400] = "Bad Request", [401] = "Unauthorized", [403] = "Forbidden", [404] = "Not Found",
  [405] = "Method Not Allowed", [409] = "Conflict", [411] = "Length Required",
  [429] = "Too Many Requests", [500] = "Internal Server Error", [501] = "Not Implemented",
  [502] = "Bad Gateway", [503] = "Service Unavailable", [504] = "Gateway Timeout",
}

answer.HTML = "<html><body><h1>Something is in the way</h1></body></html>\n"

function answer.has_body(status)
  return status >= 200 and status ~= 204 and status ~= 304
end

--- A status line and headers. `fields` are whole header lines without their line end.
function answer.head(status, fields)
  local lines = { ("HTTP/1.1 %d %s"):format(status, answer.REASONS[status] or "Status") }
  for _, field in ipairs(fields or {}) do
    lines[#lines + 1] = field
  end
  return table.concat(lines, "\r\n") .. "\r\n\r\n"
end

--- A whole answer. JSON unless `fields` say otherwise; the declared length is true.
function answer.whole(status, body, fields)
  local lines = { "Content-Type: application/json" }
  if fields and table.concat(fields, "\n"):lower():find("content%-type:") then
    lines = {}
  end
  for _, field in ipairs(fields or {}) do
    lines[#lines + 1] = field
  end
  if not answer.has_body(status) then
    return answer.head(status, fields)
  end
  lines[#lines + 1] = ("Content-Length: %d"):format(#body)
  return answer.head(status, lines) .. body
end

--- What VertexSMS answers to a submission of `count` messages that it has queued.
function answer.accepted(count)
  local ids = {}
  for index = 1, math.max(count or 1, 1) do
    ids[index] = ('"%d"'):format(1281532559 + index)
  end
  local parts = ("X-VertexSMS-Amount-Sent: %d"):format(#ids)
  return answer.whole(200, "[" .. table.concat(ids, ",") .. "]", { parts })
end

function answer.refused(status, text, fields)
  text = text or ("Scripted answer %d"):format(status)
  return answer.whole(status, ('{"message":"%s"}'):format(text), fields)
end

return answer
