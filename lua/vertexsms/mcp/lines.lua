--- Lines out of octets that come in pieces. One that is too long is thrown away, and said to be so.
--
-- Tested in spec/mcp/lines_spec.lua.

local M = {}

--- Octets of a line.
M.LINE_MAX = 1024 * 1024

---@class vertexsms.mcp.Lines
local Lines = {}
Lines.__index = Lines

---@return vertexsms.mcp.Lines
function M.new()
  return setmetatable({ pieces = {}, octets = 0 }, Lines)
end

-- Of a line that is too long only its length is kept.
local function keep(self, piece)
  self.octets = self.octets + #piece
  if self.octets > M.LINE_MAX then self.pieces = {} else self.pieces[#self.pieces + 1] = piece end
end

local function take(self)
  local line = self.octets <= M.LINE_MAX and table.concat(self.pieces)
  self.pieces, self.octets = {}, 0
  return line and line:gsub("\r$", "") or false
end

--- Takes octets, and returns the lines that they end.
---@param octets string
---@return (string|false)[] lines false for one that was too long
function Lines:feed(octets)
  local lines, first = {}, 1
  while true do
    local last = octets:find("\n", first, true)
    if not last then break end
    keep(self, octets:sub(first, last - 1))
    lines[#lines + 1] = take(self)
    first = last + 1
  end
  keep(self, octets:sub(first))
  return lines
end

return M
