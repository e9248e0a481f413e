--- A simulator process for a spec, started before the first test of a block and stopped after the last.

local cjson = require("cjson")
local process = require("spec.support.process")
local web = require("spec.support.web")

local M = {}

M.TOKEN = "token-of-the-spec"

-- One request with a token and, where there is a body, as JSON. Returns status, the decoded body (the raw one where it
-- is not JSON) and the headers.
local function call(simulator, method, path, body, token)
  local headers = { ["X-VertexSMS-Token"] = token or M.TOKEN, ["Content-Type"] = body and "application/json" }
  if type(body) == "table" then body = cjson.encode(body) end
  local status, answer, head = web.request(method, simulator.url .. path, headers, body)
  if head["content-type"] ~= "application/json" then return status, answer, head end
  return status, cjson.decode(answer), head
end

---@param options string[]|nil further arguments of `vertexsms simulate`
---@param env table<string, string>|nil
---@param limit integer|nil seconds that it may live
---@return table process with `url`, and `call(method, path, body)`
function M.start(options, env, limit)
  local words = { "luajit", "bin/vertexsms", "simulate", "--port", "0", "--dlr-delay", "0" }
  for _, word in ipairs(options or {}) do words[#words + 1] = word end
  local simulator = process.start(words, { env = env, limit = limit })
  simulator.url = simulator:expect("listening on (%S+)"):gsub("/$", "")
  simulator.call = call
  return simulator
end

return M
