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

function Store:make_room()
  while self.next - self.oldest > RECORDS_MAX or self.bytes > BYTES_MAX do
    self:forget_oldest()
  end
end

--- Keeps a record and gives it its ID, a string of digits.
---@param record table
---@return string id
function Store:add(record)
  local number = self.next
  self.next = number + 1
  self.records[number], self.sizes[number] = record, bytes_of(record)
  self.bytes = self.bytes + self.sizes[number]
  self:make_room()
  record.id = ("%.0f"):format(number)
  return record.id
end

--- Counts a record again, which has got more text.
---@param record table
function Store:grow(record)
  local number = tonumber(record.id)
  if self.records[number] ~= record then return end
  local bytes = bytes_of(record)
  self.bytes, self.sizes[number] = self.bytes + bytes - self.sizes[number], bytes
  self:make_room()
end

--- The record of an ID, or nil when it is unknown or forgotten.
---@param id string
---@return table|nil
function Store:get(id)
  local record = self.records[tonumber(id)]
  return record and record.id == id and record or nil
end

--- The records, newest first: `for record in store:newest() do`.
---@return fun(): table|nil
function Store:newest()
  local number = self.next
  return function()
    number = number - 1
    return number >= self.oldest and self.records[number] or nil
  end
end

---@return integer
function Store:count()
  return self.next - self.oldest
end

--- The ID that was given last, or the one before the first.
---@return string
function Store:last_id()
  return ("%.0f"):format(self.next - 1)
end

--- Forgets all records. IDs go on growing.
function Store:clear()
  self.records, self.sizes, self.bytes, self.oldest = {}, {}, 0, self.next
end

---@param first_id integer
---@return table store
function M.new(first_id)
  return setmetatable({ records = {}, sizes = {}, next = first_id, oldest = first_id, bytes = 0 }, Store)
end

return M
