--- `/_simulator/code`: the one-time code in the last message.
--
-- Tested in spec/simulator/inbox/messages_spec.lua.

local filters = require("vertexsms.simulator.inbox.filter")
local json = require("vertexsms.simulator.inbox.json")
local otp = require("vertexsms.simulator.otp")
local router = require("vertexsms.simulator.router")
local waiting = require("vertexsms.simulator.inbox.waiting")

-- It is the last message that counts: an older one may have a code, which is not this one. So those that come after
-- the last one are waited for.
local function last(simulator, filter)
  filter.limit = 1
  local message = waiting.find(simulator, filter)[1]
  if not message then return nil, "No message matches." end
  local code = otp.find(message.message)
  if not code then
    filter.after = tonumber(message.id)
    return nil, ("The last message, %s, has no code in it."):format(message.id)
  end
  return { message = message, code = code }
end

local function with_code(message)
  local code = otp.find(message.message)
  return code and { message = message, code = code }
end

local function get(request, simulator)
  local filter, reason = filters.read(request.parameters)
  if not filter then return router.refuse(400, reason) end
  local found
  found, reason = last(simulator, filter)
  if not found and filter.deadline then
    local is_busy
    found, is_busy = waiting.await(simulator, filter, with_code)
    if is_busy then return router.refuse(503, "Too many requests are waiting.") end
  end
  if not found then return router.refuse(404, reason) end
  local message = found.message
  return json.response {
    code = found.code, id = message.id, to = message.to, from = message.from, text = message.message,
    accepted = simulator.clock:iso(message.life.events[1].at),
  }
end

return { { pattern = "^/_simulator/code$", methods = { GET = get } } }
