--- Does VertexSMS answer here, and does it take the token? One GET, which is free, tells: as far as it came, each step
-- was right.
--
-- Tested in spec/doctor/service_spec.lua.

local ascii = require("vertexsms.base.ascii")
local findings = require("vertexsms.doctor.finding")

local M = { names = { "client", "request", "status_host" } }

-- A page of a list, [doc]. It changes nothing and is not billed.
local REQUEST = { method = "GET", path = "/mccmnc/LT", query = "Page=1", repeatable = true }

-- To get as far as the connection where there is no token. VertexSMS refuses it.
local NO_TOKEN = "none"

local CONNECT_SECONDS = 5
-- Clocks of machines that ask for the time differ by much less.
local CLOCK_SECONDS = 60
local HALF_DAY = 12 * 3600

-- Which finding is about an option.
local NAMES = { token = "token", proxy = "proxy", ca_file = "certificates", status_base_url = "base_url",
  VERTEXSMS_LIVE = "live" }

local ADVICE = {
  token = "generate a token in your VertexSMS account, and set VERTEXSMS_TOKEN to it",
  proxy = "give the proxy as http://proxy.example.com:3128",
  certificates = "name a file of certificates in PEM format",
  live = "correct VERTEXSMS_LIVE, or unset it",
  base_url = "correct the variable VERTEXSMS_BASE_URL, or unset it",
}

local function is_set(value)
  return value ~= nil and value ~= ""
end

local function new_client(options, timeout, token)
  local host = options.host
  local client, err = require("vertexsms").safe.new {
    token = token, base_url = options.base_url, status_base_url = options.status_base_url, proxy = options.proxy,
    ca_file = options.ca_file, host = type(host) == "string" and host or nil, timeout = timeout, retry = false,
    connect_timeout = math.min(CONNECT_SECONDS, timeout),
  }
  if client and type(host) == "table" then client.host = host end
  return client, err
end

-- What `echo` puts behind a token that a script reads.
local function token_advice(options)
  local token = options.token or os.getenv("VERTEXSMS_TOKEN") or ""
  return token:find("[^\r\n][\r\n]+$") and "remove the line break at its end" or nil
end

local function refused(err, options)
  local name = NAMES[err.field] or "base_url"
  local message = require("vertexsms.error").renamed(err, options.names or {}).message
  return findings.error(name, message, name == "token" and token_advice(options) or ADVICE[name])
end

local function token_of(context)
  local options = context.options
  if options.token_problem then return nil, options.token_problem end
  local token = options.token or os.getenv("VERTEXSMS_TOKEN")
  if is_set(token) then return token end
  return nil, "VERTEXSMS_TOKEN is not set"
end

-- To this machine: http://localhost, http://127.0.0.1:8080, https://[::1].
local function is_loopback(name)
  return ascii.lower(name) == "localhost" or name:find("^127%.[0-9.]+$") ~= nil or name == "[::1]"
end

-- The parts of the base URL, which the core has checked.
local function origin_of(base_url)
  local scheme, authority = base_url:match("^([A-Za-z]+)://([^/]+)")
  local name = authority:match("^(%[[^%]]*%])") or authority:match("^[^:]*")
  local is_tls = scheme:find("^[Hh][Tt][Tt][Pp][Ss]$") ~= nil
  return {
    authority = authority, name = name, is_tls = is_tls, is_loopback = is_loopback(name),
    port = authority:match(":([0-9]+)$") or is_tls and "443" or "80",
    is_address = name:find("^%[") ~= nil or name:find("^[0-9.]+$") ~= nil,
  }
end

local function of_base_url(base_url)
  if not origin_of(base_url).is_loopback then return findings.ok("base_url", "base URL: " .. base_url) end
  return findings.warning("base_url", ("base URL: %s is this machine, so nothing that is sent reaches a telephone")
    :format(base_url), "unset VERTEXSMS_BASE_URL (or base_url) for VertexSMS itself")
end

---@param context vertexsms.doctor.Context gets the client
function M.client(context)
  local token, problem = token_of(context)
  context.token_problem = problem
  if not context.core or not pcall(require, "cjson") then return {} end
  local client, err = new_client(context.options, context.timeout, token or NO_TOKEN)
  if not client then return { refused(err, context.options) } end
  context.client = client
  local list, ca_file = { of_base_url(client.engine:base_url()) }, context.options.ca_file
  list[2] = ca_file and findings.ok("certificates", "certificate authorities: " .. ca_file)
  return list
