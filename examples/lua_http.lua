-- A lua-http server with routes: login codes by SMS, and VertexSMS's delivery reports, on one port.
--
--     VERTEXSMS_TOKEN=... CALLBACK_SECRET=... luajit examples/lua_http.lua 8029
--     curl -d 'to=37061234567' http://127.0.0.1:8029/otp
--     curl -d 'session=...&code=...' http://127.0.0.1:8029/verify
--
-- examples/nginx/otp.lua says what the limits are for. Behind a proxy give each visitor a limit there: here is none.

local callback = require("vertexsms.callback")
local cjson = require("cjson")
local cqueues = require("cqueues")
local http_server = require("http.server")
local new_headers = require("http.headers").new
local parse_query = require("http.util").query_args
local vertexsms = require("vertexsms")

local PORT, SECRET = tonumber(arg[1] or 8029), os.getenv("CALLBACK_SECRET")
local NUMBERS = "^3706%d%d%d%d%d%d%d$" -- where your customers are
local CODE_SECONDS, SECONDS_BETWEEN, ATTEMPTS_MAX = 360, 60, 5
local HOURLY_MAX = 200 -- bounds the memory, too
local FORM_BYTES_MAX, REQUEST_SECONDS = 1024, 10

if not SECRET or SECRET == "" then error("CALLBACK_SECRET is missing: set it to a long random text", 0) end
local report_url = callback.url(("http://127.0.0.1:%d/vertexsms"):format(PORT), { secret = SECRET })

local client, reason = vertexsms.safe.new({ host = "cqueues", timeout = 10 })
if not client then error(tostring(reason), 0) end

local random = assert(io.open("/dev/urandom", "rb"))

local function random_hex(octets)
  return (random:read(octets):gsub(".", function(octet) return ("%02x"):format(octet:byte()) end))
end

local function new_code()
  local number
  repeat number = tonumber(random_hex(4), 16) until number < 4294000000
  return ("%06d"):format(number % 1000000)
end

local codes, asked = {}, {} -- { to, code, attempts, expires } by session; when a number may ask again
local hour, hourly = nil, 0

local function forget_old(now)
  for session, entry in pairs(codes) do if entry.expires < now then codes[session] = nil end end
  for to, again in pairs(asked) do if again < now then asked[to] = nil end end
  local this_hour = math.floor(now / 3600)
  if this_hour ~= hour then hour, hourly = this_hour, 0 end
end

-- Nothing here waits, so of two requests at the same time one is the first.
local function remember(to)
  local now = cqueues.monotime()
  forget_old(now)
  if asked[to] then return nil, "Please wait a minute for the SMS." end
  if hourly >= HOURLY_MAX then return nil, "Please try again later." end
  local session = random_hex(16)
  codes[session] = { to = to, code = new_code(), attempts = 0, expires = now + CODE_SECONDS }
  hourly, asked[to] = hourly + 1, now + SECONDS_BETWEEN
  return session
end

-- Nothing was sent: the user may try again at once.
local function give_back(session)
  asked[codes[session].to], codes[session], hourly = nil, nil, hourly - 1
end

local routes = {}

routes["POST /otp"] = function(form)
  local to = (form.to or ""):gsub("^%+", "")
  if not to:find(NUMBERS) then return 400, { message = "Please give a Lithuanian mobile number." } end
  local session, refusal = remember(to)
  if not session then return 429, { message = refusal } end
  local sent, err = client:send({
    to = to, from = "MyShop", message = codes[session].code .. " is your login code. Do not tell it to anyone.",
    priority = "high", expireIn = CODE_SECONDS, dlrUrl = report_url,
  })
  if sent then return 200, { session = session, message = "A code is on its way." } end
  io.stderr:write(tostring(err), "\n")
  -- It may arrive: keep the code, and do not send it again.
  if err.outcome == "unknown" then
    return 202, { session = session, message = "It may take a minute. Please wait for the SMS." }
  end
  give_back(session)
  return 503, { message = "The code could not be sent. Please try again in a moment." }
end

routes["POST /verify"] = function(form)
  forget_old(cqueues.monotime())
  local entry = codes[form.session or ""]
  if entry then entry.attempts = entry.attempts + 1 end
  if not entry or entry.attempts > ATTEMPTS_MAX or entry.code ~= form.code then
    return 403, { message = "The code is wrong or has expired. Ask for a new one." }
  end
  codes[form.session] = nil
  return 200, { verified = entry.to }
end

-- A form of a few octets; lua-http would read chunks without a bound.
local function read_form(stream, headers)
  local length = tonumber(headers:get("content-length") or "")
  if headers:has("transfer-encoding") or not length or length > FORM_BYTES_MAX then return nil end
  local body = stream:get_body_as_string(REQUEST_SECONDS)
  local form = {}
  for name, value in parse_query(body or "") do form[name] = value end
  return form
end

local function answer(stream, status, fields)
  local headers, body = new_headers(), cjson.encode(fields)
  headers:append(":status", tostring(status))
  headers:append("content-type", "application/json")
  headers:append("content-length", tostring(#body))
  stream:write_headers(headers, false, REQUEST_SECONDS)
  stream:write_body_from_string(body, REQUEST_SECONDS)
end

local handler = callback.handler({
  secret = SECRET,
  on_report = function(report)
    print(("message %s is %s (%s)"):format(report.id, report.state, report.class))
    io.stdout:flush()
  end,
})
local reports = callback.lua_http(handler)

local function onstream(server, stream)
  local headers = stream:get_headers(REQUEST_SECONDS)
  if not headers then return end
  local path = (headers:get(":path") or ""):match("^[^?]*")
  if path == "/vertexsms" then return reports(server, stream, headers) end -- the body is still unread
  local route = routes[headers:get(":method") .. " " .. path]
  if not route then return answer(stream, 404, { message = "Not found." }) end
  local form = read_form(stream, headers)
  if not form then return answer(stream, 413, { message = "Too large." }) end
  answer(stream, route(form))
end

local server = assert(http_server.listen({
  host = "127.0.0.1", port = PORT, tls = false, version = 1.1, onstream = onstream,
}))
callback.protect(server) -- strangers cannot stop it
assert(server:listen())
print("listening on http://127.0.0.1:" .. select(3, server:localname()))
io.stdout:flush()
assert(server:loop())
