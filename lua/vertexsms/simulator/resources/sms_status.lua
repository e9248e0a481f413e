--- GET /sms/status/{id}: what became of a message.

local cjson = require("cjson")
local ascii = require("vertexsms.base.ascii")
local dlr = require("vertexsms.simulator.dlr")
local http_server = require("vertexsms.server.http")
local router = require("vertexsms.simulator.router")

-- UTC.
local function date(time)
  return time and os.date("!%Y-%m-%d %H:%M:%S", time) or cjson.null
end

-- %05%00 becomes 0x0500.
local function hex(udh)
  return udh and "0x" .. ascii.upper((udh:gsub("%%", ""))) or cjson.null
end

local function get(request, simulator)
  local id = request.captures[1]
  if not id:match("^[0-9]+$") then return router.refuse(400, "Invalid value for 'id'. It must be a number.") end
  local message = simulator.messages:get(id)
  if not message or message.token ~= request.token then
    return router.refuse(404, "No message has this ID.")
  end
  local state, sent, reported = dlr.state_of(message)
  return http_server.json(200, {
    id = tonumber(id), status = state.name, type = message.type,
    createDate = date(message.life.created), sentDate = date(sent), dlrDate = date(reported),
    from = message.from, to = message.to, text = message.message, udh = hex(message.udh),
    dlrStatus = state.status, error = state.error,
  }), { state.name }
end

return { { pattern = "^/sms/status/([^/]+)$", methods = { GET = get } } }