end

-- The step at which the request ended; nil where there is an answer. libcurl counts a handshake that takes too long as
-- part of the connection.
local function failed_step(response, origin)
  if response.kind == "dns" or response.kind == "connect" or response.kind == "tls" then return response.kind end
  if response.status then return nil end
  local timings = response.timings
  if timings.dns == 0 then return "dns" end
  if timings.connect == 0 then return "connect" end
  return origin.is_tls and timings.tls == 0 and "tls" or "answer"
end

local STEPS = { "dns", "connect", "tls" }

local LABELS = { dns = "dns", connect = "connection", tls = "tls" }

local FAILURE_ADVICE = {
  dns = "check that this machine is online, the name in VERTEXSMS_BASE_URL, and the name servers in /etc/resolv.conf",
  connect = "check that this machine is online, and that its firewall lets it out; where a proxy is needed, give it:"
    .. " --proxy, or the option proxy",
  tls = "install ca-certificates and set this machine's clock; behind a proxy that opens TLS, name its certificate:"
    .. " --ca-file, or the option ca_file",
  answer = "try again later; if it stays so, something between here and VertexSMS drops the request",
}

local function words_of_step(step, origin, options)
  if step == "dns" then
    if options.proxy then return "the proxy looks up " .. origin.name end
    if origin.is_address then return origin.name .. " is an address: no name to look up" end
    return origin.name .. " is known to the name servers"
  elseif step == "connect" then
    return ("connected to %s%s"):format(origin.authority, options.proxy and " through the proxy" or "")
  end
  if not origin.is_tls then return "TLS is not used: plain http, to this machine" end
  return "the certificate of " .. origin.name .. " is right"
end

-- An error of the answer, in the names that the user knows options by.
local function error_of(response, context)
  local engine = context.client.engine
  local function redact(text) return engine:redact(text) end
  return require("vertexsms.error").from_response(response, REQUEST, redact, context.names)
end

-- curl.h. A server that accepts and says nothing ends otherwise.
local COULDNT_CONNECT = 7

-- What the core says of an answer that is not TLS.
local NOT_TLS = "does not answer in TLS"

-- What a simulator that does not run, and one that is asked in TLS, need.
local function advice_of(step, response, context)
  local origin = context.origin
  if not origin.is_loopback or context.options.proxy then return FAILURE_ADVICE[step] end
  if step == "connect" and response.curl == COULDNT_CONNECT then
    return ("nothing listens there: start it (vertexsms simulate --port %s), or correct VERTEXSMS_BASE_URL")
      :format(origin.port)
  end
  return response.message:find(NOT_TLS, 1, true) and "use http:// for the simulator, or correct the port"
    or FAILURE_ADVICE[step]
end

