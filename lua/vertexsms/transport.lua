--- One call: attempts, waits and hooks around the core's requests.

local calls = require("vertexsms.calls")
local core = require("vertexsms.core")
local errors = require("vertexsms.error")
local hosts = require("vertexsms.host")
local json = require("vertexsms.json")
local retry = require("vertexsms.retry")

local M = {}

--- What a method asks of the service.
---@class vertexsms.Request
---@field method string
---@field path string percent-encoded (see path.lua)
---@field query string|nil percent-encoded
---@field body string|nil JSON
---@field headers table<string, string>|nil
---@field repeatable boolean true for reads: a second one does no harm
---@field alternate boolean|nil go to status_base_url
---@field timeout number|nil seconds for the whole call; default the client's

-- A server may repeat what it was sent.
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
M.call_hook = call_hook

-- One attempt.  Hooks get copies of facts, never headers or bodies.
local function attempt(client, request)
  call_hook(client, "on_request", { method = request.method, path = request.path })
  local response, refusal = hosts.perform(client.host, client.engine, request, calls.on_ticket)
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

--- Waits without blocking the host, where it has a way.
---@param client vertexsms.Client
---@param seconds number
function M.sleep(client, seconds)
  client.host.sleep(seconds, client.engine)
end

-- Given up between two attempts, or before the first: what is known of the last one stands.
local function cancelled(request, last)
  local err = last or errors.new({ method = request.method, path = request.path })
  err.kind, err.message, err.retryable = "cancelled", "the call was cancelled", false
  return err
end

-- Waits for the next attempt.  False: there is none, or the host came back too late for it.
local function wait_for_next(client, request, err, tries, deadline)
  local wait = retry.wait(client.retry, request, err, tries, deadline - core.now())
  if not wait then return false end
  call_hook(client, "on_retry", {
    method = request.method, path = request.path, kind = err.kind, outcome = err.outcome, status = err.status,
    attempt = tries, wait = wait,
  })
  M.sleep(client, wait)
  request.timeout = deadline - core.now()
  return request.timeout > 0
end

-- Once an attempt may have been accepted, no later one can say that the call was not.
local function conclude(err, attempts, was_unknown)
  err.attempts = attempts
  if was_unknown then err.outcome = "unknown" end
  return err
end

--- Attempts until there is an answer, no sense in another attempt, or no time.
-- The response has two fields more than the core's: `attempts`, `elapsed`, and `duplicate_possible` where it applies.
---@param client vertexsms.Client
---@param request vertexsms.Request
---@return table|nil response
---@return vertexsms.Error|nil
function M.perform(client, request)
  local started = core.now()
  request.timeout = request.timeout or client.timeout
  local deadline = started + request.timeout
  local tries, attempts, was_unknown, err = 0, 0, false, nil
  while true do
    local response
    if calls.is_cancelled() then return nil, conclude(cancelled(request, err), attempts, was_unknown) end
    response, err = attempt(client, request)
    if response then
      response.attempts, response.elapsed = attempts + 1, core.now() - started
      response.duplicate_possible = was_unknown and not request.repeatable or nil
      return response
    end
    tries, attempts = tries + 1, attempts + err.attempts
    was_unknown = was_unknown or err.outcome == "unknown"
    if not wait_for_next(client, request, err, tries, deadline) then
      return nil, conclude(err, attempts, was_unknown)
    end
  end
end

--- For a success whose body is not what was agreed.
---@param client vertexsms.Client
---@param request vertexsms.Request
---@param response table
---@param reason string
---@return vertexsms.Error
function M.protocol_error(client, request, response, reason)
  local err = errors.protocol(response, request, redactor(client), reason)
  err.attempts = response.attempts
  return err
end

--- Performs and decodes.  Numbers become strings, so that IDs and prices stay exact; null becomes `json.null`.
---@param client vertexsms.Client
---@param request vertexsms.Request
---@return any decoded
---@return table|vertexsms.Error response, or the error when decoded is nil
function M.json(client, request)
  local response, err = M.perform(client, request)
  if not response then return nil, err end
  local decoded, reason = json.decode(core.quote_numbers(response.body))
  if decoded == nil then
    return nil, M.protocol_error(client, request, response, "the answer is no JSON: " .. tostring(reason))
  end
  return decoded, response
end

return M
