--- A send as most are: its message is a recipient, a sender and a text, no hook, guard or tracking has a say, and the
-- service accepts it. The core checks, counts, writes and hands over the message in one call, and reads the answer
-- in another.
--
-- Anything else goes the complete way (complete.lua): from its beginning where nothing was done, or on from the attempt
-- that was made. What is refused, reported or repeated is decided there alone.

local calls = require("vertexsms.request.handle")
local hosts = require("vertexsms.host")
local requests = require("vertexsms.request")
local sent_ones = require("vertexsms.request.sent")
local written = require("vertexsms.message.written")

local M = {}

local PATH = "/sms"
M.PATH = PATH

--- What `finish` gives and `go_on` takes.
---@class vertexsms.request.Attempt: vertexsms.core.Attempt
---@field claim table|nil that the call goes on with

--- Hands a message over. Why a host ends all calls is for the complete way to say.
---@param client vertexsms.AnyClient
---@param message vertexsms.Message
---@return vertexsms.core.Ticket|nil ticket for `finish`; nil: nothing was done
---@return table|nil claim for `finish`, too, in a host that has them; to be held by what waits, alone
function M.submit(client, message)
  local host, engine = client.host, client.engine
  if host.is_over and host.is_over() then return nil end
  local claim = host.claim and host.claim(engine)
  local ticket = engine:submit_message(PATH, message)
  if claim and ticket then claim:on_ticket(ticket) elseif claim then claim:on_told() end
  return ticket, claim
end

--- What became of a ticket; nothing while it is under way.
---@param ticket vertexsms.core.Ticket
---@param claim table|nil
---@return vertexsms.Sent|nil
---@return vertexsms.request.Attempt|nil attempt for `go_on`, where it did not succeed plainly
function M.finish(ticket, claim)
  local sent = ticket:sent()
  if sent then
    if claim then claim:on_told("accepted", sent.id) end
    return sent
  end
  if sent == nil then return nil end
  local attempt = ticket:attempt()
  attempt.claim = claim
  return nil, attempt
end

local function wait_for(host, engine, ticket, claim)
  local sent, attempt
  repeat
    host.wait(engine, ticket)
    sent, attempt = M.finish(ticket, claim)
  until sent or attempt
  return sent, attempt
end

--- Sends a message.
---@param client vertexsms.AnyClient
---@param message vertexsms.Message
---@return vertexsms.Sent|nil
---@return vertexsms.request.Attempt|nil attempt that was made, where it did not succeed plainly; nil: nothing was done
function M.send(client, message)
  local call = calls.current()
  if call and (call.is_cancelled or calls.reason_to_end(call.process)) then return nil end
  local host, engine = client.host, client.engine
  local can_wait, reason = hosts.can_wait(host)
  if reason or host.is_over and host.is_over() then return nil end
  if not can_wait then return engine:send_message(PATH, message) end
  local ticket, claim = M.submit(client, message)
  if not ticket then return nil end
  if not call then return wait_for(host, engine, ticket, claim) end
  call:on_ticket(ticket)
  local sent, attempt = wait_for(host, engine, ticket, claim)
  call.ticket = nil
  return sent, attempt
end

--- Goes the complete way, from an attempt that was made.
---@param client vertexsms.AnyClient
---@param attempt vertexsms.request.Attempt
---@return vertexsms.Sent|nil
---@return vertexsms.Error|nil
function M.go_on(client, attempt)
  local draft = written.draft(attempt.json, attempt.parts, attempt.encoding)
  local request = requests.post(PATH, attempt.json, attempt.process)
  request.first = attempt
  return requests.ask(client, request, sent_ones.read, client, { draft })
end

return M
