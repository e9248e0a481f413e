--- A campaign: messages of which each number has one, under the key that the campaign's name and the number make.
--
-- There may be many: of each no more is kept than what others do not have.
--
-- Tested in spec/cli/outbox/campaign_spec.lua.

local M = {}

---@class vertexsms.cli.outbox.Campaign
---@field name string
---@field fields table of every message: its sender, and what was given besides
---@field send_before number|nil of every message
---@field at_place fun(place: integer, reason: string): string says where a message was given
---@field count integer of messages
---@field rows integer recipients as they were given
---@field repeated integer rows whose number stands there before
---@field parts integer|nil of all messages
---@field numbers string[]
---@field texts string[]
---@field countries table<integer, string>
---@field places table<string, integer> by number
local Campaign = {}
Campaign.__index = Campaign

--- The name of a campaign whose numbers are in a file.
---@param path string
---@return string
function M.name_of(path)
  return (path:match("([^/]*)$"):gsub("%.[^.]*$", ""))
end

---@param name string
---@param fields table
---@param at_place fun(place: integer, reason: string): string says where a message was given
---@return vertexsms.cli.outbox.Campaign
function M.new(name, fields, at_place)
  return setmetatable({
    name = name, fields = fields, at_place = at_place, count = 0, rows = 0, repeated = 0, numbers = {}, texts = {},
    countries = {}, places = {},
  }, Campaign)
end

--- Takes a row.
---@param to string
---@param text string
---@param correct_by string|nil
---@return integer|nil place of the message; nil: its number has one
---@return integer|nil first the place of that one, where it has another text
function Campaign:add(to, text, correct_by)
  local first = self.places[to]
  if not first then
    local place = self.count + 1
    self.count, self.places[to], self.numbers[place], self.texts[place] = place, place, to, text
    self.countries[place] = correct_by
    return place
  end
  if self.texts[first] ~= text then return nil, first end
  self.repeated = self.repeated + 1
end

--- The key that keeps the number of a message from having two.
---@param place integer
---@return string
function Campaign:key(place)
  return self.name .. "/" .. self.numbers[place]
end

---@param place integer
---@return vertexsms.Message
function Campaign:message(place)
  local message = { to = self.numbers[place], message = self.texts[place], from = nil, correctBy = nil }
  for name, value in pairs(self.fields) do message[name] = value end
  message.correctBy = self.countries[place]
  return message
end

-- The parts of a campaign are made when they are asked for.
local function list_of(self, what, first, last)
  local list = {}
  for place = first, last do list[place - first + 1] = what(self, place) end
  return list
end

---@param first integer
---@param last integer
---@return string[]
function Campaign:keys(first, last) return list_of(self, self.key, first, last) end

---@param first integer
---@param last integer
---@return vertexsms.Message[]
function Campaign:messages(first, last) return list_of(self, self.message, first, last) end

local function item(self, place)
  return { self:message(place), key = self:key(place), send_before = self.send_before }
end

--- As outbox:add_many takes them.
---@param first integer
---@param last integer
---@return table[]
function Campaign:items(first, last) return list_of(self, item, first, last) end

--- What is wrong with the keys, or with what all messages have. The keys differ in their numbers alone: where the
--- longest one will do, so do all.
---@return string|nil reason
function Campaign:refusal()
  local longest = 1
  for place, number in ipairs(self.numbers) do
    if #number > #self.numbers[longest] then longest = place end
  end
  local options = { key = self:key(longest), send_before = self.send_before }
  local err = require("vertexsms.outbox.adding").check_options(options)
  if not err then return nil end
  if err.field == "send_before" then return (err.message:gsub("^send_before ", "--send-before ")) end
  return self.at_place(longest, err.message
    .. ". It is the name of the campaign and the number: give another name with --campaign")
end

--- What is wrong with a message of the campaign, with its place.
---@param err table of adding; its `index` is the place
---@return string
function Campaign:located(err)
  if not err.index then return err.message end
  return self.at_place(err.index, (err.message:gsub("^messages%[[0-9]+%]: ", "")))
end

--- Goes through all messages, some at a time.
---@param size integer
---@param work fun(first: integer, last: integer): any a result that is not nil ends it
---@return any result
function Campaign:each_step(size, work)
  for first = 1, self.count, size do
    local result = work(first, math.min(first + size - 1, self.count))
    if result ~= nil then return result end
  end
end

return M
