--- doctor: is everything here that a send needs? One free request at most; nothing is sent.
--
-- Tested in spec/mcp/init_spec.lua.

local checks = require("vertexsms.doctor")
local fields = require("vertexsms.mcp.tools.fields")
local json = require("vertexsms.json")

local M = {
  title = "Is everything here that a send needs?",
  description = "Looks at the library, certificates, the connection to VertexSMS, the token, the clock and the store,"
    .. " and says what to do about what is wrong. Nothing is sent and nothing is billed.",
  properties = {},
  output = {
    findings = { type = "array", items = { type = "object" } }, errors = { type = "integer" },
    warnings = { type = "integer" },
  },
}

-- Of each of its checks. It blocks, and other calls wait for so long.
local SECONDS_MAX = 5

function M.run(call)
  local policy = call.server.policy
  local token, reason = call.server.options.token()
  local list = checks.run({
    token = token, token_problem = reason, timeout = SECONDS_MAX, host = "blocking", store = policy.store,
    status_base_url = policy.status_base_url, guard = policy.guard and { policy.guard },
  })
  local counts, shown = checks.count(list), json.array({})
  for i, finding in ipairs(list) do shown[i] = fields.pick(finding, { "name", "status", "message", "advice" }) end
  return { findings = shown, errors = counts.error, warnings = counts.warning }
end

return M
