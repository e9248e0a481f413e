--- Any request: for what has no method of its own.

local argument = require("vertexsms.check.argument")
local around = require("vertexsms.request.around")
local ascii = require("vertexsms.base.ascii")
local attempts = require("vertexsms.request.attempts")
local checks = require("vertexsms.check.value")
local errors = require("vertexsms.error")
local json = require("vertexsms.json")
local paths = require("vertexsms.request.path")
local requests = require("vertexsms.request")
local schema = require("vertexsms.check.table")
local shown = require("vertexsms.base.shown")

---@class vertexsms.SafeClient
local M = {}

---@class vertexsms.RequestOptions
---@field query table<string, string|number|boolean|table>|nil percent-encoded here, in alphabetical order; a list
---  repeats its name
---@field json any a value for the body; `require("vertexsms.json")` has `null` and `array {}`
---@field body string|nil a body that is JSON already
---@field headers table<string, string>|nil
---@field repeatable boolean|nil whether a second request does no harm; default: that of GET and HEAD
---@field timeout number|nil seconds for the whole call; default the client's
---@field alternate boolean|nil go to `status_base_url`

--- What a 2xx gives.
---@class vertexsms.Answer
---@field status integer
---@field headers table<string, string> names in any case
---@field body string as it came
---@field json any the body decoded, when it is JSON: numbers are strings with all their digits, null is nil
---@field attempts integer
---@field elapsed number seconds
---@field duplicate_possible boolean|nil

local HEADERS_MAX = 64

-- RFC 9110 sections 5.5 and 5.6.2. The value may be a secret.
local function check_header(name, value)
  if name:find("[^A-Za-z0-9!#$%%&'*+.^_`|~-]") or name == "" then
    return ("must have names of letters, digits and -, not %s"):format(shown.text(name))
  end
  if value:find("[%z\1-\8\10-\31\127]") then
    return ("must not have a line break or control character in the value of %s"):format(shown.text(name))
  end
end

local function check_headers(headers)
  local count = 0
  for name, value in pairs(headers) do
    if type(name) ~= "string" or type(value) ~= "string" then
      return 'must have a string for each name, such as { ["X-Request-Id"] = "17" }', true
    end
    local reason = check_header(name, value)
    if reason then return reason, true end
    count = count + 1
  end
  if count <= HEADERS_MAX then return nil end
  return ("must have at most %d entries, but has %d"):format(HEADERS_MAX, count), true
end

local function check_body(_, options)
  if options.json ~= nil then return "cannot be given together with json: use one of them", true end
end

local RULES = schema.rules({
  { name = "query", type = "table" }, { name = "json", type = "any" },
  { name = "body", type = "string", check = check_body }, { name = "headers", type = "table", check = check_headers },
  { name = "repeatable", type = "boolean" }, { name = "timeout", type = "number", check = checks.seconds },
  { name = "alternate", type = "boolean" },
})

local READS = { GET = true, HEAD = true }
local NEEDS_BODY = { POST = true, PUT = true, PATCH = true }

local METHODS = { GET = true, HEAD = true, POST = true, PUT = true, PATCH = true, DELETE = true }

local function holds_token(client, value)
  return type(value) == "string" and client.engine:holds_token(value)
end

-- A value may be a list.
local function any_holds_token(client, values, is_list)
  for name, value in pairs(values) do
    if holds_token(client, name) or holds_token(client, value)
      or type(value) == "table" and not is_list and any_holds_token(client, value, true) then
      return true
    end
  end
  return false
end

-- VertexSMS would take the token from a query too, but URLs stand in logs.
local function query_of(client, values)
  if values == nil then return nil end
  if values.at ~= nil or any_holds_token(client, values) then
    return nil, errors.token_in("query")
  end
  return paths.query(values)
end

-- An empty body too has the Content-Type that VertexSMS wants with every POST and PUT [seed].
local function body_of(method, options)
  if options.json == nil then return options.body or NEEDS_BODY[method] and "" or nil end
  local body, reason = json.encode(options.json)
  if not body then return nil, errors.invalid_argument("json", "json " .. reason) end
  return body
end

local function build(client, method, path, options)
  local encoded, query, body
  if not METHODS[method] then
    return nil, errors.invalid_argument("method", "method must be GET, HEAD, POST, PUT, PATCH or DELETE, not "
      .. shown.text(method))
  end
  local err = schema.check(options, RULES, "an option of client:request")
  if err then return nil, err end
  encoded, err = paths.whole(path)
  if not encoded then return nil, err end
  if holds_token(client, path) then return nil, errors.token_in("path") end
  query, err = query_of(client, options.query)
  if err then return nil, err end
  body, err = body_of(method, options)
  if err then return nil, err end
  for name in pairs(options.headers or {}) do
    if holds_token(client, name) then
      return nil, errors.token_in("headers")
    end
  end
  local repeatable = options.repeatable
  if repeatable == nil then repeatable = READS[method] or false end
  return {
    method = method, path = encoded, query = query, body = body, headers = options.headers,
    repeatable = repeatable, timeout = options.timeout, alternate = options.alternate,
  }
end

local function decode(body)
  if not json.without_mark(body):find("^[ \t-\r]*[%[{\"0-9tfn-]") then return nil end
  return json.without_nulls((json.decode_exact(body)))
end

--- Asks anything, for what this library has no method for: the lists of prefixes and of sender IDs, number correction
-- and whatever else is [open]. Errors, retries and outcomes are those of every other call.
--
--     client:request("GET", "/rates/", { query = { format = "json" } }).json[1].Rate
---@param method string GET, HEAD, POST, PUT, PATCH or DELETE, in either case
---@param path string begins with `/`; what must be percent-encoded is, unless it is already
---@param options vertexsms.RequestOptions|nil
---@return vertexsms.Answer|nil
---@return vertexsms.Error|nil
function M:request(method, path, options)
  argument.check(method, "string", "method")
  argument.check(path, "string", "path")
  argument.check_optional(options, "table", "options")
  local request, err = build(self, ascii.upper(method), path, options or {})
  if not request then return nil, errors.without_token(err, self.engine) end
  err = not READS[request.method] and around.passages(self).refuses_request(self, request.path)
  if err then return nil, err end
  local function hide(text) return attempts.without_token(self, text) end
  return requests.ask_text(self, request, "an answer", function(given, response)
    local body, headers = hide(given), errors.redact_headers(response.headers, hide)
    return { status = response.status, headers = headers, body = body, json = decode(body) }
  end)
end

return M
