--- URLs, and what has to be encoded in them.

local shown = require("vertexsms.base.shown")

local M = {}

--- Octets of a URL; what the service takes is not documented, and servers differ above.
M.BYTES_MAX = 2048

local HTTP = "^[Hh][Tt][Tt][Pp][Ss]?://[A-Za-z0-9%[][^%z\1-\32\127-\255\"<>\\^`{|}]*$"

---@param value string
---@return string|nil reason
function M.too_long(value)
  if #value <= M.BYTES_MAX then return nil end
  return ("must be at most %d octets long, but has %d"):format(M.BYTES_MAX, #value)
end

--- Is it an absolute http or https URL?
---@param value string
---@return string|nil reason
---@return boolean|nil is_all see check/table.lua
function M.check(value)
  local reason = M.too_long(value)
  if reason then return reason, true end
  return not value:find(HTTP) and "must be an http or https URL, such as https://example.com/dlr" or nil
end

--- Is it one to which a query can be appended?
---@param value string
---@return string|nil reason
function M.check_base(value)
  if value:find(HTTP) and not value:find("#", 1, true) then return nil end
  return "must be an http or https URL without a fragment, such as https://example.com/dlr, not " .. shown.url(value)
end

local function encode_octet(octet)
  return ("%%%02X"):format(octet:byte())
end

--- Percent-encodes (RFC 3986 section 2.1) all but the unreserved characters of its section 2.3.
---@param text string
---@return string
function M.encode(text)
  return (text:gsub("[^A-Za-z0-9%-._~]", encode_octet))
end

--- Percent-encodes what a path cannot hold; what is encoded already stays so.
---@param path string
---@return string
function M.encode_path(path)
  return (path:gsub("[^A-Za-z0-9%-._~%%/!$&'()*+,;=:@]", encode_octet))
end

---@param text string
---@return string
function M.decode(text)
  return (text:gsub("%%([0-9A-Fa-f][0-9A-Fa-f])", function(digits) return string.char(tonumber(digits, 16)) end))
end

--- Is there a percent sign that encodes nothing?
---@param text string
---@return boolean
function M.has_bare_percent(text)
  return text:gsub("%%[0-9A-Fa-f][0-9A-Fa-f]", ""):find("%", 1, true) ~= nil
end

return M
