--- A send as any can be: with options, guard, tracking, hooks, any field of a message. Most are plain, see plain.lua.
--
-- Tested in spec/api/sms_spec.lua and spec/request/plain_spec.lua.

local argument = require("vertexsms.check.argument")
local around = require("vertexsms.request.around")
local calls = require("vertexsms.request.handle")
local core = require("vertexsms.base.core")
local drafts = require("vertexsms.message.draft")
local errors = require("vertexsms.error")
local requests = require("vertexsms.request")
local schema = require("vertexsms.check.table")
local sent_ones = require("vertexsms.request.sent")

local M = {}

-- What the guard has left of the time of the call: a price may have been asked. A store that hangs keeps no message
-- from being sent.
local function time_left(client, started)
  return math.max(client.timeout - (core.now() - started), client.timeout / 2)
end

local function send_one(client, batch, process, started)
  around.passages(client).mark(client, batch)
  local request = requests.post("/sms", drafts.json(batch[1]), process)
  if client.guard then request.drafts, request.timeout = batch, time_left(client, started) end
  return requests.ask(client, request, sent_ones.read, client, batch)
end

--- Sends a message.
---@param client vertexsms.AnyClient
---@param message vertexsms.Message
---@param options vertexsms.SendOptions|nil
---@return vertexsms.Sent|nil
---@return vertexsms.Error|nil
function M.send(client, message, options)
  argument.check(message, "table", "message")
  argument.check_optional(options, "table", "options")
  if message[1] ~= nil then
    return nil, errors.invalid_argument("message", "message must be one message, not a list: use client:send_many")
  end
  local err = options and schema.check(options, around.OPTIONS, "an option of client:send")
  if err then return nil, err end
  local process, started = calls.process(), client.guard and core.now()
  local draft
  draft, err = drafts.new(client, message)
  if not draft then return nil, err end
  local batch = { draft }
  err = around.passages(client).enter(client, batch, options and options.guard_key)
  if err then return nil, err end
  return around.claimed(client, around.send, batch, process, send_one, started)
end

return M
