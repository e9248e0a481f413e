--- Is everything here that a send needs? For `vertexsms doctor`, for Neovim's :checkhealth, and for programs.
--
-- Nothing is ever sent: the one request is a GET, which is free. Nothing is printed. Each check has a limit of time,
-- and none stops the others.

local environment = require("vertexsms.doctor.environment")
local findings = require("vertexsms.doctor.finding")
local installation = require("vertexsms.doctor.installation")
local reasons = require("vertexsms.base.reason")
local service = require("vertexsms.doctor.service")
local stores = require("vertexsms.doctor.stores")

local M = {}

--- What to look at. Whatever is absent is taken from the environment, as vertexsms.new does.
---@class vertexsms.doctor.Options
---@field token string|nil
---@field token_problem string|nil why there is no token, where the caller has looked for it
---@field base_url string|nil
---@field status_base_url string|nil
---@field proxy string|nil
---@field ca_file string|nil
---@field timeout number|nil seconds that the request may take, and each store; default 10
---@field host vertexsms.HostName|vertexsms.Host|nil
---@field protect nil|fun(check: function, context: table): boolean, any calls a check; default pcall, in which Lua 5.1
---  cannot wait
---@field store string|nil path or URL of an outbox; default $VERTEXSMS_OUTBOX
---@field track_store string|nil path or URL of the store of a tracking
---@field guard vertexsms.GuardOptions[]|nil rules to look at
---@field guard_problem string|nil why there are none, where the caller has looked for them
---@field names table<string, string>|nil what the user calls an option: { proxy = "--proxy" }

---@class vertexsms.doctor.Context
---@field options vertexsms.doctor.Options
---@field timeout number
---@field core vertexsms.core|nil nil: it does not load
---@field client vertexsms.SafeClient|nil
---@field token_problem string|nil why there is no token
---@field origin table|nil the base URL's parts
---@field names table<string, string>|nil what the user calls an option

local TIMEOUT = 10

-- In the order in which they are told. The core comes first: others need it.
local CHECKS = { installation, service, stores, environment }

local function append(list, more)
  for _, finding in ipairs(more) do list[#list + 1] = finding end
end

-- A text of a server or of the system may repeat a secret.
local function hide_secrets(list, engine)
  for _, finding in ipairs(list) do
    finding.message = engine:redact(finding.message)
    finding.advice = finding.advice and engine:redact(finding.advice)
  end
end

--- Runs all checks. Blocks where the host cannot wait; never longer than the request and the stores may take.
---@param options vertexsms.doctor.Options|nil
---@return vertexsms.doctor.Finding[]
function M.run(options)
  options = options or {}
  local protect = options.protect or pcall
  local context, list = { options = options, timeout = options.timeout or TIMEOUT }, {}
  for _, checks in ipairs(CHECKS) do
    for _, name in ipairs(checks.names) do
      local ok, found = protect(checks[name], context)
      append(list, ok and found or { findings.error(name, "this check failed: " .. reasons.bare(found),
        "report this as a bug of vertexsms") })
    end
  end
  if context.client then
    hide_secrets(list, context.client.engine)
    context.client:close()
  end
  return list
end

--- How many findings have each status.
---@param list vertexsms.doctor.Finding[]
---@return table<vertexsms.doctor.Status, integer>
function M.count(list)
  local counts = { ok = 0, warning = 0, error = 0 }
  for _, finding in ipairs(list) do counts[finding.status] = counts[finding.status] + 1 end
  return counts
end

return M
