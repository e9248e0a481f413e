--- Finds the route of a path and runs its method. A resource is one file, which returns its routes:
--
--     return { { pattern = "^/sms/status/([^/]+)$", methods = { GET = function(request, simulator) ... end } } }
--
-- A pattern's captures are in `request.captures`, the token in `request.token`. A method returns a response and, to be
-- logged instead of the response's own message, a list of lines.
--
-- Tested in spec/simulator/init_spec.lua.

local ascii = require("vertexsms.base.ascii")
local http_server = require("vertexsms.server.http")
local http_util = require("http.util")

local M = {}

--- In the seed's words an error is JSON with a `message` (see POST /sms, 400).
---@param status integer
---@param message string
---@param headers table<string, string>|nil
---@return vertexsms.lua_http.Response
---@return string[] lines
function M.refuse(status, message, headers)
  return http_server.json(status, { message = message }, headers), { message }
end

--- A JSON array, an empty one too, which lua-cjson would take for an object.
---@param rows table[]
---@return vertexsms.lua_http.Response
function M.list(rows)
  local response = http_server.json(200, rows)
  if #rows == 0 then response.body = "[]" end
  return response
end

--- The parameters of a request's query, decoded; the last one wins.
---@param request vertexsms.lua_http.Request
---@return table<string, string>
function M.parameters(request)
  local values = {}
  for name, value in http_util.query_args(request.query or "") do values[name] = value end
  return values
end

--- The route of a path, and what its pattern has captured.
---@param routes table[]
---@param path string
---@return table|nil route
---@return string[]|nil captures
function M.find(routes, path)
  for _, route in ipairs(routes) do
    local captures = { path:match(route.pattern) }
    if captures[1] then return route, captures end
  end
end

-- RFC 9110 section 15.5.6: a 405 names the methods there are.
local function allowed(route)
  local names = {}
  for name in pairs(route.methods) do names[#names + 1] = name end
  if route.methods.GET then names[#names + 1] = "HEAD" end
  ascii.sort(names)
  return table.concat(names, ", ")
end

local function is_authorized(token, simulator)
  if simulator.token then return token == simulator.token end
  return token ~= ""
end

-- Every PUT and POST must say that it is JSON; parameters such as a charset may follow.
local function is_json(request)
  local content_type = ascii.lower(request.headers:get("content-type") or "")
  return content_type:match("^application/json[ \t]*$") or content_type:match("^application/json[ \t]*;")
end

--- The method of a request. HEAD is GET whose body is not sent (RFC 9110 section 9.3.2).
---@param routes table[]
---@param request vertexsms.lua_http.Request gets `captures`
---@return function|nil method
---@return vertexsms.lua_http.Response|nil refusal
---@return string[]|nil lines
function M.method_of(routes, request)
  local route, captures = M.find(routes, request.path)
  if not route then return nil, M.refuse(404, "Nothing matches this address.") end
  local method = route.methods[request.method == "HEAD" and "GET" or request.method]
  if not method then
    return nil, M.refuse(405, "Method not allowed on this resource.", { Allow = allowed(route) })
  end
  request.captures = captures
  return method
end

local function answer(routes, request, simulator)
  local method, refusal, reasons = M.method_of(routes, request)
  if not method then return refusal, reasons end
  -- VertexSMS takes it from the query, too.
  request.token = request.headers:get("x-vertexsms-token") or M.parameters(request).at or ""
  if not is_authorized(request.token, simulator) then
    return M.refuse(401, "Authentication failed: X-VertexSMS-Token is missing or wrong.")
  end
  if (request.method == "POST" or request.method == "PUT") and not is_json(request) then
    return M.refuse(400, "Content-Type must be application/json.")
  end
  return method(request, simulator)
end

-- What a stranger can be answered: there may be any number of these lines.
local STRANGERS = { [401] = true, [404] = true, [405] = true }

--- Answers one request and logs it. A resource that fails answers 500: the server lives on.
---@param routes table[]
---@param request vertexsms.lua_http.Request
---@param simulator table
---@return vertexsms.lua_http.Response
function M.answer(routes, request, simulator)
  local ok, response, lines = pcall(answer, routes, request, simulator)
  if not ok then
    local failure = response
    response = M.refuse(500, "Internal error of the simulator.")
    lines = { "internal error: " .. tostring(failure) }
  end
  local log = STRANGERS[response.status] and simulator.server.notice or simulator.log
  for _, line in ipairs(lines or { "" }) do
    log(("%s %s %d %s"):format(request.method, request.path, response.status, line))
  end
  return response
end

return M
