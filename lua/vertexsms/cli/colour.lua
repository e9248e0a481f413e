--- Colours on a terminal, and only there: never with NO_COLOR (https://no-color.org) or TERM=dumb.
--
-- Tested in spec/cli/colour_spec.lua.

local environment = require("vertexsms.cli.environment")
local shell = require("vertexsms.cli.shell")

local M = {}

local GREEN, RED, YELLOW, PLAIN = "\27[32m", "\27[31m", "\27[1;33m", "\27[0m"

-- What became of a message, and what `doctor` found, as it is printed.
local COLOURS = {
  accepted = GREEN, registered = GREEN, confirmed = GREEN, delivered = GREEN, seen = GREEN,
  rejected = RED, ["not sent"] = RED, failed = RED, undelivered = RED, expired = RED,
  unknown = YELLOW,
  ok = GREEN, warning = YELLOW, error = RED,
}

--- Are colours seen there?
---@param descriptor integer 1 is stdout, 2 stderr
---@return boolean
function M.is_seen(descriptor)
  if environment.get("NO_COLOR") then return false end
  local terminal = environment.get("TERM")
  return terminal ~= nil and terminal ~= "dumb" and shell.is_terminal(descriptor)
end

--- A line in which an outcome or a state has its colour, where that is seen.
---@param line string
---@param word string|nil the outcome or state: the first time that it stands in the line
---@param descriptor integer 1 is stdout, 2 stderr
---@return string
function M.paint(line, word, descriptor)
  local colour = COLOURS[word]
  local first, last = line:find(word or "", 1, true)
  if not colour or not first or not M.is_seen(descriptor) then return line end
  return line:sub(1, first - 1) .. colour .. word .. PLAIN .. line:sub(last + 1)
end

return M
