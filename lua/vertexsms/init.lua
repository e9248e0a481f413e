--- SMS through VertexSMS.
--
--     local vertexsms = require "vertexsms"
--     local client = vertexsms.new { token = os.getenv "VERTEXSMS_TOKEN" }
--     local sent = client:send { to = "37069912345", from = "MyShop", message = "Your code is 4815" }

-- Tested in spec/client_spec.lua.

local clients = require("vertexsms.client")
local core = require("vertexsms.base.core")
local errors = require("vertexsms.error")

local raise_unless = errors.raise_unless

local M = {
  --- The version of this library.
  version = core.version,
  --- libcurl's version and that of its TLS library, such as "libcurl/7.88.1 OpenSSL/3.0.19".
  curl_version = core.curl_version,
  --- Is the value an error of this library?
  ---@param value any
  ---@return boolean
  is_error = errors.is_error,
  --- The same client whose methods return `nil, err` where the other one raises.
  safe = {},
}

local function metatable_for(methods)
  return { __index = methods, __tostring = clients.describe, __close = clients.methods.close }
end

-- A dot for the colon is an old mistake, and what it would lead to says nothing of it.
local function refuse_dot(name)
  error(("vertexsms: call it with a colon: client:%s(...), not client.%s(...)"):format(name, name), 3)
end

-- Not built on pcall: Lua 5.1 cannot yield across one, and the methods yield in some hosts.
-- A method may be loaded by its first call, and is another function then.
local methods, raising, returning = clients.methods, {}, {}
for name in pairs(methods) do
  raising[name] = function(self, ...)
    if type(self) ~= "table" or not self.engine then refuse_dot(name) end
    local result, err = methods[name](self, ...)
    if result == nil then errors.raise(err) end
    return result
  end
  returning[name] = function(self, ...)
    if type(self) ~= "table" or not self.engine then refuse_dot(name) end
    local result, err = methods[name](self, ...)
    return result, err
  end
end

local RAISING, SAFE = metatable_for(raising), metatable_for(returning)

local function new(options, metatable)
  if options ~= nil and type(options) ~= "table" then
    local given = type(options)
    error(('vertexsms: bad argument options (table expected, such as { token = "..." }, got %s)'):format(given), 3)
  end
  if options == M or options == M.safe then
    error("vertexsms: call it with a dot: vertexsms.new { ... }, not vertexsms:new { ... }", 3)
  end
  return clients.new(options, metatable, metatable == RAISING)
end

--- Makes a client whose methods raise structured errors.
---@param options vertexsms.Options|nil
---@return vertexsms.Client
function M.new(options)
  return (raise_unless(new(options, RAISING)))
end

--- Makes a client whose methods return `nil, err`.
---@param options vertexsms.Options|nil
---@return vertexsms.SafeClient|nil
---@return vertexsms.Error|nil
function M.safe.new(options)
  return new(options, SAFE)
end

return M
