--- The lines of what commands read. They end as on any system.
--
-- Tested in spec/cli/input_spec.lua.

local input = require("vertexsms.cli.input")

local M = {}

local CHUNK = 64 * 1024

-- Where a line ends that begins at `from`, and where the next one begins; nil where the end is not known yet. Behind a
-- carriage return the newline that belongs to it may be still to come.
local function find_end(text, from, is_last)
  local stop = text:find("[\r\n]", from)
  if not stop then return nil end
  if text:sub(stop, stop) == "\n" then return stop, stop + 1 end
  if stop == #text and not is_last then return nil end
  return stop, text:sub(stop + 1, stop + 1) == "\n" and stop + 2 or stop + 1
end

-- Hands over the lines that are whole, and returns what is left.
local function take_lines(text, is_last, take)
  local from = 1
  for _ = 1, #text do
    local stop, after = find_end(text, from, is_last)
    if not stop then break end
    take(text:sub(from, stop - 1), after - from)
    from = after
  end
  return text:sub(from)
end

--- Hands over the lines of a file one after the other. Lua 5.1's own `lines` ends a line at NUL.
---@param file table
---@param name string
---@param take fun(line: string, octets: integer) the line, and how many octets it and its end are
---@return string|nil reason
function M.each(file, name, take)
  local chunk, reason = file:read(CHUNK)
  local rest = ""
  if chunk then
    rest, reason = input.as_text(chunk, name)
    if not rest then return reason end
  end
  while chunk do
    rest = take_lines(rest, false, take)
    chunk, reason = file:read(CHUNK)
    rest = rest .. (chunk or "")
  end
  rest = take_lines(rest, true, take)
  if rest ~= "" then take(rest, #rest) end
  return reason and ("cannot read %s: %s"):format(name, reason)
end

--- A line of a file, without spaces around it.
---@class vertexsms.cli.Line
---@field text string
---@field number integer

--- The lines of a file that are not empty; - is stdin.
---@param path string
---@return vertexsms.cli.Line[]|nil lines
---@return string|nil reason
function M.read(path)
  local content, reason = input.file(path)
  if not content then return nil, reason end
  local lines, number = {}, 0
  local function add(line)
    number = number + 1
    local text = line:match("^[ \t]*(.-)[ \t]*$")
    if text ~= "" then lines[#lines + 1] = { text = text, number = number } end
  end
  add(take_lines(content, true, add))
  return lines
end

return M
