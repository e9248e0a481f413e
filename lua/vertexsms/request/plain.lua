--- A send as most are: its message is a recipient, a sender and a text, no hook, guard or tracking has a say, and the
-- service accepts it. The core checks, counts, writes and hands over the message in one call, and makes the result of
-- the answer in another.
--
-- Anything else goes the complete way (api/sms.lua): from its beginning where nothing was done, or on from the attempt
-- that was made. What is refused, reported or repeated is decided there alone.

local calls = require("vertexsms.request.handle")
local drafts = require("vertexsms.message.draft")
local hosts = require("vertexsms.host")
local requests = require("vertexsms.request")
local sent_ones = require("vertexsms.request.sent")

local M = {}

local PATH = "/sms"

--- Can a send of this client be plain?
---@param client vertexsms.AnyClient
---@return boolean
function M.is_for(client)
  local has_more_to_do = client.smart_encoding or client.guard or client.tracking or client.on_request
    or client.on_response or client.host.claim
  return client.validate and not has_more_to_do and not client.engine:holds_token(PATH)
end

--- Hands a message over. A host that may end all calls is asked by the complete way alone.
---@param client vertexsms.AnyClient
---@param message vertexsms.Message
---@return vertexsms.core.Ticket|nil ticket whose `sent` gives the result; nil: nothing was done
function M.submit(client, message)
  if client.host.is_over then return nil end
  return client.engine:submit_message(PATH, message)
end

local function wait_for(host, engine, ticket, call)
  if call then call:on_ticket(ticket) end
  local sent = ticket:sent()
  while sent == nil do
    host.wait(engine, ticket)
    sent = ticket:sent()
  end
  if call then call.ticket = nil end
  if sent then return sent end
  return nil, ticket:attempt()
end

--- Sends a message.
---@param client vertexsms.AnyClient
---@param message vertexsms.Message
---@return vertexsms.Sent|nil
---@return vertexsms.core.Attempt|nil attempt that was made, where it did not succeed plainly; nil: nothing was done
function M.send(client, message)
  local call = calls.current()
  if call and (call.is_cancelled or calls.reason_to_end(call.process)) then return nil end
  local host, engine = client.host, client.engine
  local can_wait, reason = hosts.can_wait(host)
  if reason or host.is_over then return nil end
  if not can_wait then return engine:send_message(PATH, message) end
  local ticket = engine:submit_message(PATH, message)
  if not ticket then return nil end
  return wait_for(host, engine, ticket, call)
end

--- Goes the complete way, from an attempt that was made.
---@param client vertexsms.AnyClient
---@param attempt vertexsms.core.Attempt
---@return vertexsms.Sent|nil
---@return vertexsms.Error|nil
function M.go_on(client, attempt)
  local draft = drafts.written(attempt.json, attempt.parts, attempt.encoding)
  local request = requests.post(PATH, attempt.json, attempt.process)
  request.first = attempt
  return requests.ask(client, request, sent_ones.read, client, { draft })
end

return M
