--- POST /sms: takes one message or an array of them, answers with their IDs.
-- @module vertexsms.simulator.sms

local cjson_safe = require("cjson.safe")
local http_server = require("vertexsms.http_server")
local message = require("vertexsms.simulator.message")
local router = require("vertexsms.simulator.router")

local MAX_DEPTH = 16

local json = cjson_safe.new()
json.decode_max_depth(MAX_DEPTH)
json.decode_invalid_numbers(false)

--- The messages of a body, as a list. lua-cjson decodes `{}` and `[]` alike, so the first byte tells.
local function messages_of(body)
  local value, err = json.decode(body)
  if value == nil then return nil, "Malformed JSON: " .. err .. "." end
  if type(value) ~= "table" then return nil, "Body must be a message or an array of messages." end
  if not body:match("^%s*%[") then return { value } end
  if #value == 0 then return nil, "The array of messages is empty." end
  return value
end

--- Checks all before any is accepted: one bad message rejects the whole array.
local function check_all(inputs)
  local messages = {}
  for i, input in ipairs(inputs) do
    local checked, problem = message.check(input)
    if not checked then return nil, problem end
    messages[i] = checked
  end
  return messages
end

local function accept(accepted, simulator)
  local id, parts = simulator.store:add(accepted), message.parts(accepted)
  if accepted.dlrUrl then simulator.reports:schedule(accepted) end
  local line = ("%s to %s from %s, %d %s"):format(id, accepted.to, accepted.from, parts,
    parts == 1 and "part" or "parts")
  return id, parts, line
end

local function post(request, simulator)
  local inputs, problem = messages_of(request.body)
  if not inputs then return router.refuse(400, problem) end
  local messages
  messages, problem = check_all(inputs)
  if not messages then return router.refuse(400, problem) end
  local ids, lines, total = {}, {}, 0
  for i, checked in ipairs(messages) do
    local parts
    ids[i], parts, lines[i] = accept(checked, simulator)
    total = total + parts
  end
  return http_server.json(200, ids, { ["X-VertexSMS-Amount-Sent"] = tostring(total) }), lines
end

return { pattern = "^/sms$", methods = { POST = post } }
