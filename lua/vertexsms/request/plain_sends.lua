--- Many sends as most are (see plain.lua) that are under way at once: the core takes their messages together, and is
-- waited for like one ticket.
--
-- Tested in spec/request/plain_spec.lua and spec/request/together_spec.lua.

local plain = require("vertexsms.request.plain")

local M = {}

---@class vertexsms.request.PlainSends
---@field ticket vertexsms.core.Sends that hosts wait for
---@field count integer of those that were handed over, and not taken yet
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
  self.count = self.count + count
  return count
end

--- Takes what has finished, in this turn at least one: the outcomes of plain successes, up to the first that is none.
---@param outcomes { result: vertexsms.Sent }[] by the numbers of their items
---@param deadline number on the clock of core.now
---@return integer count of those that were taken
---@return integer|nil number of the item that did not succeed plainly
---@return vertexsms.request.Attempt|nil attempt that was made of it, for plain.go_on
function PlainSends:take(outcomes, deadline)
  local count, number, attempt = self.ticket:take(outcomes, deadline)
  self.count = self.count - count
  return count, number, attempt
end

--- Nil where each needs a claim, or the complete way.
---@param client vertexsms.AnyClient
---@return vertexsms.request.PlainSends|nil
function M.new(client)
  if not client.is_plain or client.host.claim then return nil end
  return setmetatable({ ticket = client.engine:sends(), count = 0 }, PlainSends)
end

return M
