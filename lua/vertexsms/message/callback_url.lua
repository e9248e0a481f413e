--- URLs that VertexSMS calls: what of ours they carry, and finding it again.

local checks = require("vertexsms.check.value")
local core = require("vertexsms.base.core")
local errors = require("vertexsms.error")
local schema = require("vertexsms.check.table")
local shown = require("vertexsms.base.shown")
local urls = require("vertexsms.check.url")

local M = {}

local SECRET, TRACK, PREFIX = "secret", "track", "prefix"

local RULES = schema.rules({
  { name = "secret", type = "string", is_secret = true, check = checks.not_empty },
  { name = "track", type = "string", check = function(value)
    return not value:find("^[0-9A-Fa-f]+$") and "must be hexadecimal digits, such as 00ff" or nil
  end },
  { name = "prefix", type = "string", check = function(value)
    return not value:find("^[0-9]+$") and "must be digits, such as 3706991" or nil
  end },
})

local function check_base(base)
  if type(base) == "string" then return urls.check_base(base) end
  return 'must be a string such as "https://example.com/dlr", not ' .. shown.type_and_value(base)
end

local function append(url, name, value)
  if not value then return url end
  local separator = url:find("?", 1, true) and (url:find("[?&]$") and "" or "&") or "?"
  return url .. separator .. name .. "=" .. urls.encode(value)
end

-- What stands there twice would count for nothing.
local function check_found(url, options)
  for _, name in ipairs({ SECRET, TRACK, PREFIX }) do
    if options[name] and core.query_parameter(url, name) ~= options[name] then
      return ("already has a parameter %s in its query: take it out"):format(shown.text(name))
    end
  end
end

--- A URL with what a handler looks for: a secret, a tracking ID, the first digits of the recipient.
---@param base string http or https; its own query is kept
---@param options { secret: string|nil, track: string|nil, prefix: string|nil }|nil
---@return string|nil url
---@return vertexsms.Error|nil
function M.build(base, options)
  options = options or {}
  local err = schema.check(options, RULES, "an option of callback.url")
  if err then return nil, err end
  local reason = check_base(base)
  local url = not reason
    and append(append(append(base, SECRET, options.secret), TRACK, options.track), PREFIX, options.prefix)
  reason = reason or check_found(url, options) or urls.too_long(url)
  if reason then return nil, errors.invalid_argument("url", "url " .. reason) end
  return url
end

---@param uri string|nil of a request, with its query
---@param secrets string[]
---@return string|nil reason why the URL does not count, for our own log; of two secrets there is no way to tell which
-- one was meant
function M.refuses_secret(uri, secrets)
  if not uri then return "the URL does not carry the secret" end
  if core.query_holds(uri, SECRET, secrets) then return nil end
  if core.query_parameter(uri, SECRET) then return "the URL carries a wrong secret" end
  local is_repeated = uri:find("[?&]" .. SECRET .. "=")
  return is_repeated and "the URL carries more than one secret" or "the URL does not carry the secret"
end

---@param uri string|nil
---@return string|nil digits that the recipient's number begins with
function M.prefix(uri)
  local prefix = uri and core.query_parameter(uri, PREFIX)
  return prefix and prefix:match("^[0-9]+$") and prefix:sub(1, 15) or nil
end

---@param uri string|nil
---@return string|nil 32 hexadecimal digits
function M.tracking_id(uri)
  local id = uri and core.query_parameter(uri, TRACK)
  return id and #id == 32 and id:match("^[0-9A-Fa-f]+$") or nil
end

return M
