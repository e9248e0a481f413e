--- A send by hand in nginx: HTTP over a cosocket that is kept, JSON by cjson. No repeating, no outcome, no bounds.

local cjson = require("cjson")

local M = {}

local REQUEST = table.concat({
  "POST %s/sms HTTP/1.1", "Host: %s:%s", "User-Agent: cosocket", "X-VertexSMS-Token: token-of-the-benchmark",
  "Accept: application/json", "Content-Type: application/json", "Content-Length: %d", "", "%s",
}, "\r\n")

local function read_headers(socket)
  local headers = {}
  for line in function() return socket:receive("*l") end do
    if line == "" then return headers end
    local name, value = line:match("^([^:]+):%s*(.-)%s*$")
    headers[name:lower()] = value
  end
end

---@param url string
---@param message table
---@return table the decoded answer
function M.send(url, message)
  local host, port, path = url:match("//([^:]+):(%d+)(.*)")
  local socket = rawget(_G, "ngx").socket.tcp()
  socket:settimeout(30000)
  assert(socket:connect(host, tonumber(port)))
  local body = cjson.encode(message)
  assert(socket:send(REQUEST:format(path, host, port, #body, body)))
  assert(socket:receive("*l"):find(" 200 ", 1, true))
  local headers = read_headers(socket)
  local answer = assert(socket:receive(tonumber(headers["content-length"])))
  socket:setkeepalive(30000, 100)
  return cjson.decode(answer)
end

return M
