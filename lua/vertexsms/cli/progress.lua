--- A progress bar on stderr, when stderr is a terminal.
--
-- Tested in spec/cli/send_many_spec.lua.

local shell = require("vertexsms.cli.shell")

local M = {}

local WIDTH = 40

local Progress = {}
Progress.__index = Progress

local function draw(self)
  local share = self.total > 0 and math.min(self.done / self.total, 1) or 1
  local filled = math.floor(share * WIDTH)
  local line = ("[%s%s] %3d %%  %s of %s %s"):format(("#"):rep(filled), ("."):rep(WIDTH - filled),
    math.floor(share * 100), ("%.0f"):format(self.done), ("%.0f"):format(self.total), self.unit)
  io.stderr:write("\r", line, (" "):rep(math.max(0, self.length - #line)))
  io.stderr:flush()
  self.length, self.drawn = #line, math.floor(share * 1000)
end

--- Says how much is done; draws when that can be seen.
---@param done number
function Progress:set(done)
  self.done = done
  if not self.is_visible then return end
  if self.drawn ~= math.floor(self.total > 0 and done / self.total * 1000 or 1000) then draw(self) end
end

--- Takes the bar off its line, so that something can be printed; the next `set` draws it again.
function Progress:clear()
  if not self.is_visible or self.length == 0 then return end
  io.stderr:write("\r", (" "):rep(self.length), "\r")
  io.stderr:flush()
  self.length, self.drawn = 0, nil
end

---@param total number
---@param unit string what is counted: "messages"
---@return table progress invisible when stderr is not a terminal
function M.new(total, unit)
  return setmetatable({
    total = total, unit = unit, done = 0, length = 0, is_visible = shell.is_terminal(2),
  }, Progress)
end

return M
