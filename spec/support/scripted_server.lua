--- A server process that answers what it is told and keeps what it was asked, octet by octet.
--
-- Its first line on stdout is "PORT CONTROL". A list of raw HTTP answers to the control port (JSON, its length on a
-- line before it) is answered with a line of JSON, the raw requests since the last one; the answers are then given in
-- turn, the last one for ever. spec/support/scripted.lua starts it and talks to it.

local cjson = require("cjson")
local cqueues = require("cqueues")
local socket = require("cqueues.socket")

local queue = cqueues.new()
local answers, requests = {}, {}

local function listen(serve)
  local listener = assert(socket.listen({ host = "127.0.0.1", port = 0, nodelay = true }))
  assert(listener:listen())
  queue:wrap(function()
    while true do
      local peer = listener:accept({ nodelay = true })
      peer:setmode("bn", "bn")
      peer:onerror(function(_, _, why) return why end)
      queue:wrap(function()
        serve(peer)
        peer:close()
      end)
    end
  end)
  local _, _, port = listener:localname()
  return port
end

local function next_answer()
  if #answers > 1 then return table.remove(answers, 1) end
  return answers[1]
end

local function read_request(peer)
  local head, length = {}, 0
  for line in function() return peer:read("*L") end do
    head[#head + 1] = line
    length = tonumber(line:lower():match("^content%-length:%s*(%d+)")) or length
    if line == "\r\n" then
      local body = length > 0 and peer:read(length) or ""
      return table.concat(head) .. body
    end
  end
end

-- The second says so to this server alone.
local function closes_after(answer)
  return answer:find("\r\nConnection: close\r\n", 1, true) or answer:find("\r\nX-Closes: without a word\r\n", 1, true)
end

local function serve_client(peer)
  for request in function() return read_request(peer) end do
    requests[#requests + 1] = request
    local answer = next_answer()
    if not answer or not peer:write(answer) or closes_after(answer) then return end
  end
end

local function serve_control(peer)
  for length in function() return peer:read("*l") end do
    answers = cjson.decode(peer:read(tonumber(length)))
    peer:write((#requests > 0 and cjson.encode(requests) or "[]") .. "\n")
    requests = {}
  end
  os.exit(0) -- the spec is over
end

print(listen(serve_client) .. " " .. listen(serve_control))
io.stdout:flush()
assert(queue:loop())
