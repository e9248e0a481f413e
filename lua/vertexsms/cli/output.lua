--- stdout, and whether what was printed got there: `print` does not say.

local colour = require("vertexsms.cli.colour")
local token = require("vertexsms.cli.token")

local M = {}

--- Why something that was printed did not get where it should: the disk is full, the reader has gone.
---@type string|nil
M.lost = nil

-- Without a buffer a line is one write(2), which Ctrl-C finds done or not begun. With one, it would take with it what
-- else is in there: Lua 5.4's handler lets write(2) fail with EINTR, and stdio throws away what it could not write.
io.stdout:setvbuf("no")

local function write(text)
  local written, reason = io.stdout:write(text)
  if not written then M.lost = M.lost or reason end
end

---@param text string
function M.write(text)
  write(token.hide(text))
end

--- Writes a line.
---@param line string|nil default: an empty one
---@param word string|nil an outcome or a state in it, which has a colour on a terminal
function M.print(line, word)
  write(colour.paint(token.hide((line or "") .. "\n"), word, 1))
end

--- Says on stderr that something got lost: a user who cannot read what was accepted must not take it for what was not.
function M.say_lost()
  io.stderr:write("vertexsms: the output could not be written: ", M.lost, "\n")
end

return M
