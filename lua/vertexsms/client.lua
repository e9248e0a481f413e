--- The client: one per token, made once and kept; its connections are kept alive and used again.
--
-- Methods here return `nil, err` where they fail; vertexsms.new gives a client that raises instead (see raising.lua).

local core = require("vertexsms.core")
local errors = require("vertexsms.error")
local hosts = require("vertexsms.host")
local json = require("vertexsms.json")
local messages = require("vertexsms.message")
local option_rules = require("vertexsms.options")
local retry = require("vertexsms.retry")

local M = {}

---@class vertexsms.Client
local Client = {}
M.methods = Client

--- What an accepted send gives.
---@class vertexsms.Sent
---@field id string VertexSMS's ID of the message
---@field ids string[] all IDs of the answer; one, here
---@field parts integer|nil how many SMS it became, where the service said so (X-VertexSMS-Amount-Sent)
---@field status integer HTTP status
---@field attempts integer
---@field elapsed number seconds, repeats and waits included
---@field duplicate_possible boolean|nil true when an attempt of unknown outcome was repeated (retry.server_errors)

-- Keys that go to the core as they are.
local ENGINE_OPTIONS = {
  "token", "base_url", "user_agent", "ca_file", "proxy", "timeout", "connect_timeout", "max_idle",
  "max_response_bytes", "concurrency", "queue_limit",
}

--- Makes a client with the given metatable.  The token goes to the core and stays there.
---@param options vertexsms.Options|nil
---@param metatable table
---@return table|nil client
---@return vertexsms.Error|nil
function M.new(options, metatable)
  local complete, err = option_rules.complete(options)
  if not complete then return nil, err end
  local config = {}
  for _, name in ipairs(ENGINE_OPTIONS) do config[name] = complete[name] end
  local policy
  policy, err = retry.policy(complete.retry)
  if not policy then return nil, err end
  local engine, refusal = core.engine(config)
  if not engine then return nil, errors.from_refusal(refusal) end
  return setmetatable({
    engine = engine,
    host = hosts.pick(complete.host),
    validate = complete.validate,
    timeout = complete.timeout,
    retry = policy,
    on_request = complete.on_request,
    on_response = complete.on_response,
    on_retry = complete.on_retry,
  }, metatable)
end

function M.describe(client)
  return ("vertexsms client (%s%s)"):format(client.engine:base_url(), client.engine:is_closed() and ", closed" or "")
end

local function redactor(client)
  return function(text)
    return client.engine:redact(text)
  end
end

-- A hook that fails is the host's business, not the message's: what became of it must still be told.
local function call_hook(client, name, event)
  local hook = client[name]
  if not hook then return end
  local ok, reason = pcall(hook, event)
  if not ok then client.host.report(("vertexsms: %s raised: %s"):format(name, tostring(reason))) end
end

-- One attempt.  Hooks get copies of facts, never headers or bodies.
local function attempt(client, request)
  call_hook(client, "on_request", { method = request.method, path = request.path })
  local response, refusal = client.host.perform(client.engine, request)
  if not response then
    refusal.method, refusal.path = request.method, request.path
    return nil, errors.from_refusal(refusal)
  end
  call_hook(client, "on_response", {
    method = request.method, path = request.path, status = response.status,
    kind = response.kind, outcome = response.outcome, elapsed = response.timings.total,
  })
  if response.kind ~= "ok" then return nil, errors.from_response(response, request, redactor(client)) end
  return response
end

-- Once an attempt may have been accepted, no later one can say that the call was not.
local function conclude(err, attempts, was_unknown)
  err.attempts = attempts
  if was_unknown then err.outcome = "unknown" end
  return err
end

--- Attempts until there is an answer, no sense in another attempt, or no time.
-- Adds to the response: `attempts`, `elapsed`, `duplicate_possible`.
local function perform(client, request)
  local started = core.now()
  local attempts, was_unknown = 0, false
  while true do
    request.timeout = client.timeout - (core.now() - started)
    local response, err = attempt(client, request)
    if response then
      response.attempts, response.elapsed = attempts + 1, core.now() - started
      response.duplicate_possible = was_unknown and not request.repeatable or nil
      return response
    end
    attempts = attempts + err.attempts
    was_unknown = was_unknown or err.outcome == "unknown"
    local left = client.timeout - (core.now() - started)
    local wait = retry.wait(client.retry, request, err, math.max(attempts, 1), left)
    if not wait then return nil, conclude(err, attempts, was_unknown) end
    call_hook(client, "on_retry", {
      method = request.method, path = request.path, kind = err.kind, outcome = err.outcome, status = err.status,
      attempt = attempts, wait = wait,
    })
    client.host.sleep(wait)
  end
end

local function is_id(value)
  return type(value) == "string" and value ~= "" and #value <= 64 and not value:find("[^%w%-_]")
end

-- Numbers are quoted before decoding: an ID above 2^53 does not survive a double.
local function decode_ids(body)
  local ids, reason = json.decode(core.quote_numbers(body))
  if type(ids) ~= "table" then return nil, reason or "the answer is no list of IDs" end
  local count = 0
  for _ in pairs(ids) do count = count + 1 end
  if count == 0 or count ~= #ids then return nil, "the answer is no list of IDs" end
  for _, id in ipairs(ids) do
    if not is_id(id) then return nil, "the answer holds something that is no ID" end
  end
  return ids
end

local function decode_parts(response)
  local parts = response.headers["x-vertexsms-amount-sent"]
  return parts and parts:match("^%d%d?%d?%d?%d?%d?$") and math.floor(tonumber(parts)) or nil
end

local function check_table(value, name, optional)
  if type(value) == "table" or (optional and value == nil) then return end
  error(("vertexsms: bad argument %s (table expected, got %s)"):format(name, type(value)), 4)
end

--- Sends one SMS.
---@param message vertexsms.Message
---@return vertexsms.Sent|nil
---@return vertexsms.Error|nil
function Client:send(message)
  check_table(message, "message")
  local wire, err = messages.to_wire(message, self.validate)
  if not wire then return nil, err end
  local request = { method = "POST", path = "/sms", body = json.encode(wire), repeatable = false }
  local response
  response, err = perform(self, request)
  if not response then return nil, err end
  local ids, reason = decode_ids(response.body)
  if ids and #ids ~= 1 then reason = ("one message was sent, %d IDs came back"):format(#ids) end
  if reason then
    err = errors.protocol(response, request, redactor(self), reason)
    err.attempts = response.attempts
    return nil, err
  end
  return {
    id = ids[1], ids = ids, parts = decode_parts(response), status = response.status,
    attempts = response.attempts, elapsed = response.elapsed, duplicate_possible = response.duplicate_possible,
  }
end

--- Closes the connections.  What is under way is given up; closing twice is fine.
---@return boolean true
function Client:close()
  self.engine:close()
  return true
end

return M
