--- What the simulator has accepted: it hands out growing IDs and forgets the oldest records.

local M = {}

local RECORDS_MAX = 10000
local BYTES_MAX = 16 * 1024 * 1024

local Store = {}
Store.__index = Store

local function bytes_of(record)
  local bytes = 0
  for _, value in pairs(record) do
    if type(value) == "string" then bytes = bytes + #value end
  end
  return bytes
end

function Store:forget_oldest()
  self.bytes = self.bytes - self.sizes[self.oldest]
  self.records[self.oldest], self.sizes[self.oldest] = nil, nil
  self.oldest = self.oldest + 1
end

--- Keeps a record and gives it its ID, a string of digits.
---@param record table
---@return string id
function Store:add(record)
  local number = self.next
  self.next = number + 1
  self.records[number], self.sizes[number] = record, bytes_of(record)
  self.bytes = self.bytes + self.sizes[number]
  while self.next - self.oldest > RECORDS_MAX or self.bytes > BYTES_MAX do
    self:forget_oldest()
  end
  record.id = ("%d"):format(number)
  return record.id
end

--- The record of an ID, or nil when it is unknown or forgotten.
---@param id string
---@return table|nil
function Store:get(id)
  local record = self.records[tonumber(id)]
  return record and record.id == id and record or nil
end

---@param first_id integer
---@return table store
function M.new(first_id)
  return setmetatable({ records = {}, sizes = {}, next = first_id, oldest = first_id, bytes = 0 }, Store)
end

return M
