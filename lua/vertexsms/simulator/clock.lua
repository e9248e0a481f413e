--- The time of day with fractions of a second, which Lua does not have: the monotonic clock, set by a tick of os.time.
--
-- Moments are kept as the monotonic clock has them and made into times of day when they are shown. So all of them are
-- right as soon as the clock is set.

local cqueues = require("cqueues")

local M = {}

local LOOK_SECONDS = 0.005

local Clock = {}
Clock.__index = Clock

--- Now, as moments are kept: `clock.now()`.
---@return number
Clock.now = cqueues.monotime

--- Sets the clock at the next full second. It is at most one second slow before.
function Clock:set()
  local second = os.time()
  while os.time() == second do cqueues.sleep(LOOK_SECONDS) end
  self.offset = os.time() - cqueues.monotime()
end

--- The time of day of a moment, as os.time has it, with a fraction.
---@param moment number
---@return number
function Clock:time(moment)
  return moment + self.offset
end

--- The time of day of a moment: `2026-04-14T10:30:00.250Z`.
---@param moment number|nil
---@return string|nil
function Clock:iso(moment)
  if not moment then return nil end
  local milliseconds = math.floor(self:time(moment) * 1000)
  local seconds = math.floor(milliseconds / 1000)
  return os.date("!%Y-%m-%dT%H:%M:%S", seconds) .. (".%03dZ"):format(milliseconds - seconds * 1000)
end

---@return table clock
function M.new()
  return setmetatable({ offset = os.time() - cqueues.monotime() }, Clock)
end

return M
