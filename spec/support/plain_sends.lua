--- What spec/request/plain_spec.lua sends, and what it looks at: in its own process, and in the workers of an nginx.

local message = require("spec.support.message")

local M = {}

--- The token may stand in a message, which then is not a plain one.
---@param token string
---@return table[]
function M.messages(token)
  return {
    message(), message({ to = "+37069912345", from = "+37060000000" }), message({ message = "ąčę €" }),
    message({ message = ("x"):rep(200) }), message({ message = ("\0\"\\"):rep(300) }), message({ message = "" }),
    message({ message = "\255" }), message({ to = "x" }), message({ from = "" }), message({ to = 37069912345 }),
    message({ priority = "high" }), message({ dlrUrl = "https://example.com/" .. token }),
    message({ sned = 1 }), { message() }, {}, { to = "37069912345" }, setmetatable({}, { __index = message() }),
    setmetatable(message(), {}), message({ to = token }),
    setmetatable({}, { __index = function() error("boom", 0) end }),
  }
end

--- How failed attempts are repeated.
M.RETRIES = {
  none = false, some = { base = 0, attempts = 3 }, errors = { base = 0, server_errors = true },
}

--- Options of a client whose sends are plain, and of one that has only the complete way.
---@param retry table|false
---@param record fun(event: table)
---@return table plain
---@return table complete
function M.options(retry, record)
  local plain = { on_warning = record, on_retry = record, retry = retry }
  local complete = { on_response = function() end }
  for name, value in pairs(plain) do complete[name] = value end
  return plain, complete
end

-- Times differ, and nothing else may.
local TIMES = { elapsed = true, started = true, timings = true }

local function without_times(value)
  if type(value) ~= "table" then return value end
  local copy = {}
  for key, part in pairs(value) do
    if not TIMES[key] then copy[key] = without_times(part) end
  end
  return copy
end

--- All that a send gives which can be seen.
---@param send fun(): any, any
---@param events table[] that the send adds to
---@return table
function M.observe(send, events)
  local ok, result, err = pcall(send)
  return without_times({ ok = ok, result = result, err = err, text = err and tostring(err), events = events })
end

return M
