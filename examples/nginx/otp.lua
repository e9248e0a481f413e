--- Login codes by SMS: POST /otp sends one, POST /verify checks it. nginx.conf beside this file calls it.
--
-- What an attacker may try, and what stands against it:
--   - Make you pay for SMS ("pumping"): NUMBERS, the client's guard (one SMS a minute and five a day for each number,
--     200 in an hour for all), and nginx's limit_req for each visitor.
--   - Guess a code: five attempts for each, random numbers from the operating system. A code belongs to a session that
--     only the browser that asked for it knows, so strangers cannot use up another person's attempts.
--   - Use a code twice: the first right answer takes it away, in all workers at once.
-- A CAPTCHA before /otp keeps robots from using up the hour's limit.

local address = require("vertexsms.address")
local cjson = require("cjson")
local vertexsms = require("vertexsms")

local M = {}

-- Where your customers are: Lithuanian mobiles here. Fraud goes where SMS are expensive.
local NUMBERS = { "^3706%d%d%d%d%d%d%d$" }
local FROM = "MyShop"

local CODE_SECONDS = 360 -- also what VertexSMS is told: a message that arrives later is of no use
local ATTEMPTS_MAX = 5
local HOURLY_MAX, HOUR_SECONDS = 200, 60 * 60

-- Once in an hour: a stranger must not fill the log.
local function tell_owner(event)
  if event.rule ~= "budget" or not ngx.shared.otp_codes:safe_add("told", true, HOUR_SECONDS) then return end
  ngx.log(ngx.ALERT, "no more login codes in this hour: ", HOURLY_MAX, " were sent")
end

-- All workers count together. A message that was certainly not sent is given back, and the user may try again at once.
local client, reason = vertexsms.safe.new({
  timeout = 10, on_guarded = tell_owner,
  guard = {
    store = "otp_limits", allow = { "LT" }, max_parts = 1, per_recipient = { { 1, 60 }, { 5, 24 * 60 * 60 } },
    budget = { parts = HOURLY_MAX, seconds = HOUR_SECONDS }, breaker = true,
  },
})
if not client then error(tostring(reason), 0) end

-- Not math.random: from some of its numbers the next can be worked out.
local random = assert(io.open("/dev/urandom", "rb"))
random:setvbuf("no") -- the workers would share a buffer, and give out the same codes

local function session_id()
  return (assert(random:read(16)):gsub(".", function(octet) return ("%02x"):format(octet:byte()) end))
end

-- The few largest numbers are thrown away, so that every code is as likely as the next.
local function new_code()
  local number
  repeat
    local a, b, c, d = assert(random:read(4)):byte(1, 4)
    number = ((a * 256 + b) * 256 + c) * 256 + d
  until number < 4294000000
  return ("%06d"):format(number % 1000000)
end

local function answer(status, fields)
  ngx.status = status
  ngx.header["Content-Type"] = "application/json"
  ngx.header["Cache-Control"] = "no-store"
  ngx.say(cjson.encode(fields))
  return ngx.exit(status)
end

-- A form's field; nil where it is missing, or there twice.
local function field(name)
  ngx.req.read_body()
  local value = (ngx.req.get_post_args(10) or {})[name]
  return type(value) == "string" and value or nil
end

-- As people write it; the limits count by the digits.
local function number_of(text)
  local digits = address.normalize(text or "") or ""
  for _, pattern in ipairs(NUMBERS) do
    if digits:find(pattern) then return digits end
  end
end

-- What the guard says to this user. It counts a number however many workers ask at the same time.
local function refusal_of(err)
  if err.kind ~= "guarded" then return 503, "The code could not be sent. Please try again in a moment." end
  if err.rule == "per_recipient" and err.limit == 1 then return 429, "Please wait a minute for the SMS." end
  if err.rule == "per_recipient" then return 429, "Too many codes for this number. Try tomorrow." end
  return 429, "Please try again later."
end

-- An unknown outcome keeps the code: the SMS may arrive, and must work then. It is never sent again by itself.
local function send(to, session, code)
  local sent, err = client:send({
    to = to, from = FROM, message = code .. " is your login code. Do not tell it to anyone.",
    priority = "high", expireIn = CODE_SECONDS,
  })
  if sent then return answer(200, { session = session, message = "A code is on its way." }) end
  if err.kind ~= "guarded" then ngx.log(ngx.ERR, "login code: ", tostring(err)) end
  if err.outcome == "unknown" then
    return answer(202, { session = session, message = "It may take a minute. Please wait for the SMS." })
  end
  ngx.shared.otp_codes:delete("code:" .. session)
  local status, words = refusal_of(err)
  return answer(status, { message = words })
end

--- POST /otp with `to`: answers a session, which /verify wants to see again.
function M.request()
  -- Another site's page must not make your visitors ask for codes.
  if ngx.var.http_sec_fetch_site == "cross-site" then return answer(403, { message = "Not from another site." }) end
  local to = number_of(field("to"))
  if not to then return answer(400, { message = "Please give a Lithuanian mobile number." }) end
  local session, code = session_id(), new_code()
  -- Before it is sent: the SMS may arrive before the answer does.
  if not ngx.shared.otp_codes:safe_set("code:" .. session, code .. to, CODE_SECONDS) then
    return answer(503, { message = "Please try again later." })
  end
  return send(to, session, code)
end

-- The number that the code was sent to, if it is the right one.
local function check(session, code)
  local codes = ngx.shared.otp_codes
  local known = codes:get("code:" .. session)
  if not known then return nil end
  -- Only for sessions that there are: a stranger must not fill the memory with others.
  local attempts = codes:incr("attempts:" .. session, 1, 0, CODE_SECONDS)
  if not attempts or attempts > ATTEMPTS_MAX then return nil end
  if known:sub(1, 6) ~= code then return nil end
  -- Of two at the same time one is the first.
  if not codes:safe_add("used:" .. session, true, CODE_SECONDS) then return nil end
  codes:delete("code:" .. session)
  return known:sub(7)
end

--- POST /verify with `session` and `code`. What is wrong is not told: a guesser would learn from it.
function M.verify()
  local session, code = field("session") or "", field("code") or ""
  local to = #session == 32 and #code == 6 and check(session, code)
  if not to then return answer(403, { message = "The code is wrong or has expired. Ask for a new one." }) end
  -- Here your program signs the owner of this number in.
  return answer(200, { verified = to })
end

return M
