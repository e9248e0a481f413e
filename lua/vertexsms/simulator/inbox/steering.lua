--- `POST /_simulator/messages/{id}/...`: what becomes of a message, by hand.

local body = require("vertexsms.simulator.body")
local dlr = require("vertexsms.simulator.dlr")
local json = require("vertexsms.simulator.inbox.json")
local router = require("vertexsms.simulator.router")
local view = require("vertexsms.simulator.inbox.view")

local CODE_MAX = 9999

-- `{"error": 43}` or `?error=43`.
local function code_of(request)
  local value = request.parameters.error
  if request.body ~= "" then
    local fields, reason = body.object(request.body)
    if not fields then return nil, reason end
    value = fields.error
  end
  local code = value == nil and dlr.ABSENT or tonumber(value)
  if code and code >= 1 and code <= CODE_MAX and code % 1 == 0 then return code end
  return nil, ("Invalid value for 'error'. It must be a code of a report, from 1 to %d, such as 43."):format(CODE_MAX)
end

-- Each returns why it cannot be done, and a status.
local ACTIONS = {
  deliver = function(life, reports) reports:steer(life, dlr.DELIVERED) end,
  expire = function(life, reports) reports:steer(life, dlr.EXPIRED) end,
  fail = function(life, reports, request)
    local code, reason = code_of(request)
    if not code then return reason, 400 end
    reports:steer(life, dlr.undelivered(code))
  end,
  seen = function(life, reports)
    if life.type ~= "Viber" then return "Only a Viber message is reported as seen.", 409 end
    reports:steer(life, dlr.SEEN)
  end,
  again = function(life, reports)
    if not life.last then return "Nothing has been reported of this message yet.", 409 end
    reports:again(life)
  end,
  ["out-of-order"] = function(life, reports) reports:out_of_order(life) end,
}

local function post(request, simulator)
  local message = simulator.messages:get(request.captures[1])
  if not message then return router.refuse(404, "No message has this ID.") end
  local action = ACTIONS[request.captures[2]]
  if not action then
    return router.refuse(404, "A message can be steered by deliver, fail, expire, seen, again and out-of-order.")
  end
  local reason, status = action(message.life, simulator.reports, request)
  if reason then return router.refuse(status, reason) end
  return json.response(view.row(message, simulator))
end

return { { pattern = "^/_simulator/messages/([^/]+)/([^/]+)$", methods = { POST = post } } }
