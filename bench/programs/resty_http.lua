--- A send by lua-resty-http over a kept connection, JSON by cjson.

local cjson = require("cjson")

local M = {}

---@param url string
---@param message table
---@return table the decoded answer
function M.send(url, message)
  local answer = assert(require("resty.http").new():request_uri(url .. "/sms", {
    method = "POST", body = cjson.encode(message), keepalive_timeout = 30000, keepalive_pool = 100,
    headers = {
      ["X-VertexSMS-Token"] = "token-of-the-benchmark", Accept = "application/json",
      ["Content-Type"] = "application/json",
    },
  }))
  assert(answer.status == 200)
  return cjson.decode(answer.body)
end

return M
