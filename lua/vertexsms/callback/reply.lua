--- What VertexSMS, or a stranger in its place, is answered: a status, and no more than its name.
--
-- Tested in spec/callback/handler_spec.lua.

local M = {}

M.CONTENT_TYPE, M.ALLOW = "text/plain", "POST"

M.BODIES = {
  [200] = "OK", -- VertexSMS repeats whatever is answered otherwise, to the letter
  [400] = "Bad Request",
  [403] = "Forbidden",
  [405] = "Method Not Allowed",
  [408] = "Request Timeout",
  [413] = "Content Too Large",
  [500] = "Internal Server Error",
  [503] = "Service Unavailable",
}

---@param status integer
---@return integer status
---@return table<string, string> headers
---@return string body
function M.complete(status)
  local headers = { ["Content-Type"] = M.CONTENT_TYPE }
  if status == 405 then headers.Allow = M.ALLOW end
  return status, headers, M.BODIES[status]
end

return M
