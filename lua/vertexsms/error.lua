--- Structured errors: what went wrong, and what became of the request.

local ascii = require("vertexsms.base.ascii")
local caller = require("vertexsms.base.caller")
local core = require("vertexsms.base.core")
local json = require("vertexsms.json")
local shown_beginning = require("vertexsms.base.shown").beginning

local M = {}

--- What went wrong, in one word; the table in docs/errors.md says what follows from each.
---@alias vertexsms.Kind
---| "invalid_argument" # refused here, before any I/O
---| "invalid_request" # 400, and every 4xx without a word of its own
---| "unauthorized" # 401
---| "forbidden" # 403
---| "not_found" # 404
---| "method_not_allowed" # 405
---| "conflict" # 409; in the outbox: not in this state, or not the same message
---| "rate_limited" # 429
---| "server_error" # 500, 501, and every 5xx without a word of its own
---| "unavailable" # 503
---| "gateway" # 502, 504
---| "redirect" # 3xx
---| "protocol" # not HTTP, or an answer that is not what was agreed
---| "dns" # the name of the host did not resolve
---| "connect" # no connection
---| "tls" # no secure connection
---| "timeout" # out of time
---| "network" # the connection broke
---| "cancelled" # given up by the program
---| "closed" # the client was closed, or the call belongs to the parent process
---| "too_large" # the answer passed a bound
---| "exhausted" # this machine: queue full, no memory, no descriptor, no thread
---| "store" # a database could not be read or written; `code` has the cause in one word
---| "guarded" # a rule of the guard refused it before it left
---| "internal" # something that ran during the call raised: a hook, a store, or this library

--- What became of a request.
---@alias vertexsms.Outcome
---| "accepted" # the service said so
---| "not_sent" # the request did not begin to leave this machine
---| "rejected" # the service, or something in front of it, said no
---| "unknown" # it may have been accepted: do not send it again

--- What every failed call raises (or, from a safe client, returns as its second value).
---@class vertexsms.Error
---@field kind vertexsms.Kind what went wrong
---@field message string for people; the service's own words where it gave any
---@field outcome vertexsms.Outcome what became of the request; an error's is never `accepted`
---@field retryable boolean repeating this call cannot send twice, and may succeed; never true of an unknown send
---@field temporary boolean the cause may pass, whatever became of the request
---@field duplicate_possible boolean|nil true when more than one attempt may have been accepted (retry.server_errors)
---@field likely_accepted boolean|nil true when the outcome is unknown but a 2xx status was seen
---@field status integer|nil HTTP status, when an answer came
---@field code string|nil the service's word for it, `AUTH_INVALID`, where its error had one
---@field vertex_error_code string|nil likewise
---@field field string|nil the offending field or option
---@field byte integer|nil where a text of vertexsms.text is not UTF-8, from 1
---@field method string|nil of the request
---@field path string|nil of the request
---@field attempts integer how often the request was tried; 0 for what was refused before
---@field retry_after number|nil seconds the service asked to wait, or until the guard's rule has room again
---@field rule string|nil of the guard, that refused
---@field limit integer|string|nil of that rule; a price is a decimal string
---@field used integer|string|nil of that limit, without this message
---@field tracking_id string|nil of a send of unknown outcome, where the client tracks (see vertexsms.tracking)
---@field resolved vertexsms.Resolved|nil the report that was there before the send had ended
---@field curl integer|nil libcurl's code
---@field body string|nil the raw answer
---@field headers table<string, string>|nil of the answer; names in any case
---@field where string|nil of an error that was raised: `file:line` of the code that called the library
---@field index integer|nil which message of a list is wrong, from 1
---@field results vertexsms.SentMany|nil of client:send_many: what became of each message
---@field last vertexsms.Status|nil of client:wait_delivered: what was known last

local MESSAGE_BYTES_MAX = 500

local Error = {}
Error.__index = Error
Error.__name = "vertexsms.Error"

