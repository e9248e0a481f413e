--- URLs that VertexSMS calls: what of ours they carry, and finding it again.

local errors = require("vertexsms.error")
local schema = require("vertexsms.schema")

local M = {}

local SECRET, TRACK = "secret", "track"
local URL_BYTES_MAX = 2048

local RULES = schema.rules({
  { name = "secret", type = "string", check = function(value) return value == "" and "must not be empty" or nil end },
  { name = "track", type = "string", check = function(value)
    return not value:find("^%x+$") and "must be hexadecimal digits" or nil
  end },
})

local function encode(text)
  return (text:gsub("[^A-Za-z0-9%-._~]", function(octet) return ("%%%02X"):format(octet:byte()) end))
end

local function decode(text)
  return (text:gsub("%%(%x%x)", function(digits) return string.char(tonumber(digits, 16)) end))
end

local function check_base(base)
  if type(base) ~= "string" then return "must be a string, not a " .. type(base) end
  if not base:find("^[Hh][Tt][Tt][Pp][Ss]?://[%w%[][^%s%c\127-\255\"<>\\^`{|}#]*$") then
    return "must be an http or https URL without a fragment"
  end
end

local function append(url, name, value)
  if not value then return url end
  local separator = url:find("?", 1, true) and (url:find("[?&]$") and "" or "&") or "?"
  return url .. separator .. name .. "=" .. encode(value)
end

-- Where `name=` begins a parameter, from `from` on.  Plain finds: LuaJIT compiles those, and no patterns.
local function find_parameter(query, name, from)
  local first, last = query:find(name, from, true)
  while first do
    local before = query:sub(first - 1, first - 1)
    if before == "?" or before == "&" then return last + 1 end
    first, last = query:find(name, last + 1, true)
  end
end

-- The value of a parameter; nil when there is none, or more than one and nobody knows which counts.
local function parameter(uri, name)
  local from = uri and uri:find("?", 1, true)
  local begin = from and find_parameter(uri, name, from + 1)
  if not begin or find_parameter(uri, name, begin) then return nil end
  local stop = uri:find("&", begin, true) or uri:find("#", begin, true)
  local value = uri:sub(begin, stop and stop - 1)
  return value:find("%", 1, true) and decode(value) or value
end

--- A URL with what a handler looks for: a secret, a tracking ID.
---@param base string http or https; its own query is kept
---@param options { secret: string|nil, track: string|nil }|nil
---@return string|nil url
---@return vertexsms.Error|nil
function M.build(base, options)
  options = options or {}
  local reason = check_base(base)
  if reason then return nil, errors.invalid_argument("url", "url " .. reason) end
  local err = schema.check(options, RULES, "callback.url")
  if err then return nil, err end
  local url = append(append(base, SECRET, options.secret), TRACK, options.track)
  if #url > URL_BYTES_MAX then
    return nil, errors.invalid_argument("url", ("url is longer than %d octets"):format(URL_BYTES_MAX))
  end
  return url
end

---@param uri string|nil of a request, with its query
---@return string|nil
function M.secret(uri)
  return parameter(uri, SECRET .. "=")
end

---@param uri string|nil
---@return string|nil 32 hexadecimal digits
function M.tracking_id(uri)
  local id = parameter(uri, TRACK .. "=")
  return id and #id == 32 and id:match("^%x+$") or nil
end

return M
