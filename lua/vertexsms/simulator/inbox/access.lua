--- Who may see and steer the inbox: programs and people of this machine, or with --public those who have the token. Not
-- the other pages that are open in the same browser.
--
-- A foreign page can send requests here, and by DNS rebinding it can even read the answers: its own name then has the
-- address of this machine. So the name in Host must be one that no other machine can have, and what a browser says of
-- the page behind a request must be this one (Origin, Sec-Fetch-Site: https://www.w3.org/TR/fetch-metadata/).
--
-- Tested in spec/simulator/inbox/access_spec.lua.

local ascii = require("vertexsms.base.ascii")
local base64 = require("basexx")
local http_server = require("vertexsms.server.http")
local shown = require("vertexsms.base.shown")

local M = {}

-- Of every answer of the inbox. Nothing from outside, nothing inline, in no frame, and no text becomes HTML.
M.HEADERS = {
  ["Content-Security-Policy"] = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    .. "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    .. "require-trusted-types-for 'script'; trusted-types 'none'",
  ["X-Content-Type-Options"] = "nosniff",
  ["X-Frame-Options"] = "DENY",
  ["Referrer-Policy"] = "no-referrer",
  ["Cross-Origin-Resource-Policy"] = "same-origin",
  ["Cross-Origin-Opener-Policy"] = "same-origin",
  ["Cache-Control"] = "no-store",
}

local function refuse(status, message, headers)
  local response = http_server.json(status, { message = message }, headers)
  for name, value in pairs(M.HEADERS) do response.headers[name] = value end
  return response, message
end

-- The name in a Host header, without its port.
local function name_of(authority)
  return ascii.lower(authority:match("^(%[[0-9A-Fa-f:.]*%])") or authority:match("^[^:]*"))
end

-- An address cannot be rebound, and localhost is this machine to every browser.
local function is_own_name(name)
  return name:find("^%[.*%]$") ~= nil or name:find("^[0-9]+%.[0-9]+%.[0-9]+%.[0-9]+$") ~= nil
    or name == "localhost" or name:find("^[a-z0-9.-]+%.localhost$") ~= nil
end

local function check_host(request, simulator)
  if simulator.is_public then return nil end
  local authority = request.headers:get(":authority") or ""
  if is_own_name(name_of(authority)) then return nil end
  return refuse(403, ("The inbox is not served under the name %s: open it under an address or localhost, %s.")
    :format(shown.text(name_of(authority)), simulator.server:url()))
end

-- Behind a proxy that adds TLS the scheme is another one, so only the host is compared.
local function is_same_origin(origin, request)
  local authority = origin:match("^[a-z]+://([^/]+)$")
  return authority ~= nil and ascii.is_same(authority, request.headers:get(":authority") or "")
end

local function check_origin(request)
  local origin = request.headers:get("origin")
  if not origin or is_same_origin(origin, request) then return nil end
  return refuse(403, ("A page of %s may not use the simulator: browsers send its requests with an Origin.")
    :format(shown.text(origin)))
end

-- The page itself may be opened by a link from anywhere: a page that opened it can neither read nor steer it.
local function check_site(request)
  local site = request.headers:get("sec-fetch-site")
  if not site or site == "same-origin" or site == "none" or request.path == "/" then return nil end
  return refuse(403, "Another page may not use the inbox: the browser says that the request is " .. site .. ".")
end

-- Takes as long for every token of the same length.
local function is_equal(a, b)
  if #a ~= #b then return false end
  local wrong = 0
  for i = 1, #a do
    if a:byte(i) ~= b:byte(i) then wrong = wrong + 1 end
  end
  return wrong == 0
end

-- Browsers ask for a name and a password; the name does not matter.
local function token_of(request)
  local basic = (request.headers:get("authorization") or ""):match("^[Bb][Aa][Ss][Ii][Cc] +([A-Za-z0-9+/=]+)$")
  local decoded = basic and base64.from_base64(basic)
  return request.headers:get("x-vertexsms-token") or decoded and decoded:match("^[^:]*:(.*)$")
end

local function check_token(request, simulator)
  if not simulator.token then
    if not simulator.is_public then return nil end
    return refuse(403, "Other machines can reach this simulator, so its inbox needs a token: set "
      .. "VERTEXSMS_SIMULATOR_TOKEN and start it again.")
  end
  local token = token_of(request)
  if token and is_equal(token, simulator.token) then return nil end
  return refuse(401, "The inbox needs the simulator's token: as the password, or as X-VertexSMS-Token.",
    { ["WWW-Authenticate"] = 'Basic realm="VertexSMS simulator", charset="UTF-8"' })
end

--- Looks at a request before its body is read.
---@param request vertexsms.lua_http.Request
---@param simulator table
---@param is_inbox boolean else it is VertexSMS's own API, which no browser uses
---@return vertexsms.lua_http.Response|nil refusal
---@return string|nil reason
function M.screen(request, simulator, is_inbox)
  for _, check in ipairs(is_inbox and { check_origin, check_host, check_site, check_token } or { check_origin }) do
    local refusal, reason = check(request, simulator)
    if refusal then return refusal, reason end
  end
end

return M
