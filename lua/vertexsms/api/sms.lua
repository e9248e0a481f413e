--- POST /sms.

local argument = require("vertexsms.argument")
local core = require("vertexsms.core")
local json = require("vertexsms.json")
local messages = require("vertexsms.message")
local transport = require("vertexsms.transport")

local M = {}

--- What an accepted send gives.
---@class vertexsms.Sent
---@field id string VertexSMS's ID of the message
---@field ids string[] all IDs of the answer; one, here
---@field parts integer|nil how many SMS it became, where the service said so (X-VertexSMS-Amount-Sent)
---@field status integer HTTP status
---@field attempts integer
---@field elapsed number seconds, repeats and waits included
---@field duplicate_possible boolean|nil true when an attempt of unknown outcome was repeated (retry.server_errors)

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

--- Sends one SMS.
---@param message vertexsms.Message
---@return vertexsms.Sent|nil
---@return vertexsms.Error|nil
function M:send(message)
  argument.check(message, "table", "message")
  local wire, err = messages.to_wire(message, self.validate)
  if not wire then return nil, err end
  local request = { method = "POST", path = "/sms", body = json.encode(wire), repeatable = false }
  local response
  response, err = transport.perform(self, request)
  if not response then return nil, err end
  local ids, reason = decode_ids(response.body)
  if ids and #ids ~= 1 then reason = ("one message was sent, %d IDs came back"):format(#ids) end
  if reason then return nil, transport.protocol_error(self, request, response, reason) end
  return {
    id = ids[1], ids = ids, parts = decode_parts(response), status = response.status,
    attempts = response.attempts, elapsed = response.elapsed, duplicate_possible = response.duplicate_possible,
  }
end

return M
