--- Finds messages, and waits for one.
--
-- Tested in spec/simulator/inbox/messages_spec.lua.

local filters = require("vertexsms.simulator.inbox.filter")

local M = {}

-- Requests that wait at the same time.
local WAITING_MAX = 100

local waiting = setmetatable({}, { __mode = "k" })

--- The messages that match, newest first, as many as the filter asks for; and how many match in all.
---@param simulator table
---@param filter table
---@return table[] messages
---@return integer total
function M.find(simulator, filter)
  local found, total = {}, 0
  for message in simulator.messages:newest() do
    if filters.matches(message, filter, simulator) then
      total = total + 1
      if total <= filter.limit then found[total] = message end
    end
  end
  return found, total
end

local function any(messages, accepts)
  for i = #messages, 1, -1 do
    local result = accepts(messages[i])
    if result then return result end
  end
end

-- Everything, newest first: the first one that is accepted.
local function first(simulator, accepts)
  for message in simulator.messages:newest() do
    local result = accepts(message)
    if result then return result end
  end
end

-- Looks at what has changed alone, unless it is too far behind.
local function await(simulator, deadline, accepts)
  local changes = simulator.changes
  while true do
    local revision = changes.revision
    if not changes:wait(deadline) then return nil end
    local changed = changes:since(revision)
    local result
    if changed then result = any(changed, accepts) else result = first(simulator, accepts) end
    if result then return result end
  end
end

--- Looks for a message, newest first, and waits for one until the filter's deadline.
---@param simulator table
---@param filter table
---@param accepts fun(message: table): any what to return of a message that matches; nil where it is not wanted
---@return any result nil when none came
---@return boolean|nil is_busy too many are waiting
function M.await(simulator, filter, accepts)
  local function look(message)
    return filters.matches(message, filter, simulator) and accepts(message) or nil
  end
  local result = first(simulator, look)
  if result or not filter.deadline then return result end
  local count = waiting[simulator] or 0
  if count >= WAITING_MAX then return nil, true end
  waiting[simulator] = count + 1
  result = await(simulator, filter.deadline, look)
  waiting[simulator] = waiting[simulator] - 1
  return result
end

return M
