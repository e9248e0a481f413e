--- The messages the simulator has accepted: it hands out growing IDs and forgets the oldest messages.
-- @module vertexsms.simulator.store

local M = {}

--- The ID in VertexSMS's documentation, so that its examples read alike.
local FIRST_ID = 1281532560
local MAX_MESSAGES = 10000
local MAX_TEXT_BYTES = 16 * 1024 * 1024

local Store = {}
Store.__index = Store

function Store:forget_oldest()
  local message = self.messages[self.oldest]
  self.messages[self.oldest] = nil
  self.oldest = self.oldest + 1
  self.text_bytes = self.text_bytes - #message.message
end

--- Keeps a message and gives it its ID, a string of digits.
---@param message table
---@return string id
function Store:add(message)
  local number = self.next
  self.next = number + 1
  self.messages[number] = message
  self.text_bytes = self.text_bytes + #message.message
  while self.next - self.oldest > MAX_MESSAGES or self.text_bytes > MAX_TEXT_BYTES do
    self:forget_oldest()
  end
  message.id = ("%d"):format(number)
  return message.id
end

--- The message of an ID, or nil when it is unknown or forgotten.
---@param id string
---@return table|nil
function Store:get(id)
  return self.messages[tonumber(id)]
end

---@param first_id? integer
---@return table store
function M.new(first_id)
  local first = first_id or FIRST_ID
  return setmetatable({ messages = {}, next = first, oldest = first, text_bytes = 0 }, Store)
end

return M
