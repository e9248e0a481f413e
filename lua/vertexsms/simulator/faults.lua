--- Failures on purpose, so that what a program does about them can be tried.

local numbers = require("vertexsms.base.number")
local random = require("vertexsms.simulator.random")

local M = {}

local SECONDS_MAX = 3600

---@class vertexsms.simulator.Fault
---@field name "delay"|"status"|"drop"|"malformed"
---@field text string as it was asked for, such as "status=503"
---@field seconds number|nil of delay
---@field status integer|nil of status
---@field early boolean|nil of drop: before the request is taken, not after

-- What stands after the `=`, by name. Each returns the fault's fields, or nil when it cannot be.
local VALUES = {
  delay = function(value)
    local seconds = numbers.read(value)
    return seconds and seconds >= 0 and seconds <= SECONDS_MAX and { seconds = seconds } or nil
  end,
  status = function(value)
    local status = value:match("^[2-5][0-9][0-9]$")
    return status and { status = tonumber(status) } or nil
  end,
  drop = function(value)
    return (value == "" or value == "early") and { early = value == "early" } or nil
  end,
  malformed = function(value)
    return value == "" and {} or nil
  end,
}

--- Reads a fault as the command line has it.
---@param text string delay=SECONDS, status=CODE, drop, drop=early or malformed
---@return vertexsms.simulator.Fault|nil
---@return string|nil reason
function M.parse(text)
  local name, value = text:match("^([a-z]+)=?(.*)$")
  local fault = VALUES[name] and VALUES[name](value)
  if not fault then return nil, "a fault is delay=SECONDS, status=CODE, drop, drop=early or malformed" end
  fault.name, fault.text = name, text
  return fault
end

local Faults = {}
Faults.__index = Faults

--- The fault of the next request, or nil when it is to be answered as it should be.
---@return vertexsms.simulator.Fault|nil
function Faults:next()
  if #self.list == 0 or self.draw() >= self.rate then return nil end
  return self.list[math.floor(self.draw() * #self.list) + 1]
end

--- Other faults from now on.
---@param list vertexsms.simulator.Fault[]|nil default: as before
---@param rate number|nil default: as before
function Faults:set(list, rate)
  self.list, self.rate = list or self.list, rate or self.rate
end

---@param list vertexsms.simulator.Fault[]|nil a request that fails gets one of them
---@param rate number|nil the share of requests that fail, 0 to 1; default 1
---@param seed integer|nil the same seed gives the same series; default: another one each time
---@return table faults
function M.new(list, rate, seed)
  return setmetatable({ list = list or {}, rate = rate or 1, draw = random.new(seed) }, Faults)
end

return M
