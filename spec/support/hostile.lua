--- What strangers do to a server's port, one connection at a time; they ask for nothing and wait for nothing.

local web = require("spec.support.web")

local M = {}

local HEAD = "POST / HTTP/1.1\r\nHost: x\r\n"
local CHUNKED = HEAD .. "Transfer-Encoding: chunked\r\n\r\n"

local PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
-- :method POST, :scheme http, :path / (RFC 7541, appendix A)
local FIELDS = "\131\134\132"

local function u32(number)
  local octets = {}
  for i = 4, 1, -1 do
    octets[i] = string.char(number % 256)
    number = math.floor(number / 256)
  end
  return table.concat(octets)
end

-- RFC 9113 section 4.1
local function frame(kind, flags, stream, payload)
  payload = payload or ""
  return u32(#payload):sub(2) .. string.char(kind, flags) .. u32(stream) .. payload
end

local function frames(kind, flags, count, payload)
  local all = {}
  for i = 1, count do all[i] = frame(kind, flags, 2 * i - 1, payload) end
  return table.concat(all)
end

local SETTINGS, NO_WINDOW = frame(4, 0, 0), frame(4, 0, 0, "\0\4\0\0\0\0")
local HTTP2 = PREFACE .. SETTINGS

--- What is sent, by kind. The connection is then closed, half of it where the kind says so, or kept open.
M.KINDS = {
  { "an empty line", "\r\n" },
  { "an empty line, half closed", "\r\n", half = true },
  { "nothing, closed", "" },
  { "half a request line", "POST /" },
  { "slow headers", HEAD .. "X-A: ", keep = true },
  { "a slow body", HEAD .. "Content-Length: 60000\r\n\r\n{", keep = true },
  { "half a body, half closed", HEAD .. "Content-Length: 60000\r\n\r\n{", half = true },
  { "endless headers", HEAD .. ("X-A: b\r\n"):rep(5000), keep = true },
  { "a huge header", HEAD .. "X-A: " .. ("a"):rep(100000), keep = true },
  { "an endless request line", "GET /" .. ("a"):rep(100000), keep = true },
  { "many requests, no answer read", (HEAD .. "Content-Length: 2\r\n\r\n{}"):rep(500), keep = true },
  { "many small chunks", CHUNKED .. ("1\r\na\r\n"):rep(5000), keep = true },
  { "a huge chunk", CHUNKED .. "ffffffff\r\n", keep = true },
  { "endless trailers", CHUNKED .. "0\r\n" .. ("A: b\r\n"):rep(500), keep = true },
  { "a length beyond all integers", HEAD .. "Content-Length: 18446744073709551618\r\n\r\n{}", keep = true },
  { "a body that waits for a word", HEAD .. "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n", keep = true },
  { "CONNECT", "CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n", keep = true },
  { "octets", "\1\0\255\254garbage\r\n\0", keep = true },
  { "TLS", "\22\3\1\0\200\1\0\0\196\3\3" .. ("\7"):rep(190), keep = true },
  { "the beginning of TLS", "\22\3\1", half = true },
  { "HTTP/2", HTTP2, keep = true },
  { "HTTP/2, closed in a frame", HTTP2 .. frame(1, 4, 1, FIELDS):sub(1, 7) },
  { "HTTP/2, closed in a header", HTTP2 .. frame(1, 4, 1, FIELDS):sub(1, 11), half = true },
  { "HTTP/2 garbage", PREFACE .. ("\1\255\3"):rep(30), keep = true },
  { "HTTP/2 without bodies", HTTP2 .. frames(1, 4, 60, FIELDS), keep = true },
  { "HTTP/2 without bodies, closed", HTTP2 .. frames(1, 4, 60, FIELDS) },
  { "HTTP/2 priorities", HTTP2 .. frames(2, 0, 60, "\0\0\0\0\1") },
  { "HTTP/2 resets", HTTP2 .. frames(1, 4, 60, FIELDS) .. frames(3, 0, 60, "\0\0\0\8"), keep = true },
  { "HTTP/2 without room", PREFACE .. NO_WINDOW .. frames(1, 5, 20, FIELDS), keep = true },
  { "HTTP/2 without room, closed", PREFACE .. NO_WINDOW .. frames(1, 5, 20, FIELDS) },
  { "HTTP/2 headers without end", HTTP2 .. frame(1, 0, 1, FIELDS) .. frame(9, 0, 1, "\0\1a\1b"):rep(500), keep = true },
  { "HTTP/2 frames on no stream", HTTP2 .. frame(8, 0, 3, "\0\0\0\1") .. frame(0, 0, 1, "x"), keep = true },
}

M.SILENT = { "nothing", "", keep = true }

--- Opens a connection of this kind; what stays open is added to `kept`.
---@param url string
---@param kind table one of KINDS
---@param kept table[] connections
function M.attack(url, kind, kept)
  local connection = web.connect(url)
  connection:settimeout(0.05) -- it may read nothing more
  connection:send(kind[2])
  if kind.half then connection:shutdown("send") end
  if kind.half or kind.keep then
    kept[#kept + 1] = connection
  else
    connection:close()
  end
end

return M
