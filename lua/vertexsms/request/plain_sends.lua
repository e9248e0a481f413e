--- Many sends as most are (see plain.lua) that are under way at once: the core takes their messages together, and is
-- waited for like one ticket.
--
-- Tested in spec/request/plain_spec.lua and spec/request/together_spec.lua.

local core = require("vertexsms.base.core")
local plain = require("vertexsms.request.plain")

local M = {}

---@class vertexsms.request.PlainSends
---@field ticket vertexsms.core.Sends that hosts wait for
---@field count integer of those that were handed over, and not taken yet
---@field last integer number of the last item that was handed over
---@field outcomes { result: vertexsms.Sent }[]|nil of those that were taken, by the numbers of their items
---@field group vertexsms.host.Group in which the ticket is waited for, while there are any
local PlainSends = {}
PlainSends.__index = PlainSends

--- Hands over the messages of `{ "send", message }`, from the first on, for as long as they are plain.
---@param items any[]
---@param first integer
---@param last integer
---@param deadline number on the clock of core.now: but for the first, none is handed over later
---@return integer count
function PlainSends:submit(items, first, last, deadline)
  local count = self.ticket:submit(plain.PATH, items, first, last, deadline)
  if self.count == 0 and count > 0 then self.group:add(self.ticket) end
  self.count, self.last = self.count + count, first + count - 1
  return count
end

-- LuaJIT and Lua 5.1 raise where there is no memory, and do not collect garbage first. What could not be told of is not
-- taken then.
local function take(self, deadline)
  local ok, _, number, attempt = pcall(self.ticket.take, self.ticket, self.outcomes, deadline)
  if ok then return number, attempt end
  collectgarbage()
  _, number, attempt = self.ticket:take(self.outcomes, deadline)
  return number, attempt
end

--- Takes what has finished, in this turn at least one: the outcomes of plain successes, up to the first that is none,
-- or where there are no outcomes to put them into.
---@param deadline number on the clock of core.now
---@return integer count of those that were taken
---@return integer|nil number of the item that did not succeed plainly
---@return vertexsms.request.Attempt|nil attempt that was made of it, for plain.go_on
function PlainSends:take(deadline)
  local before, number, attempt = self.count, take(self, deadline)
  local group, has_more = self.group, attempt or core.now() >= deadline
  self.count = self.ticket:count()
  if self.count == 0 then
    group:remove(self.ticket)
  elseif has_more then
    group:push(self.ticket) -- a host is told only of the first that ends
  else
    group:add(self.ticket)
  end
  return before - self.count, number, attempt
end

--- Nil where all go the complete way.
---@param client vertexsms.AnyClient
---@param outcomes table that those of plain successes are put into
---@param group vertexsms.host.Group
---@return vertexsms.request.PlainSends|nil
function M.new(client, outcomes, group)
  if not client.is_plain then return nil end
  local ticket = client.engine:sends()
  return setmetatable({ ticket = ticket, count = 0, last = 0, outcomes = outcomes, group = group }, PlainSends)
end

return M
