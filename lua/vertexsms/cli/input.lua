--- What commands read: stdin and files.
-- @module vertexsms.cli.input

local M = {}

local CHUNK = 64 * 1024

--- The whole of stdin without the newline that echo and editors put at its end.
---@return string
function M.stdin()
  return ((io.read("*a") or ""):gsub("\r?\n$", ""))
end

--- A file as it is; - is stdin.
---@param path string
---@return string|nil content
---@return string|nil problem
function M.file(path)
  if path == "-" then return io.read("*a") or "" end
  local file, problem = io.open(path, "rb")
  if not file then return nil, "cannot read " .. problem end
  local content
  content, problem = file:read("*a")
  file:close()
  if not content then return nil, ("cannot read %s: %s"):format(path, problem) end
  return content
end

--- A value of the command line that may stand elsewhere: `@FILE` in a file, `-` on stdin.
---@param text string
---@return string|nil content
---@return string|nil problem
function M.json(text)
  local path = text:match("^@(.+)$") or text == "-" and "-"
  if not path then return text end
  return M.file(path)
end

local function without_return(line)
  return (line:gsub("\r$", ""))
end

--- Hands over the lines of a file one after the other. Lua 5.1's own `lines` ends a line at NUL.
---@param file table
---@param take fun(line: string, octets: integer) the line, and how many octets were read by now
---@return string|nil problem
function M.each_line(file, take)
  local rest, octets, problem = "", 0, nil
  local function read_chunk()
    local chunk
    chunk, problem = file:read(CHUNK)
    return chunk
  end
  for chunk in read_chunk do
    local from = 1
    chunk = rest .. chunk
    for line, after in chunk:gmatch("([^\n]*)\n()") do
      octets, from = octets + #line + 1, after
      take(without_return(line), octets)
    end
    rest = chunk:sub(from)
  end
  if rest ~= "" then take(without_return(rest), octets + #rest) end
  return problem
end

--- The lines of a file that are not empty, without spaces around them; - is stdin.
---@param path string
---@return string[]|nil lines
---@return string|nil problem
function M.lines(path)
  local content, problem = M.file(path)
  if not content then return nil, problem end
  local lines = {}
  content = content:gsub("^\239\187\191", "") -- the byte order mark that spreadsheets write
  for line in content:gmatch("[^\r\n]+") do
    line = line:match("^%s*(.-)%s*$")
    if line ~= "" then lines[#lines + 1] = line end
  end
  return lines
end

return M
