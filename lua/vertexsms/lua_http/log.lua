--- What a server says, one line at a time.
--
-- Tested in spec/server/http_spec.lua and spec/server/listener_spec.lua.

local cqueues = require("cqueues")
local notices = require("vertexsms.base.notices")

local M = {}

local LINE_MAX = 400
-- Lines that strangers can cause: this many at once, then one in this many seconds.
local NOTICE_BURST, NOTICE_SECONDS = 50, 1

--- Writes one line to stdout at once, so that a reader behind a pipe sees each event when it happens.
---@param line string
---@return boolean|nil written
---@return string|nil reason why not
function M.print_line(line)
  local ok, reason = io.stdout:write(line, "\n")
  if ok then ok, reason = io.stdout:flush() end
  return ok and true, reason
end

-- What comes from the network must neither forge a second log line nor reach the terminal as an
-- escape sequence.
local function printable(line)
  return (line:sub(1, LINE_MAX):gsub("[^\32-\126]", "?"))
end

--- Two ways to write lines: `log` for each of them, `notice` for those that strangers can cause.
---@param write nil|fun(line: string) default: to stdout
---@return fun(line: string): boolean|nil, string|nil log
---@return fun(line: string) notice
function M.new(write)
  write = write or M.print_line
  local function log(line) return write(printable(line)) end
  return log, notices.new { write = log, burst = NOTICE_BURST, seconds = NOTICE_SECONDS, now = cqueues.monotime }
end

return M
