--- Serves a handler inside nginx (ngx_lua, content phase).

local ngx = rawget(_G, "ngx")

local M = {}

-- The variables of the headers that a handler asks for.  They hold all values of a repeated X-Forwarded-For, and unlike
-- ngx.req.get_headers they cannot be pushed out of a table by a hundred other headers.
local VARIABLES = {
  ["content-length"] = "http_content_length",
  ["x-forwarded-for"] = "http_x_forwarded_for",
  ["x-vertexsms-signature"] = "http_x_vertexsms_signature",
}

local function header(name)
  return ngx.var[VARIABLES[name]]
end

-- nginx itself refuses what is above client_max_body_size, and ends what is slower than client_body_timeout.  Above
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

--- Answers the request at hand.
---@param handler table
function M.serve(handler)
  local var = ngx.var
  local status, headers, body = handler:respond({
    method = ngx.req.get_method(), header = header, body = read_body, remote_addr = var.remote_addr,
    uri = var.request_uri, protect = pcall,
  })
  ngx.status = status
  for name, value in pairs(headers) do ngx.header[name] = value end
  ngx.header["Content-Length"] = #body
  ngx.print(body)
end

return M
