--- Which messages are asked for: `to=&from=&text=&since=&state=`.
--
-- Tested in spec/simulator/inbox/messages_spec.lua.

local ascii = require("vertexsms.base.ascii")
local cqueues = require("cqueues")
local dlr = require("vertexsms.simulator.dlr")
local numbers = require("vertexsms.base.number")

local M = {}

local WAIT_MAX = 300
local LIMIT_MAX, LIMIT = 10000, 100

-- What may be asked besides, by the route.
local KNOWN = { to = true, from = true, text = true, since = true, state = true, type = true, wait = true,
  limit = true }

local STATES = {}
for _, name in ipairs(dlr.NAMES) do STATES[name] = true end

-- 2026-04-14T10:30:00.250Z as seconds since 1970: os.time takes the local time zone, so days are counted here
-- (https://howardhinnant.github.io/date_algorithms.html, days_from_civil).
local function days_of(year, month, day)
  if month <= 2 then year, month = year - 1, month + 12 end
  return 365 * year + math.floor(year / 4) - math.floor(year / 100) + math.floor(year / 400)
    + math.floor((153 * (month - 3) + 2) / 5) + day - 719469
end

local function time_of(text)
  local year, month, day, hour, minute, second =
    text:match("^([0-9][0-9][0-9][0-9])%-([0-9][0-9])%-([0-9][0-9])T([0-9][0-9]):([0-9][0-9]):([0-9.]+)Z$")
  second = second and numbers.read(second)
  if not second then return nil end
  return days_of(tonumber(year), tonumber(month), tonumber(day)) * 86400 + tonumber(hour) * 3600
    + tonumber(minute) * 60 + second
end

-- Each reads a parameter into the filter, or returns what it must be.
local READERS = {
  to = function(filter, value)
    filter.to = value:gsub("[^0-9]", "")
    if filter.to == "" then return "a number, such as 37069912345" end
  end,
  from = function(filter, value) filter.from = value end,
  text = function(filter, value) filter.text = ascii.lower(value) end,
  type = function(filter, value)
    filter.type = value
    if value ~= "SMS" and value ~= "Viber" then return "SMS or Viber" end
  end,
  state = function(filter, value)
    filter.state = value
    if not STATES[value] then return "one of " .. table.concat(dlr.NAMES, ", ") end
  end,
  since = function(filter, value)
    filter.after, filter.time = value:match("^[0-9]+$") and tonumber(value), time_of(value)
    if not filter.after and not filter.time then
      return "the ID of a message, or a time such as 2026-04-14T10:30:00Z"
    end
  end,
  wait = function(filter, value)
    local seconds = numbers.read(value)
    if not seconds or seconds < 0 or seconds > WAIT_MAX then return "seconds from 0 to " .. WAIT_MAX end
    filter.deadline = cqueues.monotime() + seconds
  end,
  limit = function(filter, value)
    filter.limit = value:match("^[0-9]+$") and tonumber(value)
    if not filter.limit or filter.limit > LIMIT_MAX then return "a number from 0 to " .. LIMIT_MAX end
  end,
}

--- Reads a filter. A parameter that is not known is refused: a test with a misspelt one would wait for anything.
---@param parameters table<string, string>
---@return table|nil filter
---@return string|nil reason
function M.read(parameters)
  local filter = { limit = LIMIT }
  for name, value in pairs(parameters) do
    if not KNOWN[name] then
      return nil, ("There is no parameter %s: known are to, from, text, since, state, type, wait and limit.")
        :format(ascii.without_controls(name, "?"))
    end
    local rule = READERS[name](filter, value)
    if rule then return nil, ("Invalid value for '%s'. It must be %s."):format(name, rule) end
  end
  return filter
end

local function is_since(message, filter, simulator)
  if filter.after then return tonumber(message.id) > filter.after end
  return not filter.time or simulator.clock:time(message.life.events[1].at) >= filter.time
end

--- Whether a message is asked for.
---@param message table
---@param filter table
---@param simulator table
---@return boolean
function M.matches(message, filter, simulator)
  return (not filter.to or message.to == filter.to)
    and (not filter.from or message.from == filter.from)
    and (not filter.type or message.type == filter.type)
    and (not filter.state or message.life.state.name == filter.state)
    and is_since(message, filter, simulator)
    and (not filter.text or ascii.lower(message.message):find(filter.text, 1, true) ~= nil)
end

return M
