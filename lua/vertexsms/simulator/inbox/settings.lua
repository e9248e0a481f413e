--- `/_simulator/settings`: what the simulator does by itself, and how it fails. GET tells, PUT changes what it names.
--
-- Tested in spec/simulator/inbox/steering_spec.lua.

local ascii = require("vertexsms.base.ascii")
local body = require("vertexsms.simulator.body")
local faults = require("vertexsms.simulator.faults")
local json = require("vertexsms.simulator.inbox.json")
local router = require("vertexsms.simulator.router")

local SECONDS_MAX, FAULTS_MAX = 3600, 20

local function settings_of(simulator)
  local names = {}
  for i, fault in ipairs(simulator.faults.list) do names[i] = fault.text end
  local callbacks = simulator.callbacks
  return {
    paused = callbacks.is_paused, late = callbacks.late, duplicate = callbacks.duplicate or false,
    reorder = callbacks.reorder or false, faults = json.list(names), fault_rate = simulator.faults.rate,
    dlr_delay = simulator.callback_delay,
  }
end

local function is_boolean(value)
  return type(value) == "boolean"
end

local function is_between(low, high)
  return function(value) return type(value) == "number" and value >= low and value <= high end
end

local function read_faults(texts)
  if type(texts) ~= "table" or #texts > FAULTS_MAX then return nil end
  local list = {}
  for i, text in ipairs(texts) do
    local fault = type(text) == "string" and faults.parse(text)
    if not fault then return nil end
    list[i] = fault
  end
  return list
end

-- What each must be, and how it is set.
local RULES = {
  paused = { "true or false", is_boolean, function(simulator, value)
    if value then simulator.callbacks:pause() else simulator.callbacks:resume() end
  end },
  duplicate = { "true or false", is_boolean, function(simulator, value) simulator.callbacks.duplicate = value end },
  reorder = { "true or false", is_boolean, function(simulator, value) simulator.callbacks.reorder = value end },
  late = { "seconds from 0 to 3600", is_between(0, SECONDS_MAX), function(simulator, value)
    simulator.callbacks.late = value
  end },
  fault_rate = { "a share from 0 to 1", is_between(0, 1), function(simulator, value)
    simulator.faults:set(nil, value)
  end },
  faults = { "a list of delay=SECONDS, status=CODE, drop, drop=early or malformed", read_faults,
    function(simulator, value) simulator.faults:set(read_faults(value)) end },
}

-- Everything is looked at before anything is changed.
local function check(fields)
  for name, value in pairs(fields) do
    local rule = RULES[name]
    if not rule then
      return ("There is no setting %s: known are paused, late, duplicate, reorder, faults and fault_rate.")
        :format(ascii.without_controls(tostring(name), "?"))
    end
    if not rule[2](value) then return ("Invalid value for '%s'. It must be %s."):format(name, rule[1]) end
  end
end

local function put(request, simulator)
  local fields, reason = body.object(request.body)
  reason = reason or check(fields)
  if reason then return router.refuse(400, reason) end
  for name, value in pairs(fields) do RULES[name][3](simulator, value) end
  simulator.changes:touch("settings")
  return json.response(settings_of(simulator))
end

local function get(_, simulator)
  return json.response(settings_of(simulator))
end

return { { pattern = "^/_simulator/settings$", methods = { GET = get, PUT = put } } }