-- What stands before the step that failed is right; what stands behind it was not reached.
local function steps_until(failed, response, context)
  local list, origin = {}, context.origin
  for _, step in ipairs(STEPS) do
    if step == failed then
      list[#list + 1] = findings.error(LABELS[step], error_of(response, context).message,
        advice_of(step, response, context))
      break
    end
    list[#list + 1] = findings.ok(LABELS[step], words_of_step(step, origin, context.options))
  end
  return list
end

local BUSY = { rate_limited = true, unavailable = true, server_error = true, gateway = true }

local IS_NOT_API = "check VERTEXSMS_BASE_URL: something else answers there. A login page or a proxy does that, too"

local function is_json(body)
  return type(require("vertexsms.json").decode(body)) == "table"
end

local function of_failed_answer(err, response)
  local message = ("%s (HTTP %d)"):format(err.message, response.status)
  if response.status == 401 then
    return findings.error("token", "VertexSMS refuses the token: " .. message,
      "generate a token in your VertexSMS account; look there whether this one may be used from this address")
  elseif response.status == 403 then
    return findings.warning("token", "VertexSMS does not let this token read a list: " .. message,
      "look at the token's limits in your VertexSMS account: it may be limited to other routes, which is fine, or to"
      .. " other addresses")
  elseif BUSY[response.kind] then
    return findings.warning("token", "VertexSMS answers, but not now: " .. message, "try again later")
  elseif is_json(response.body) then
    return findings.warning("token", "the token was not refused, but the request was: " .. message,
      "check VERTEXSMS_BASE_URL: the list /mccmnc/LT is not there")
  end
  return findings.error("token", "this is not VertexSMS's answer: " .. message, IS_NOT_API)
end

local function of_answer(response, context)
  if context.token_problem then
    return findings.error("token", context.token_problem, ADVICE.token)
  elseif response.kind ~= "ok" then
    return of_failed_answer(error_of(response, context), response)
  elseif is_json(response.body) then
    return findings.ok("token", "VertexSMS takes the token (asked with GET /mccmnc/LT, which is free)")
  end
  local what = require("vertexsms.request.answer").describe(response.body, response.headers)
  return findings.error("token", ("this is not VertexSMS's answer (%s)"):format(what), IS_NOT_API)
end

-- Seconds by which this machine's clock is ahead; nil where the answer does not tell. The core reads dates, as those of
-- a Retry-After, up to a day ahead.
local function clock_skew(core, response)
  local date = response.headers.date
  if not date or date:find("^[0-9]") or response.headers.age then return nil end
  local left = core.retry_after(date, core.time() - HALF_DAY)
  return left and HALF_DAY - left
end

local CLOCK_ADVICE = "set the clock, and let it be kept right (timedatectl set-ntp true): certificates, `scheduled`"
  .. " and reports go by it"

local function of_clock(core, response)
  local skew = clock_skew(core, response)
  if not skew then
    return findings.warning("clock", "the clock was not checked: the answer has no usable Date",
      "compare the clock yourself")
  end
  local most = math.abs(skew)
  if most <= CLOCK_SECONDS + response.timings.total then
    return findings.ok("clock", "this machine's clock agrees with VertexSMS's")
  end
  local words = ("this machine's clock is %s%d seconds %s VertexSMS's"):format(most >= HALF_DAY and "at least " or "",
    most, skew > 0 and "ahead of" or "behind")
  return findings.warning("clock", words, CLOCK_ADVICE)
end

local UNREACHED = "this is known once the error above is gone"

local function token_without_answer(failed, response, context)
  if context.token_problem then return findings.error("token", context.token_problem, ADVICE.token) end
  if failed ~= "answer" then
    return findings.warning("token", "a token is set, but VertexSMS could not be asked about it", UNREACHED)
  end
  return findings.error("token", "no answer came: " .. error_of(response, context).message, FAILURE_ADVICE.answer)
end

local function ask(context, is_alternate)
  local request = { timeout = context.timeout, alternate = is_alternate }
  for name, value in pairs(REQUEST) do request[name] = value end
  return require("vertexsms.host").perform(context.client.host, context.client.engine, request)
end

local function without_client(context)
  return context.token_problem and { findings.error("token", context.token_problem, ADVICE.token) } or {}
end

function M.request(context)
  if not context.client then return without_client(context) end
  local response, refusal = ask(context)
  if not response then
    return { findings.error("connection", refusal.message,
      "call this where the host can wait, or before its loop runs") }
  end
  context.origin = origin_of(context.client.engine:base_url())
  context.names = context.options.names or context.client.option_names
  local failed = failed_step(response, context.origin)
  local list = steps_until(failed, response, context)
  if failed then
    list[#list + 1] = token_without_answer(failed, response, context)
    list[#list + 1] = findings.warning("clock", "the clock was not checked: VertexSMS did not answer", UNREACHED)
  else
    list[#list + 1] = of_answer(response, context)
    list[#list + 1] = of_clock(context.core, response)
  end
  return list
end

-- What it answers to this request is not known: it serves other ones.
function M.status_host(context)
  local base_url = context.options.status_base_url
  if not context.client or not is_set(base_url) then return {} end
  local response, refusal = ask(context, true)
  local failed = response and failed_step(response, origin_of(base_url))
  if response and not failed then return { findings.ok("status_host", base_url .. " can be reached") } end
  local message = refusal and refusal.message or error_of(response, context).message
  return { findings.error("status_host", ("%s cannot be reached: %s"):format(base_url, message),
    FAILURE_ADVICE[failed or "connect"]) }
end

return M
