--- One question to the service: from the request to what a method returns.
--
-- A method says what it asks and how the answer is read; what became of the call is said here, for all of them. Tested
-- in the specs of the resources.

local answer = require("vertexsms.request.answer")
local attempts = require("vertexsms.request.attempts")
local json = require("vertexsms.json")

local M = {}

--- A request that may be repeated, because it changes nothing.
---@param path string percent-encoded
---@param query string|nil percent-encoded
---@return vertexsms.Request
function M.get(path, query)
  return { method = "GET", path = path, query = query, repeatable = true }
end

--- A request that is repeated only while it was certainly not accepted.
---@param path string percent-encoded
---@param body string|vertexsms.core.Batch JSON
---@param process integer|nil see vertexsms.Request
---@return vertexsms.Request
function M.post(path, body, process)
  return { method = "POST", path = path, body = body, repeatable = false, process = process }
end

-- For a success whose body is of another format: says what came instead.
local function format_error(client, request, response, format, reason)
  local err = attempts.protocol_error(client, request, response, "")
  local what = answer.describe(err.body, err.headers)
  err.message = ("the response is not %s (%s)"):format(format, what)
  if reason and what:find("json.*begins with") then err.message = err.message .. ": " .. reason end
  return err
end

--- Reads the JSON of an answer, for attempts.perform.
---@param client vertexsms.AnyClient
---@param request vertexsms.Request
---@param response table
---@param read fun(decoded: any, response: table, ...: any): table|nil, string|nil see `ask`
---@param ... any given to `read`
---@return table|nil result
---@return vertexsms.Error|nil
function M.read(client, request, response, read, ...)
  local decoded, reason = json.decode_exact(response.body)
  if decoded == nil then return nil, format_error(client, request, response, "JSON", reason) end
  local result
  result, reason = read(decoded, response, ...)
  if not result then return nil, attempts.protocol_error(client, request, response, reason) end
  return answer.finish(result, response)
end

--- Asks, and reads the JSON of the answer. Numbers are strings in it, so that IDs and prices stay exact, and null is
-- `json.null`.
---@param client vertexsms.AnyClient
---@param request vertexsms.Request
---@param read fun(decoded: any, response: table, ...: any): table|nil, string|nil the result; or nil, and what is wrong
---@param ... any given to `read`
---@return table|nil result with `attempts`, `elapsed` and, where it applies, `duplicate_possible`
---@return vertexsms.Error|nil
function M.ask(client, request, read, ...)
  return attempts.perform(client, request, M.read, read, ...)
end

local function read_text(client, request, response, format, read)
  local result = read(response.body, response)
  if not result then return nil, format_error(client, request, response, format) end
  return answer.finish(result, response)
end

--- Asks for what is not JSON.
---@param client vertexsms.AnyClient
---@param request vertexsms.Request
---@param format string what the answer should be: "CSV"
---@param read fun(body: string, response: table): table|nil the result; nil when the answer is something else
---@return table|nil result as that of `ask`
---@return vertexsms.Error|nil
function M.ask_text(client, request, format, read)
  return attempts.perform(client, request, read_text, format, read)
end

return M
