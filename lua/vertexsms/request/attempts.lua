--- One call: attempts, waits and hooks around the core's requests.
--
-- Tested in spec/request/retry_spec.lua and spec/client_spec.lua.

local calls = require("vertexsms.request.handle")
local core = require("vertexsms.base.core")
local errors = require("vertexsms.error")
local hosts = require("vertexsms.host")
local reasons = require("vertexsms.base.reason")
local retry = require("vertexsms.request.retry")

local M = {}

--- What a method asks of the service.
---@class vertexsms.Request
---@field method string
---@field path string percent-encoded (see path.lua)
---@field query string|nil percent-encoded
---@field body string|vertexsms.core.Batch|nil JSON
---@field headers table<string, string>|nil
---@field repeatable boolean true for reads: a second one does no harm
---@field alternate boolean|nil go to status_base_url
---@field timeout number|nil seconds for the whole call; default the client's
---@field leave_by number|nil on the clock of core.uptime: it does not leave later
---@field process integer|nil that the call belongs to (calls.process), where it may have begun before
---@field drafts vertexsms.Draft[]|nil the messages in it: for the guard, which counts them
---@field call vertexsms.Call|nil that of the coroutine, where it was submitted
---@field first vertexsms.request.Attempt|nil that was made already

-- A server may repeat what it was sent.
local function redactor(client)
  return function(text)
    return client.engine:redact(text)
  end
end

--- A text of a success, without the token should a server repeat it; pieces of it stand there by chance.
---@param client vertexsms.AnyClient
---@param text string
---@return string
function M.without_token(client, text)
  return client.engine:holds_token(text) and client.engine:redact(text) or text
end

-- VertexSMS would take the token from a URL too, but URLs stand in logs, and a path stands in hooks and errors.
local function token_in_url(client, request)
  local engine, field = client.engine, nil
  if engine:holds_token(request.path) then field = "path" end
  if not field and request.query and engine:holds_token(request.query) then field = "query" end
  return field and errors.token_in(field)
end

-- A hook that fails is the host's business, not the message's: what became of it must still be told.
local function call_hook(client, name, event)
  local hook = client[name]
  if not hook then return end
  local ok, reason = pcall(hook, event)
  if not ok then reasons.report(client.host, name .. " raised", reason) end
end
M.call_hook = call_hook

-- Hooks get copies of facts, never headers or bodies. `retryable` is about the call: never true again once an attempt
-- of a send may have been accepted.
local function response_event(request, response, history)
  local event = {
    method = request.method, path = request.path, status = response.status,
    kind = response.kind, outcome = response.outcome, elapsed = response.timings.total,
  }
  if response.kind ~= "ok" then
    event.temporary = response.temporary
    event.retryable = response.retryable and (request.repeatable or history.open == 0)
  end
  return event
end

-- Given up by its caller, by the host for all calls, or because the process was forked. Returns kind and reason.
local function reason_to_end(client, request)
  local elsewhere = calls.reason_to_end(request.process)
  if elsewhere then return "closed", elsewhere end
  if request.call and request.call.is_cancelled then return "cancelled", "the call was cancelled" end
  local reason = client.host.is_over and client.host.is_over()
  if reason then return "cancelled", reason end
end

-- Ended between two attempts, or before the first: what is known of the last one stands.
local function ended(request, last, kind, reason)
  local err = last or errors.new({ method = request.method, path = request.path })
  err.kind, err.message, err.temporary, err.retryable = kind, reason, false, false
  return err
end

-- Asked again after the hook, which may cancel the call, or fork.
local function reason_not_to_begin(client, request)
  if request.first then return nil end
  local kind, reason = reason_to_end(client, request)
  if kind then return kind, reason end
  if not client.on_request then return nil end
  call_hook(client, "on_request", { method = request.method, path = request.path })
  return reason_to_end(client, request)
end

-- What the guard has counted may be given back, or stays. Of a success only a guard asks for the outcome.
local function tell_guard(client, request, response)
  if client.guard then client.guard:on_attempt(request, response.outcome or "not_sent") end
end

local function perform_one(client, request, claim)
  local first = request.first
  if not first then return hosts.perform(client.host, client.engine, request, claim) end
  request.first = nil
  return first.response
end

-- One attempt.
local function attempt(client, request, history, claim)
  local response, refusal = perform_one(client, request, claim)
  if not response then
    refusal.method, refusal.path = request.method, request.path
    tell_guard(client, request, refusal)
    return nil, errors.from_refusal(refusal)
  end
  tell_guard(client, request, response)
  if client.on_response then call_hook(client, "on_response", response_event(request, response, history)) end
  if response.kind ~= "ok" then
    return nil, errors.from_response(response, request, redactor(client), client.option_names)
  end
  return response
