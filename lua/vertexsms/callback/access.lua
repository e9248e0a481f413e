--- Who may call: the address that a request came from, a secret in its URL, a signature over its body.
--
-- Every check that is configured must pass.

local ascii = require("vertexsms.base.ascii")
local core = require("vertexsms.base.core")
local errors = require("vertexsms.error")
local shown = require("vertexsms.base.shown")
local urls = require("vertexsms.message.callback_url")

local M = {}

--- Where VertexSMS calls from, as its introduction page has it.
M.SOURCES = { "178.33.133.192/28", "178.32.167.92" }

local LOOPBACK = { "127.0.0.0/8", "::1" }

-- What a server says of a caller at a unix socket (nginx's $remote_addr). It has no address: in its place is
-- the unspecified address, which no packet comes from (RFC 4291 section 2.5.2).
local UNIX, NOWHERE = "unix:", "::"

local Access = {}
Access.__index = Access

local function ranges_of(list, field)
  local copy = {}
  for i = 1, #list do
    if type(list[i]) ~= "string" then
      return nil, errors.invalid_argument(field, ("%s must be a list of strings such as { \"178.33.133.192/28\" }, but"
        .. " %s[%d] is %s"):format(field, field, i, shown.type_and_value(list[i])))
    end
    copy[i] = field == "trusted_proxies" and list[i] == UNIX and NOWHERE or list[i]
  end
  local ranges, refusal = core.ip_ranges(copy)
  if ranges then return ranges end
  refusal.field = ("%s[%d] %s"):format(field, refusal.index, shown.text(list[refusal.index]))
  local err = errors.from_refusal(refusal)
  err.field = field
  return nil, err
end

local function join(a, b)
  local all = {}
  for _, item in ipairs(a) do all[#all + 1] = item end
  for _, item in ipairs(b) do all[#all + 1] = item end
  return all
end

-- One secret, or several while a new one takes the place of an old one.
local function secrets_of(value, field)
  if value == nil then return nil end
  local list = type(value) == "table" and value or { value }
  if #list == 0 then
    return nil, errors.invalid_argument(field, field .. " is an empty list: it must have at least one secret")
  end
  for _, secret in ipairs(list) do
    if type(secret) ~= "string" or secret == "" then
      return nil, errors.invalid_argument(field,
        ("%s must be a string that is not empty, or a list of such strings"):format(field))
    end
  end
  return join(list, {})
end

-- The address is checked where something about addresses was said, or nothing about anything.
local function sources_of(options)
  local sources = options.sources
  if not sources then
    local other = options.secret or options.signature_secret
    if other and not options.trusted_proxies and not options.allow_loopback then return nil end
    sources = M.SOURCES
  end
  return ranges_of(options.allow_loopback and join(sources, LOOPBACK) or sources, "sources")
end

local function check_hashing()
  local digits, refusal = core.hmac_sha256("key", "")
  if digits then return nil end
  refusal.field = "signature_secret"
  return errors.from_refusal(refusal)
end

--- Reads what a handler's options say about callers: sources, trusted_proxies, allow_loopback, secret,
-- signature_secret.
---@param options vertexsms.HandlerOptions
---@return table|nil access
---@return vertexsms.Error|nil
function M.new(options)
  local access, err = { known = {}, known_count = 0 }
  access.sources, err = sources_of(options)
  if err then return nil, err end
  if options.trusted_proxies then
    access.proxies, err = ranges_of(options.trusted_proxies, "trusted_proxies")
    if err then return nil, err end
  end
  access.secrets, err = secrets_of(options.secret, "secret")
  if err then return nil, err end
  local unsupported = options.signature_secret and check_hashing()
  if unsupported then return nil, unsupported end
  access.signature_secrets, err = secrets_of(options.signature_secret, "signature_secret")
  if err then return nil, err end
  return setmetatable(access, Access)
end

-- VertexSMS has 17 addresses, and few ways lead here from them, so what was found good is remembered; the bounds are
-- for wide ranges and long headers.
local KNOWN_MAX, KNOWN_BYTES_MAX = 1000, 200

local function remember(self, forwarded, address)
  if forwarded and #forwarded > KNOWN_BYTES_MAX then return end
  if self.known_count >= KNOWN_MAX then self.known, self.known_count = {}, 0 end
  local known = self.known[forwarded] or {}
  known[address], self.known[forwarded], self.known_count = true, known, self.known_count + 1
end

local function comes_from_source(self, call)
  local address = call.remote_addr
  if not address then return false end
  local forwarded = self.proxies and call.header("x-forwarded-for") or false
  local known = self.known[forwarded]
  if known and known[address] then return true end
  local source = address
  if self.proxies then source = self.proxies:source(address == UNIX and NOWHERE or address, forwarded or nil) end
  if not source or source == NOWHERE or not self.sources:contains(source) then return false end
  remember(self, forwarded, address)
  return true
end

--- What can be known before the body is read.
---@param call table { remote_addr, header, uri }
---@return string|nil reason why not; for our own log alone
function Access:refuses(call)
  if self.sources and not comes_from_source(self, call) then
    return "the call does not come from an address that may call"
  end
  if self.secrets then return urls.refuses_secret(call.uri, self.secrets) end
end

--- Whether the body is signed, where it must be.
---@param call table { header }
---@param body string
---@return boolean
function Access:is_signed(call, body)
  if not self.signature_secrets then return true end
  local given = call.header("x-vertexsms-signature") or ""
  local digests = {}
  for i, secret in ipairs(self.signature_secrets) do digests[i] = core.hmac_sha256(secret, body) end
  return core.is_one_of(ascii.lower(given), digests)
end

return M
