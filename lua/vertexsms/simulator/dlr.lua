--- What becomes of a message: its states, one after the other by themselves or as it is steered, and the delivery
-- reports that say so.
--
-- Tested in spec/simulator/callbacks_spec.lua, spec/simulator/resources/sms_status_spec.lua and
-- spec/simulator/inbox/steering_spec.lua.

local timers = require("vertexsms.simulator.timers")

local M = {}

-- What `testMode` 2 reports: HLR, subscriber absent (out of range or off). Of the documented codes it is
-- the one a live system meets most, and a temporary one, so that the code that tries later is tried too.
M.ABSENT = 43

-- The network in VertexSMS's own example; no lookup stands behind it.
local MCC, MNC = "246", "021"

-- Events of one message that are kept: its beginning, and the latest.
local EVENTS_MAX, EVENTS_FIRST = 40, 10

---@class vertexsms.simulator.State
---@field name string
---@field status integer as reports have it, 0 while none has gone out
---@field error integer

--- How a message fares: what is kept of it by those who still have to report it. The message itself may be forgotten.
---@class vertexsms.simulator.Life
---@field id string
---@field type "SMS"|"Viber"
---@field url string|nil where reports go
---@field state vertexsms.simulator.State
---@field will_fail boolean
---@field created integer as os.time has it, like the two that follow
---@field sent integer|nil
---@field final integer|nil
---@field events table[] what happened, in order
---@field report table|nil the latest attempt of a report
---@field last vertexsms.simulator.State|nil the state that was reported last
---@field is_steered boolean|nil nothing more happens by itself
---@field is_cleared boolean|nil
---@field revision integer

local function state(name, status, code)
  return { name = name, status = status, error = code or 0 }
end

local PENDING, SENT, SEEN = state("pending", 0), state("sent", 0), state("seen", 3)
local DELIVERED, EXPIRED = state("delivered", 1), state("expired", 16)

--- The names of the states that there are.
M.NAMES = { "pending", "sent", "delivered", "undelivered", "expired", "seen" }

---@param code integer
---@return vertexsms.simulator.State
function M.undelivered(code)
  return state("undelivered", 2, code)
end

M.DELIVERED, M.EXPIRED, M.SEEN = DELIVERED, EXPIRED, SEEN

local Reports = {}
Reports.__index = Reports

--- Writes down what happened to a message.
---@param life vertexsms.simulator.Life
---@param what string
---@param event table|nil more about it
function Reports:note(life, what, event)
  event = event or {}
  event.at, event.what = self.clock.now(), what
  local events = life.events
  events[#events + 1] = event
  if #events > EVENTS_MAX then
    table.remove(events, EVENTS_FIRST + 1)
    events.left_out = (events.left_out or 0) + 1
  end
  self.changes:message(life)
end

function Reports:enter(life, new_state, by)
  life.state = new_state
  life.sent = life.sent or os.time()
  if new_state.status > 0 then life.final = life.final or os.time() end
  self:note(life, new_state.name, { error = new_state.error, by = by })
end

-- The callback that reports a state.
function Reports:callback(life, reported, is_forced)
  local function note(attempt)
    life.report = attempt
    self:note(life, "report", {
      state = reported.name, attempt = attempt.number, answered = attempt.is_done, result = attempt.result,
      seconds = attempt.seconds, again = attempt.again,
    })
  end
  return {
    what = ("report %s %s"):format(life.id, reported.name), url = life.url, delay = 0, is_forced = is_forced,
    life = life, note = note,
    fields = { id = life.id, status = tostring(reported.status), error = reported.error, mcc = MCC, mnc = MNC },
  }
end

-- Reports these states, one after the other.
function Reports:report(life, states, is_forced)
  life.last = states[#states]
  if not life.url then return end
  local unpack = rawget(table, "unpack") or rawget(_G, "unpack")
  local list = {}
  for i, each in ipairs(states) do list[i] = self:callback(life, each, is_forced) end
  self.callbacks:schedule(unpack(list))
end

local function is_over(life)
  return life.is_steered or life.is_cleared
end

function Reports:sent(life)
  if is_over(life) or life.state ~= PENDING then return end
  self:enter(life, SENT)
end

function Reports:final(life)
  if is_over(life) then return end
  self:enter(life, life.will_fail and M.undelivered(M.ABSENT) or DELIVERED)
  self:report(life, { life.state })
  -- A Viber message is seen as long after it was delivered as it took to be delivered.
  if life.type == "Viber" and not life.will_fail then self.seen_timers:add(life) end
end

function Reports:seen(life)
  if is_over(life) then return end
  self:enter(life, SEEN)
  self:report(life, { SEEN })
end

--- A message has been accepted: it is sent after half of the delay, and final after all of it. `scheduled` does not
-- move that: tests cannot wait until tomorrow.
---@param message table with id and type; gets its life
function Reports:accepted(message)
  local life = {
    id = message.id, type = message.type, url = message.dlrUrl, state = PENDING, events = {},
    will_fail = message.testMode == "2", created = os.time(),
  }
  message.life = life
  self:note(life, "accepted")
  self.sent_timers:add(life)
  self.final_timers:add(life)
end

--- Puts a message into a state at once and reports it, whatever was to happen by itself.
---@param life vertexsms.simulator.Life
---@param new_state vertexsms.simulator.State
function Reports:steer(life, new_state)
  life.is_steered = true
  self:enter(life, new_state, "you")
  self:report(life, { new_state }, true)
end

--- Reports the latest state once more.
---@param life vertexsms.simulator.Life with `last`
function Reports:again(life)
  self:note(life, "again", { by = "you" })
  self:report(life, { life.last }, true)
end

--- Reports what happened in the wrong order: first how it ended, then what was before. An SMS has been delivered after
-- its subscriber was absent, a Viber message has been seen after it was delivered.
---@param life vertexsms.simulator.Life
function Reports:out_of_order(life)
  local is_viber = life.type == "Viber"
  life.is_steered = true
  self:enter(life, is_viber and SEEN or DELIVERED, "you")
  self:report(life, { life.state, is_viber and DELIVERED or M.undelivered(M.ABSENT) }, true)
  life.last = life.state
end

--- How a message stands. Viber's "seen" is only reported: no page says that it is a status.
---@param message table
---@return vertexsms.simulator.State
---@return integer|nil sent when, as os.time() has it
---@return integer|nil reported
function M.state_of(message)
  local life = message.life
  local shown = life.state == SEEN and DELIVERED or life.state
  return shown, shown ~= PENDING and life.sent or nil, life.final
end

---@class vertexsms.simulator.ReportsOptions
---@field callbacks table
---@field clock table
---@field changes table
---@field delay number|nil seconds from a message to its report, default 1

---@param options vertexsms.simulator.ReportsOptions
---@return table reports
function M.new(options)
  local delay, callbacks = options.delay or 1, options.callbacks
  local reports = setmetatable({ callbacks = callbacks, clock = options.clock, changes = options.changes }, Reports)
  local function after(seconds, is_pausable, step)
    return timers.new(callbacks, seconds, is_pausable, function(life) step(reports, life) end)
  end
  reports.sent_timers = after(delay / 2, false, Reports.sent)
  reports.final_timers = after(delay, true, Reports.final)
  reports.seen_timers = after(delay, true, Reports.seen)
  return reports
end

return M
