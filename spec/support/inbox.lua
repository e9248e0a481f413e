--- A simulator's inbox for a spec: what programs ask of it.

local cjson = require("cjson")
local simulators = require("spec.support.simulator")
local web = require("spec.support.web")

local M = {}

local Inbox = {}
Inbox.__index = Inbox

--- One request. Returns status, the decoded body and the headers.
function Inbox:call(method, path, body, headers)
  if type(body) == "table" then body = cjson.encode(body) end
  local all = { ["Content-Type"] = body and "application/json" }
  for name, value in pairs(headers or {}) do all[name] = value end
  local status, answer, head = web.request(method, self.url .. path, all, body)
  if head["content-type"] ~= "application/json" then return status, answer, head end
  return status, cjson.decode(answer), head
end

--- Sends a message, "Your code is 4815" to 37069912345 unless the fields say otherwise. Returns its ID.
function Inbox:send(fields, path)
  local message = { to = "37069912345", from = "MyShop", message = "Your code is 4815" }
  for name, value in pairs(fields or {}) do message[name] = value end
  local status, ids = self.simulator:call("POST", path or "/sms", message)
  assert(status == 200, status)
  return ids[1]
end

--- The messages that a query finds, newest first.
function Inbox:messages(query)
  local status, answer = self:call("GET", "/_simulator/messages" .. (query and "?" .. query or ""))
  assert(status == 200, answer.message)
  return answer.messages, answer
end

function Inbox:message(id)
  local _, answer = self:call("GET", "/_simulator/messages/" .. id)
  return answer
end

function Inbox:steer(id, action, body)
  return self:call("POST", ("/_simulator/messages/%s/%s"):format(id, action), body)
end

---@param options string[]|nil of `vertexsms simulate`
---@param env table<string, string>|nil
---@param limit integer|nil seconds that it may live
function M.start(options, env, limit)
  local simulator = simulators.start(options, env, limit)
  return setmetatable({ simulator = simulator, url = simulator.url }, Inbox)
end

return M