local function one_line(text)
  text = text:gsub("[" .. ascii.CONTROL .. "]+", " ")
  if #text > MESSAGE_BYTES_MAX then text = shown_beginning(text, MESSAGE_BYTES_MAX) .. "..." end
  return text
end

--- `vertexsms: KIND: MESSAGE (HTTP STATUS, OUTCOME)`, and ` at FILE:LINE` of one that was raised; always one line.
function Error:__tostring()
  local notes = {}
  if self.status then notes[#notes + 1] = "HTTP " .. self.status end
  notes[#notes + 1] = self.outcome
  if self.attempts > 1 then notes[#notes + 1] = self.attempts .. " attempts" end
  local where = self.where and " at " .. one_line(self.where) or ""
  return ("vertexsms: %s: %s (%s)%s"):format(self.kind, one_line(self.message), table.concat(notes, ", "), where)
end

---@param value any
---@return boolean
function M.is_error(value)
  return getmetatable(value) == Error
end

--- Makes an error of its fields; `outcome`, `retryable`, `temporary` and `attempts` have defaults for what never left.
---@param fields table
---@return vertexsms.Error
function M.new(fields)
  if fields.outcome == nil then fields.outcome = "not_sent" end
  if fields.retryable == nil then fields.retryable = false end
  if fields.temporary == nil then fields.temporary = fields.retryable end
  if fields.attempts == nil then fields.attempts = 0 end
  return setmetatable(fields, Error)
end

-- Of an error in its init phase nginx prints texts alone, and anything else as "unknown error".
local function is_printed_only_as_text()
  local ngx = rawget(_G, "ngx")
  return type(ngx) == "table" and ngx.get_phase ~= nil and ngx.get_phase() == "init"
end

--- Raises an error, with the line of the caller's code.
---@param err vertexsms.Error
function M.raise(err)
  if M.is_error(err) and not err.where then err.where = caller.where() end
  error(is_printed_only_as_text() and tostring(err) or err, 0)
end

--- A result as it is, or raises the error in its place.
function M.raise_unless(result, ...)
  if result == nil then M.raise((...)) end
  return result, ...
end

---@param field string|nil the offending field
---@param message string what was expected
---@return vertexsms.Error
function M.invalid_argument(field, message)
  return M.new({ kind = "invalid_argument", field = field, message = message })
end

---@param reason string what this machine has no more of
---@return vertexsms.Error of what was not begun
function M.exhausted(reason)
  return M.new({ kind = "exhausted", message = reason, retryable = true })
end

---@param field string what holds the token, and must not: URLs stand in logs
---@return vertexsms.Error
function M.token_in(field)
  return M.invalid_argument(field, field .. " contains the token: leave it out, it is sent in a header by itself")
end

--- From the two values with which the core refuses something before any I/O.
---@param refusal table
---@return vertexsms.Error
function M.from_refusal(refusal)
  if refusal.field then refusal.message = refusal.field .. " " .. refusal.message end
  return M.new(refusal)
end

--- The same error about a field that the caller knows by another name: an environment variable, an option of the
-- command line.
---@param err vertexsms.Error
---@param names table<string, string> by field
---@return vertexsms.Error err changed in place
function M.renamed(err, names)
  local field = err.field
  local name = field and names[field]
  if name and err.message:sub(1, #field + 1) == field .. " " then err.message = name .. err.message:sub(#field + 1) end
  return err
end

--- The same error about a field of a table that is itself a field.
---@param err vertexsms.Error|nil
---@param owner string
---@return vertexsms.Error|nil err changed in place
function M.within(err, owner)
  if not err or not err.field or err.message:find(" is missing from ", 1, true) then return err end
  return M.renamed(err, { [err.field] = owner .. "." .. err.field })
end

--- The same error about one message of a list.
---@param err vertexsms.Error
---@param index integer
---@return vertexsms.Error err changed in place
function M.of_message(err, index)
  err.index, err.message = index, ("messages[%d]: %s"):format(index, err.message)
  return err
end

--- The same error about values of the caller's, one of which may have been the token.
---@param err vertexsms.Error
---@param engine vertexsms.core.Engine that knows the token
---@return vertexsms.Error err changed in place
function M.without_token(err, engine)
  err.message = engine:redact(err.message)
  err.field = err.field and engine:redact(err.field)
  return err
end

-- What others wrote, as it can be written down: databases and JSON take no other text, and the outcome that comes with
-- it must not be lost.
local function legible(text)
  if core.invalid_utf8(text) then text = text:gsub("[\128-\255]", "?") end
  return (text:gsub("%z", "\t"))
end

local function text_of(value)
  return type(value) == "string" and value ~= "" and value or nil
end

-- A code that is a number is named by its digits.
local function code_of(value)
  if type(value) == "number" and value % 1 == 0 then return ("%.0f"):format(value) end
  return text_of(value)
end

-- The service describes an error as { "message": "..." } or { "error": { "code": "...", "message": "...", ... } }; a
-- gateway answers with whatever it likes.
local function described(body)
  local decoded = json.decode(body)
  if type(decoded) ~= "table" then return {} end
  local inner = type(decoded.error) == "table" and decoded.error or {}
  return {
    message = text_of(inner.message) or text_of(decoded.message), code = code_of(inner.code),
    vertex_error_code = code_of(inner.vertex_error_code),
  }
end

--- Takes secrets out of header fields: their names are what the server wrote, too.
---@param headers table<string, string> changed in place
---@param redact fun(text: string): string
---@return table<string, string> headers
function M.redact_headers(headers, redact)
  local renamed = {}
  for name, value in pairs(headers) do
    headers[name] = redact(value)
    local shown = redact(name)
    if shown ~= name then renamed[name] = shown end
  end
  for name, shown in pairs(renamed) do
    headers[shown], headers[name] = headers[name], nil
  end
  return headers
end

-- The core names options such as base_url. One without an underscore is a word like others ("the token is wrong").
local function with_names(message, names)
  return names and (message:gsub("%f[A-Za-z0-9_][a-z]+_[a-z_]+%f[^A-Za-z0-9_]", names)) or message
end

--- From a response that is not a success.
---@param response table of the core
---@param request table { method, path }
---@param redact fun(text: string): string takes secrets out, should a server repeat them
---@param names table<string, string>|nil what the user calls an option, where that is not the option's name
---@return vertexsms.Error
function M.from_response(response, request, redact, names)
  local words = described(response.body)
  local function shown(text) return legible(redact(text)) end
  local reason = shown(with_names(response.message, names))
  local said = words.message and shown(words.message) or reason
  local is_from_between = response.kind == "redirect" or response.kind == "connect" -- the service has said nothing
  return M.new({
    kind = response.kind,
    message = is_from_between and reason or said,
    outcome = response.outcome,
    retryable = response.retryable,
    temporary = response.temporary,
    likely_accepted = response.likely_accepted,
    status = response.status,
    code = words.code and shown(words.code),
    vertex_error_code = words.vertex_error_code and shown(words.vertex_error_code),
    field = said:match("[Ff]ield '([A-Za-z0-9_]+)'"),
    method = request.method,
    path = request.path,
    retry_after = response.retry_after,
    curl = response.curl,
    body = redact(response.body),
    headers = M.redact_headers(response.headers, redact),
    attempts = 1,
  })
end

--- A success whose body is not what was agreed: the request was most likely accepted, but not surely.
---@param response table of the core
---@param request table { method, path }
---@param redact fun(text: string): string
---@param reason string
---@return vertexsms.Error
function M.protocol(response, request, redact, reason)
  local err = M.from_response(response, request, redact)
  err.kind, err.outcome, err.temporary, err.retryable = "protocol", "unknown", false, false
  err.message, err.field, err.code, err.vertex_error_code, err.likely_accepted = redact(reason), nil, nil, nil, true
  return err
end

return M
