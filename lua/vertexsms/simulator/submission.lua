--- Takes one message or an array of them: what POST /sms and POST /viber have in common.
--
-- Tested in spec/simulator/init_spec.lua and spec/simulator/resources/viber_spec.lua.

local body = require("vertexsms.simulator.body")
local http_server = require("vertexsms.server.http")
local message = require("vertexsms.simulator.message")
local router = require("vertexsms.simulator.router")

local M = {}

--- Checks all messages of a body: one bad message rejects the whole array.
---@param text string
---@param check fun(input: any): table|nil, string|nil
---@return table[]|nil messages
---@return string|nil reason
function M.read(text, check)
  local inputs, reason = body.messages(text)
  if not inputs then return nil, reason end
  local messages = {}
  for i, input in ipairs(inputs) do
    messages[i], reason = check(input)
    if reason then return nil, reason end
  end
  return messages
end

local function accept(accepted, request, simulator)
  accepted.token, accepted.im = request.token, nil
  accepted.parts = message.parts(accepted)
  local id = simulator.messages:add(accepted)
  simulator.reports:accepted(accepted)
  return id, ("%s to %s from %s, %d %s"):format(id, accepted.to, accepted.from, accepted.parts,
    accepted.parts == 1 and "part" or "parts")
end

--- A method for the router.
---@param kind "SMS"|"Viber"
---@param check fun(input: any): table|nil, string|nil
---@return fun(request: table, simulator: table): vertexsms.lua_http.Response, string[]
function M.method(kind, check)
  return function(request, simulator)
    local messages, reason = M.read(request.body, check)
    if not messages then return router.refuse(400, reason) end
    local ids, lines, total = {}, {}, 0
    for i, checked in ipairs(messages) do
      checked.type, checked.request_id, checked.position, checked.of = kind, request.entry.id, i, #messages
      ids[i], lines[i] = accept(checked, request, simulator)
      total = total + checked.parts
    end
    return http_server.json(200, ids, { ["X-VertexSMS-Amount-Sent"] = tostring(total) }), lines
  end
end

return M
