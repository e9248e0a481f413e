--- What becomes of a message: its states over time, and the delivery reports that say so.
--
-- Tested in spec/simulator/callbacks_spec.lua and spec/simulator/resources/sms_status_spec.lua.

local cqueues = require("cqueues")

local M = {}

-- What `testMode` 2 reports: HLR, subscriber absent (out of range or off). Of the documented codes it is
-- the one a live system meets most, and a temporary one, so that the code that tries later is tried too.
local ABSENT = 43

-- The network in VertexSMS's own example; no lookup stands behind it.
local MCC, MNC = "246", "021"

---@class vertexsms.simulator.State
---@field name string
---@field status integer as reports have it, 0 while none has gone out
---@field error integer

local PENDING = { name = "pending", status = 0, error = 0 }
local SENT = { name = "sent", status = 0, error = 0 }
local DELIVERED = { name = "delivered", status = 1, error = 0 }
local UNDELIVERED = { name = "undelivered", status = 2, error = ABSENT }
local SEEN = { name = "seen", status = 3, error = 0 }

local function final_state(message)
  return message.testMode == "2" and UNDELIVERED or DELIVERED
end

-- The states in which a message is reported. A Viber message is seen as long after it was delivered as it took to be
-- delivered.
local function reported_states(message)
  local final = final_state(message)
  if message.type == "Viber" and final == DELIVERED then return { final, SEEN } end
  return { final }
end

local Reports = {}
Reports.__index = Reports

--- A message has been accepted: schedules its reports. `scheduled` does not move them: who tests does not want to wait
-- until tomorrow.
---@param message table with id and type
function Reports:accepted(message)
  message.created_at, message.created_date = cqueues.monotime(), os.time()
  if not message.dlrUrl then return end
  for i, state in ipairs(reported_states(message)) do
    self.callbacks:schedule {
      what = ("report %s %s"):format(message.id, state.name), url = message.dlrUrl, delay = self.delay * i,
      fields = { id = message.id, status = tostring(state.status), error = state.error, mcc = MCC, mnc = MNC },
    }
  end
end

--- The state of a message now: pending, sent after half of the delay, and the final one when its report is due,
-- whether it goes out late or not at all. Viber's "seen" is only reported: no page says that it is a status.
---@param message table
---@return vertexsms.simulator.State
---@return integer|nil sent when, as os.time() has it
---@return integer|nil reported
function Reports:state_of(message)
  local age = cqueues.monotime() - message.created_at
  if age < self.delay / 2 then return PENDING end
  local sent = message.created_date + math.floor(self.delay / 2)
  if age < self.delay then return SENT, sent end
  return final_state(message), sent, message.created_date + math.floor(self.delay)
end

---@param callbacks table
---@param delay number|nil seconds from a message to its report, default 1
---@return table reports
function M.new(callbacks, delay)
  return setmetatable({ callbacks = callbacks, delay = delay or 1 }, Reports)
end

return M
