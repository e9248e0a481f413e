--- The inbox: the page at `/`, and `/_simulator/...`, by which programs see and steer what the simulator has taken.
--
-- Each file named below returns its routes, see router.lua. A method gets the request, with its query decoded in
-- `parameters`, and the simulator; it returns a response. A page that shows more is one more line.

local access = require("vertexsms.simulator.inbox.access")
local http_server = require("vertexsms.server.http")
local http_util = require("http.util")
local reasons = require("vertexsms.base.reason")
local router = require("vertexsms.simulator.router")

local M = {}

local FILES = {
  "page",
  "messages",
  "code",
  "steering",
  "requests",
  "tables",
  "settings",
  "events",
}

local routes = {}

for _, name in ipairs(FILES) do
  for _, route in ipairs(require("vertexsms.simulator.inbox." .. name)) do routes[#routes + 1] = route end
end

--- Whether a path is the inbox's.
---@param path string
---@return boolean
function M.owns(path)
  return path == "/" or path == "/_simulator" or path:sub(1, 12) == "/_simulator/"
end

-- The last one wins. `+` is a space, as forms and URLSearchParams write it.
local function parameters_of(request)
  local values = {}
  for name, value in http_util.query_args(((request.query or ""):gsub("%+", " "))) do values[name] = value or "" end
  return values
end

local function answer(request, simulator)
  local method, refusal = router.method_of(routes, request)
  if not method then return refusal end
  request.parameters = parameters_of(request)
  return (method(request, simulator))
end

--- Answers one request. It is in no log: it is not VertexSMS's.
---@param request vertexsms.lua_http.Request
---@param simulator table
---@return vertexsms.lua_http.Response
function M.answer(request, simulator)
  local ok, response = http_util.yieldable_pcall(answer, request, simulator)
  if not ok then
    simulator.log("internal error: " .. reasons.text(response))
    response = http_server.json(500, { message = "Internal error of the simulator." })
  end
  for name, value in pairs(access.HEADERS) do response.headers[name] = value end
  return response
end

return M
