--- doctor: is everything here that a send needs? One free request at most; nothing is sent.
--
-- Tested in spec/mcp/init_spec.lua.

local checks = require("vertexsms.doctor")
local errors = require("vertexsms.error")
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

-- Of each request and of each store.
local SECONDS_MAX = 5

local BUSY = "doctor is at work already: wait for the answer to that call"

-- Not by pcall, in which Lua 5.1 cannot wait: what a check raises ends the call.
local function run_check(check, context) return true, check(context) end

-- One at a time: each opens connections and a store of its own.
local function is_busy(server)
  return server.doctor ~= nil and coroutine.status(server.doctor) ~= "dead"
end

function M.run(call)
  local server = call.server
  if is_busy(server) then return nil, errors.new({ kind = "conflict", message = BUSY, retryable = true }) end
  server.doctor = coroutine.running()
  local policy, token, reason = server.policy, server.options.token()
  if policy.folder then server.options.make_folder(policy.folder) end -- as the first call that sends would
  local list = checks.run({
    token = token, token_problem = reason, timeout = SECONDS_MAX, host = server.loop.host, protect = run_check,
    store = policy.store, status_base_url = policy.status_base_url, guard = policy.guard and { policy.guard },
  })
  local counts, shown = checks.count(list), json.array({})
  for i, finding in ipairs(list) do shown[i] = fields.pick(finding, { "name", "status", "message", "advice" }) end
  return { findings = shown, errors = counts.error, warnings = counts.warning }
end

return M
