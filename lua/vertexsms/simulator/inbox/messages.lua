--- `/_simulator/messages`: what was sent. GET lists and waits, DELETE forgets everything.

local filters = require("vertexsms.simulator.inbox.filter")
local json = require("vertexsms.simulator.inbox.json")
local router = require("vertexsms.simulator.router")
local view = require("vertexsms.simulator.inbox.view")
local waiting = require("vertexsms.simulator.inbox.waiting")

local function is_there() return true end

local function list(request, simulator)
  local filter, reason = filters.read(request.parameters)
  if not filter then return router.refuse(400, reason) end
  local _, is_busy = waiting.await(simulator, filter, is_there)
  if is_busy then return router.refuse(503, "Too many requests are waiting.") end
  local messages, total = waiting.find(simulator, filter)
  local rows = {}
  for i, message in ipairs(messages) do rows[i] = view.row(message, simulator) end
  local changes = simulator.changes
  return json.response {
    messages = json.list(rows), total = total, last_id = simulator.messages:last_id(),
    revision = ("%.0f:%d"):format(changes.epoch, changes.revision),
  }
end

local function clear(_, simulator)
  local count = simulator.messages:count()
  simulator:clear()
  return json.response { forgotten = count }
end

local function get(request, simulator)
  local message = simulator.messages:get(request.captures[1])
  if not message then return router.refuse(404, "No message has this ID.") end
  return json.response(view.detail(message, simulator))
end

return {
  { pattern = "^/_simulator/messages$", methods = { GET = list, DELETE = clear } },
  { pattern = "^/_simulator/messages/([^/]+)$", methods = { GET = get } },
}
