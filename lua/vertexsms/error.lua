--- Structured errors: what went wrong, and what became of the request.

local json = require("vertexsms.json")

local M = {}

--- What every failed call raises (or, from a safe client, returns as its second value).
---@class vertexsms.Error
---@field kind string what went wrong, one word of the table in the README
---@field message string for people; the service's own words where it gave any
---@field outcome "not_sent"|"rejected"|"unknown" what became of the request
---@field retryable boolean whether the same request may succeed later; `outcome` says whether repeating is safe
---@field likely_accepted boolean|nil true when the outcome is unknown but a 2xx status was seen
---@field status integer|nil HTTP status, when an answer came
---@field field string|nil the offending field or option
---@field byte integer|nil where a text of vertexsms.text is no UTF-8, from 1
---@field method string|nil of the request
---@field path string|nil of the request
---@field attempts integer how often the request was tried; 0 for what was refused before
---@field retry_after number|nil seconds the service asked to wait
---@field tracking_id string|nil of a send of unknown outcome, where the client tracks (see vertexsms.tracking)
---@field resolved vertexsms.Resolved|nil the report that was there before the send had ended
---@field curl integer|nil libcurl's code
---@field body string|nil the raw answer
---@field headers table<string, string>|nil of the answer; names in any case
---@field index integer|nil which message of a list is wrong, from 1
---@field results vertexsms.SentMany|nil of client:send_many: what became of each message
---@field last vertexsms.Status|nil of client:wait_delivered: what was known last

local MESSAGE_BYTES_MAX = 500

local Error = {}
Error.__index = Error
Error.__name = "vertexsms.Error"

local function one_line(text)
  text = text:gsub("[%c]+", " ")
  if #text > MESSAGE_BYTES_MAX then text = text:sub(1, MESSAGE_BYTES_MAX) .. "..." end
  return text
end

--- `vertexsms: KIND: MESSAGE (HTTP STATUS, OUTCOME)`, always one line.
function Error:__tostring()
  local notes = {}
  if self.status then notes[#notes + 1] = "HTTP " .. self.status end
  notes[#notes + 1] = self.outcome
  if self.attempts > 1 then notes[#notes + 1] = self.attempts .. " attempts" end
  return ("vertexsms: %s: %s (%s)"):format(self.kind, one_line(self.message), table.concat(notes, ", "))
end

---@param value any
---@return boolean
function M.is_error(value)
  return getmetatable(value) == Error
end

--- Makes an error of its fields; `outcome`, `retryable` and `attempts` have defaults for what never left.
---@param fields table
---@return vertexsms.Error
function M.new(fields)
  if fields.outcome == nil then fields.outcome = "not_sent" end
  if fields.retryable == nil then fields.retryable = false end
  if fields.attempts == nil then fields.attempts = 0 end
  return setmetatable(fields, Error)
end

---@param field string|nil the offending field
---@param message string what was expected
---@return vertexsms.Error
function M.invalid_argument(field, message)
  return M.new({ kind = "invalid_argument", field = field, message = message })
end

--- From the two values with which the core refuses something before any I/O.
---@param refusal table
---@return vertexsms.Error
function M.from_refusal(refusal)
  if refusal.field then refusal.message = refusal.field .. " " .. refusal.message end
  return M.new(refusal)
end

-- The service describes a rejection as { "message": "..." }; a gateway answers with whatever it likes.
local function described(body)
  local decoded = json.decode(body)
  local message = type(decoded) == "table" and decoded.message
  return type(message) == "string" and message ~= "" and message or nil
end

--- From a response that is none of success.
---@param response table of the core
---@param request table { method, path }
---@param redact fun(text: string): string takes the token out, should a server repeat it
---@return vertexsms.Error
function M.from_response(response, request, redact)
  local message = redact(described(response.body) or response.message)
  for name, value in pairs(response.headers) do
    response.headers[name] = redact(value)
  end
  return M.new({
    kind = response.kind,
    message = message,
    outcome = response.outcome,
    retryable = response.retryable,
    likely_accepted = response.likely_accepted,
    status = response.status,
    field = message:match("[Ff]ield '([%w_]+)'"),
    method = request.method,
    path = request.path,
    retry_after = response.retry_after,
    curl = response.curl,
    body = redact(response.body),
    headers = response.headers,
    attempts = 1,
  })
end

--- A success whose body is not what was agreed: the request was most likely accepted, nobody can say for sure.
---@param response table of the core
---@param request table { method, path }
---@param redact fun(text: string): string
---@param reason string
---@return vertexsms.Error
function M.protocol(response, request, redact, reason)
  local err = M.from_response(response, request, redact)
  err.kind, err.outcome, err.retryable, err.likely_accepted = "protocol", "unknown", false, true
  err.message, err.field = reason, nil
  return err
end

return M
