--- Calls of VertexSMS's as the specs make them, without a server: a handler that writes down what it was told.

local callback = require("vertexsms.callback")
local vertexsms = require("vertexsms")

local M = {}

--- An address that may call.
M.VERTEXSMS = "178.33.133.200"

M.DLR = '{"id":"1281532560","status":"1","error":0,"mcc":"246","mnc":"021"}'

--- A handler; unless the options say otherwise, `seen` gets the reports that it hands over, `events` all else.
function M.handler(seen, events, options)
  options = options or {}
  options.on_report = options.on_report or function(report) seen[#seen + 1] = report end
  options.on_event = options.on_event or function(event) events[#events + 1] = event end
  return callback.handler(options)
end

--- POSTs a body, DLR unless it is given; returns what the handler answers.
function M.post(handle, body, from, uri, headers)
  return handle("POST", headers, body or M.DLR, from or M.VERTEXSMS, uri or "/dlr")
end

--- What is written to stderr meanwhile.
function M.stderr_of(fn)
  local stderr, written = io.stderr, {}
  local function write(_, ...)
    for _, text in ipairs({ ... }) do written[#written + 1] = text end
  end
  io.stderr = { write = write } -- luacheck: ignore 122
  local ok, failure = pcall(fn)
  io.stderr = stderr -- luacheck: ignore 122
  if not ok then error(failure, 0) end
  return table.concat(written)
end

--- Asserts that the call raises an error of kind `invalid_argument`, and returns it.
function M.refused(fn, ...)
  local ok, err = pcall(fn, ...)
  assert(not ok, "it was not refused")
  assert(vertexsms.is_error(err), tostring(err))
  assert(err.kind == "invalid_argument", err.kind)
  return err
end

return M
