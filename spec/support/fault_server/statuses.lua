--- Scripted statuses and redirects: what is answered stands in the path, before the endpoint's own segments.
--
--     /503                     status 503, a JSON body
--     /503/html                body: json, empty, html, text, truncated, array, escaped
--     /503/retry-after=2       a Retry-After of 2 seconds, or of any text; date+2: the HTTP date 2 seconds
-- from now
--     /then/503,reset,200      in turn, the last one for good; statuses, or close, reset, hang, cut

local answer = require("fault_server.answer")
local request = require("fault_server.request")
local scenario = require("fault_server.scenario")

local statuses = {}

local BODIES = {
  json = function(status)
    return ('{"message":"Scripted answer %d for field \'from\'"}'):format(status)
  end,
  empty = function()
    return ""
  end,
  html = function()
    return answer.HTML, "text/html"
  end,
  text = function(status)
    return ("Scripted answer %d"):format(status), "text/plain"
  end,
  truncated = function()
    return '{"message":"Scripted an'
  end,
  array = function()
    return '["message","field"]'
  end,
  escaped = function()
    return '{"message":"\\u017dinut\\u0117 \\"quoted\\" \\/ \\ud83d\\ude00"}'
  end,
}

local function retry_after(value)
  local seconds = value:match("^date%+(%d+)$")
  if not seconds then
    return value
  end
  return os.date("!%a, %d %b %Y %H:%M:%S GMT", os.time() + tonumber(seconds))
end

-- What the path asks for: { steps = {...}, body = name, fields = {...} }.
local function script(head)
  local wish = { steps = { "200" }, body = "json", fields = {} }
  local in_turn = false
  for _, segment in ipairs(request.segments(head)) do
    local value = segment:match("^retry%-after=(.+)$")
    if value then
      wish.fields[#wish.fields + 1] = "Retry-After: " .. retry_after(value)
    elseif BODIES[segment] then
      wish.body = segment
    elseif segment == "then" then
      in_turn = true
    elseif in_turn or segment:match("^%d%d%d$") then
      wish.steps, in_turn = {}, false
      for step in segment:gmatch("[^,]+") do
        wish.steps[#wish.steps + 1] = step
      end
    elseif not segment:match("=") then
      break
    end
  end
  return wish
end

-- The step whose turn it is for this path.
local function next_step(server, head, steps)
  local turn = (server.turns[head.path] or 0) + 1
  server.turns[head.path] = turn
  return steps[math.min(turn, #steps)]
end

local ENDINGS = {
  close = function(connection)
    connection:finish()
  end,
  reset = function(connection)
    connection:reset()
  end,
  hang = function(connection)
    connection:hold(120)
  end,
  cut = function(connection)
    connection:send("HTTP/1.1 2")
    connection:finish()
  end,
}

statuses.status = scenario.each(function(connection, head)
  local wish = script(head)
  local step = next_step(connection.server, head, wish.steps)
  if ENDINGS[step] then
    ENDINGS[step](connection)
    return false
  end
  local status = tonumber(step) or 500
  if status == 200 and wish.body == "json" then
    return connection:send(answer.accepted(#head.messages))
  end
  local body, content_type = BODIES[wish.body](status)
  if content_type then
    table.insert(wish.fields, 1, "Content-Type: " .. content_type)
  end
  return connection:send(answer.whole(status, body, wish.fields))
end)

-- 302, or the status in the path, to `location(server, transport)`.
local function redirect(location)
  return scenario.answering(function(head, connection)
    local target = location(connection.server, connection.transport) .. "/stolen"
    return answer.refused(request.number(head, 302), "Look elsewhere", { "Location: " .. target })
  end)
end

local function target(transport, host)
  local scheme = transport == "tls" and "https" or "http"
  return function(server)
    return ("%s://%s:%d"):format(scheme, host, server.ports[transport]["redirect-target"] or 1)
  end
end

local function same_scheme(host)
  return function(server, transport)
    return target(transport, host)(server)
  end
end

statuses["redirect"] = redirect(same_scheme("127.0.0.1"))
statuses["redirect-other-host"] = redirect(same_scheme("localhost"))
statuses["redirect-to-plain"] = redirect(target("plain", "127.0.0.1"))
statuses["redirect-to-tls"] = redirect(target("tls", "127.0.0.1"))
statuses["redirect-to-file"] = redirect(function()
  return "file:///etc/passwd"
end)
statuses["redirect-no-location"] = scenario.answering(function(head)
  return answer.refused(request.number(head, 302))
end)

--- Where the redirects lead: its ledger should show nothing at all, and a token least of all.
statuses["redirect-target"] = scenario.answering(function(head)
  return answer.accepted(#head.messages)
end)

return statuses
