--- The options of vertexsms.new, checked, with the environment's defaults.

local checks = require("vertexsms.check.value")
local errors = require("vertexsms.error")
local hosts = require("vertexsms.host")
local schema = require("vertexsms.check.table")
local shown = require("vertexsms.base.shown")

local M = {}

--- What vertexsms.new takes; everything has a default, the token's is the environment.
---@class vertexsms.Options
---@field token string|nil default $VERTEXSMS_TOKEN
---@field base_url string|nil default $VERTEXSMS_BASE_URL, else https://api.vertexsms.com; plain http only to loopback
---@field status_base_url string|nil for /sms/cost, /sms/status and /rates of one country, which another origin may
---  serve; default base_url
---@field timeout number|nil seconds for a whole call, repeats and waits included; default 30
---@field connect_timeout number|nil seconds; default 10
---@field max_idle number|nil seconds after which a connection is not used again that is idle, or never was; default 15
---@field max_response_bytes integer|nil bound of an answer's body; default 1 MiB
---@field concurrency integer|nil requests in flight at once on the I/O thread; default 100
---@field queue_limit integer|nil requests waiting for their turn; default 10000
---@field ca_file string|nil PEM file of the certificate authorities to trust; default libcurl's
---@field proxy string|nil URL; default none (the environment's proxies are not used)
---@field user_agent string|nil default vertexsms-lua/VERSION
---@field host vertexsms.HostName|nil how calls wait; default: found out
---@field validate boolean|nil false: leave to the service what only the service can judge; default true
---@field batch_size integer|nil messages in one request of send_many and cost, at most; default 500
---@field smart_encoding boolean|nil true: send curly quotes, dashes and the like as what GSM-7 has for them, see
---  vertexsms.text.simplify; default false
---@field track vertexsms.TrackOptions|nil settle sends of unknown outcome by their reports, see vertexsms.tracking
---@field guard vertexsms.GuardOptions|vertexsms.GuardOptions[]|nil what may be sent, and how much; of a list, all hold
---@field retry vertexsms.Retry|false|nil when failed attempts are repeated; false: never
---@field on_request fun(event: table)|nil before each request: { method, path }
---@field on_response fun(event: table)|nil after: { method, path, status, kind, outcome, elapsed }, and of a failure
---  { retryable, temporary }
---@field on_retry fun(event: table)|nil before the wait: { method, path, status, kind, outcome, temporary, attempt,
---  wait }
---@field on_warning fun(event: table)|nil what is not a failure but worth a look: { code, method, path } and, by
---  `code`, parts_differ: { id?, messages, estimate, parts }; id_differs: { asked, id }; same_recipient: { messages,
---  repeated, first, index } of client:send_many and client:all
---@field on_guarded fun(event: table)|nil when the guard refuses: { rule, limit, used, retry_after, message }

local function check_retry(value)
  if type(value) == "table" or type(value) == "boolean" then return nil end
  return ("must be false, or a table such as { attempts = 5 }, not %s"):format(shown.type_and_value(value)), true
end

local function check_host(value)
  if not hosts.known[value] then return "must be " .. shown.choice(hosts.names) end
  if value == "nginx" and not hosts.pick(value).available() then
    return 'is "nginx", but this program is not nginx with ngx_lua: leave the option out, the host is found without it'
  end
end

--- What is known of an option.
---@class vertexsms.options.Option: vertexsms.Rule
---@field engine boolean|nil the core's engine gets it
---@field client boolean|nil the client keeps it, where the methods find it

---@type vertexsms.options.Option[]
M.rules = schema.rules({
  { name = "token", type = "string", engine = true, is_secret = true },
  { name = "base_url", type = "string", engine = true, is_url = true, example = "https://api.vertexsms.com" },
  { name = "status_base_url", type = "string", engine = true, is_url = true, example = "https://api.vertexsms.com" },
  { name = "timeout", type = "number", engine = true, client = true, check = checks.seconds, example = 30 },
  { name = "connect_timeout", type = "number", engine = true, check = checks.seconds, example = 10 },
  { name = "max_idle", type = "number", engine = true, check = checks.seconds, example = 15 },
  { name = "max_response_bytes", type = "integer", engine = true, check = checks.between(1, 2 ^ 30, "octets") },
  { name = "concurrency", type = "integer", engine = true, check = checks.between(1, 10000) },
  { name = "queue_limit", type = "integer", engine = true, check = checks.between(1, 10000000) },
  { name = "ca_file", type = "string", engine = true, example = "/etc/ssl/certs/ca-certificates.crt" },
  { name = "proxy", type = "string", engine = true, is_secret = true, example = "http://proxy.example.com:3128" },
  { name = "user_agent", type = "string", engine = true },
  { name = "host", type = "string", check = check_host },
  { name = "validate", type = "boolean", client = true },
  { name = "batch_size", type = "integer", client = true, check = checks.between(1, 10000) },
  { name = "smart_encoding", type = "boolean", client = true },
  { name = "track", type = "table" },
  { name = "guard", type = "table" },
  { name = "retry", type = "any", check = check_retry },
  { name = "on_request", type = "function", client = true },
  { name = "on_response", type = "function", client = true },
  { name = "on_retry", type = "function", client = true },
  { name = "on_warning", type = "function", client = true },
  { name = "on_guarded", type = "function", client = true },
})

local function pick(options, flag)
  local picked = {}
  for _, rule in ipairs(M.rules) do
    if rule[flag] then picked[rule.name] = options[rule.name] end
  end
  return picked
end

--- What the core's engine gets.
---@param complete table the options
---@return table
function M.of_engine(complete) return pick(complete, "engine") end

--- What the client keeps.
---@param complete table the options
---@return table
function M.of_client(complete) return pick(complete, "client") end

local MISSING_TOKEN = "token is missing: give the option token, or set the environment variable VERTEXSMS_TOKEN"

local function from_environment(name)
  local value = os.getenv(name)
  return value ~= "" and value or nil
end

--- Checks the options and fills in what the environment says.
---@param options vertexsms.Options|nil
---@return table|nil complete a new table
---@return vertexsms.Error|nil
---@return table<string, string>|nil names of the environment variables, by the options that they stand in for
function M.complete(options)
  options = options or {}
  local err = schema.check(options, M.rules, "an option of vertexsms.new")
  if err then return nil, err end
  local complete = { validate = true, timeout = 30, batch_size = 500 }
  for _, rule in ipairs(M.rules) do
    if options[rule.name] ~= nil then complete[rule.name] = options[rule.name] end
  end
  complete.token = complete.token or from_environment("VERTEXSMS_TOKEN")
  if not complete.token then
    return nil, errors.invalid_argument("token", MISSING_TOKEN)
  end
  local names = {}
  if not options.token then names.token = "VERTEXSMS_TOKEN" end
  if not options.base_url then
    complete.base_url = from_environment("VERTEXSMS_BASE_URL")
    names.base_url = complete.base_url and "VERTEXSMS_BASE_URL"
  end
  return complete, nil, names
end

--- From what the core refuses: the option as the caller gave it, and its value.
---@param refusal table of the core
---@param complete table the options
---@param variables table<string, string> of `complete`
---@return vertexsms.Error
function M.refused(refusal, complete, variables)
  local rule = M.rules[refusal.field]
  if rule then refusal.message = schema.with_value(refusal.message, rule, complete[rule.name]) end
  return errors.renamed(errors.from_refusal(refusal), variables)
end

return M