end

--- Waits without blocking the host, where it has a way.
---@param client vertexsms.AnyClient
---@param seconds number
function M.sleep(client, seconds)
  client.host.sleep(seconds, client.engine)
end

-- Waits for the next attempt. False: there is none, or the host came back too late for it.
local function wait_for_next(client, request, err, tries, deadline)
  local wait = retry.wait(client.retry, request, err, tries, deadline - core.now())
  if not wait or client.guard and not client.guard:may_retry() then return false end
  call_hook(client, "on_retry", {
    method = request.method, path = request.path, kind = err.kind, outcome = err.outcome, status = err.status,
    temporary = err.temporary, attempt = tries, wait = wait,
  })
  M.sleep(client, wait)
  request.timeout = deadline - core.now()
  return request.timeout > 0 and (not client.guard or client.guard:may_begin(client, request))
end

-- What the attempts of a call came to, so far: the worst outcome, and how many of them may have been accepted.
local NONE = { tries = 0, attempts = 0, open = 0 }
local RANKS = { not_sent = 1, rejected = 2, unknown = 3 }

local function with_attempt(history, err)
  local worst = history.worst
  if not worst or RANKS[err.outcome] > RANKS[worst] then worst = err.outcome end
  return {
    tries = history.tries + 1, attempts = history.attempts + err.attempts, worst = worst,
    open = history.open + (err.outcome == "unknown" and 1 or 0),
  }
end

-- The verdict of a call is the worst of its attempts: no later one can take back that an earlier one was received.
local function conclude(err, request, history)
  err.attempts = history.attempts
  err.outcome = history.worst or err.outcome
  err.retryable = err.temporary and (request.repeatable or err.outcome ~= "unknown")
  err.duplicate_possible = history.open > 1 and not request.repeatable or nil
  return err
end

-- Attempts until there is an answer, no sense in another attempt, or no time.
local function perform(client, request, claim)
  local started, refused = request.first and request.first.started or core.now(), token_in_url(client, request)
  if refused then return nil, refused end
  request.call = calls.current()
  request.timeout = request.timeout or client.timeout
  request.process = request.process or calls.process_of(request.call)
  request.leave_by = request.leave_by or client.leave_by
  local deadline = started + request.timeout
  local history, err = NONE, nil
  while true do
    local kind, reason = reason_not_to_begin(client, request)
    if kind then return nil, conclude(ended(request, err, kind, reason), request, history) end
    local response
    response, err = attempt(client, request, history, claim)
    if response then
      response.attempts, response.elapsed = history.attempts + 1, core.now() - started
      response.duplicate_possible = history.open > 0 and not request.repeatable or nil
      return response
    end
    history = with_attempt(history, err)
    if claim then claim:on_failure(err) end
    if not wait_for_next(client, request, err, history.tries, deadline) then
      return nil, conclude(err, request, history)
    end
  end
end

--- Performs a request, as often as it takes, and reads the answer. A hook may wait while it is read; until it is, the
-- call stays claimed.
--
-- The response has two fields more than the core's: `attempts`, `elapsed`, and `duplicate_possible` where it applies.
---@param client vertexsms.AnyClient
---@param request vertexsms.Request
---@param read fun(client: vertexsms.AnyClient, request: vertexsms.Request, response: table, ...: any):
---  table|nil, vertexsms.Error|nil
---@param ... any given to `read`
---@return table|nil result of `read`
---@return vertexsms.Error|nil
function M.perform(client, request, read, ...)
  local claim = request.first and request.first.claim or client.host.claim and client.host.claim(client.engine)
  local result
  local response, err = perform(client, request, claim)
  if response then
    if claim then claim:on_ended("accepted", response.body) end
    result, err = read(client, request, response, ...)
  end
  if claim then claim:on_told(err and err.outcome or "accepted", response and response.body) end
  return result, err
end

--- For a success whose body is not what was agreed.
---@param client vertexsms.AnyClient
---@param request vertexsms.Request
---@param response table
---@param reason string
---@return vertexsms.Error
function M.protocol_error(client, request, response, reason)
  local err = errors.protocol(response, request, redactor(client), reason)
  err.attempts, err.duplicate_possible = response.attempts, response.duplicate_possible
  return err
end

return M
