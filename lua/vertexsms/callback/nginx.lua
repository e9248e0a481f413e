--- Serves a handler inside nginx (ngx_lua, content phase).
--
-- Tested in spec/host/nginx_callback_spec.lua.

local replies = require("vertexsms.callback.reply")

local ngx = rawget(_G, "ngx")

local M = {}

-- The variables of the headers that a handler asks for; the body's length is nginx's business. They hold all values of
-- a repeated X-Forwarded-For, and unlike ngx.req.get_headers they cannot be pushed out of a table by a hundred others.
local VARIABLES = {
  ["x-forwarded-for"] = "http_x_forwarded_for",
  ["x-vertexsms-signature"] = "http_x_vertexsms_signature",
}

local function header(name)
  local variable = VARIABLES[name]
  return variable and ngx.var[variable]
end

-- nginx itself refuses what is above client_max_body_size, and ends what is slower than client_body_timeout. Above
-- client_body_buffer_size a body is in a file.
local function read_body(max)
  ngx.req.read_body()
  local body = ngx.req.get_body_data()
  if body then return body end
  local path = ngx.req.get_body_file()
  if not path then return "" end
  local file = io.open(path, "rb")
  if not file then return nil, 500 end
  body = file:read(max + 1)
  file:close()
  return body or ""
end

local FIELDS = {
  method = ngx.req.get_method,
  remote_addr = function() return ngx.var.remote_addr end,
  uri = function() return ngx.var.request_uri end,
}

-- One for all requests: what it is asked for is that of the request at hand.
local call = setmetatable({ header = header, body = read_body, protect = pcall }, {
  __index = function(_, name)
    local field = FIELDS[name]
    return field and field()
  end,
})

--- Answers the request at hand.
---@param handler table
function M.serve(handler)
  local status = handler:respond(call)
  local body, headers = replies.BODIES[status], ngx.header
  headers["Content-Type"] = replies.CONTENT_TYPE
  headers["Content-Length"] = #body
  if status ~= 200 then ngx.status = status end
  if status == 405 then headers.Allow = replies.ALLOW end
  ngx.print(body)
end

return M
