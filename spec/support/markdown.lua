--- Reads Markdown: the code between the fences, the headings, the links.

local ascii = require("vertexsms.base.ascii")
local process = require("spec.support.process")

local M = {}

--- A piece of code in a page.
---@class spec.Snippet
---@field file string
---@field heading string the heading above it
---@field line integer of its first line
---@field language string "" where the fence names none
---@field code string
---@field name string for a spec: "docs/text.md, line 20 (Counting)"

---@param file string
---@return spec.Snippet[]
function M.snippets(file)
  local found, heading, snippet, lines, number = {}, "", nil, nil, 0
  for line in process.read_file(file):gmatch("([^\n]*)\n") do
    number = number + 1
    local language = line:match("^```([a-z]*)$")
    if language and snippet then
      snippet.code = table.concat(lines, "\n")
      found[#found + 1], snippet = snippet, nil
    elseif language then
      lines = {}
      snippet = { file = file, heading = heading, line = number + 1, language = language }
      snippet.name = ("%s, line %d (%s)"):format(file, number + 1, heading)
    elseif snippet then
      lines[#lines + 1] = line
    elseif line:find("^#") then
      heading = line:match("^#+ (.*)$")
    end
  end
  return found
end

-- As GitHub makes them.
local function anchor(heading)
  return (ascii.lower(heading):gsub("[^a-z0-9 _-]", ""):gsub(" ", "-"))
end

---@param file string
---@return table<string, true>
function M.anchors(file)
  local anchors, is_code = {}, false
  for line in process.read_file(file):gmatch("([^\n]*)\n") do
    if line:find("^```") then is_code = not is_code end
    local heading = not is_code and line:match("^#+ (.*)$")
    if heading then anchors[anchor(heading)] = true end
  end
  return anchors
end

-- What stands outside of code.
local function prose(file)
  return (("\n" .. process.read_file(file)):gsub("\n```.-\n```\n", "\n"))
end

---@param file string
---@return fun(): string targets of its links, as they stand there
function M.links(file)
  return prose(file):gmatch("%]%(([^)]+)%)")
end

--- The rows of the tables under a heading, without their heads.
---@param file string
---@param heading string
---@return string[][] cells of each row
function M.rows(file, heading)
  local rows, is_under, is_body = {}, false, false
  for line in process.read_file(file):gmatch("([^\n]*)\n") do
    if line:find("^#") then is_under = line:match("^#+ (.*)$") == heading end
    local is_row = is_under and line:find("^|") ~= nil
    if is_row and is_body then
      local cells = {}
      for cell in line:sub(2):gmatch(" *(.-) *|") do cells[#cells + 1] = cell end
      rows[#rows + 1] = cells
    end
    is_body = is_row and (is_body or line:find("^|[-|]+$") ~= nil)
  end
  return rows
end

-- Any number of this length is an ID, and everyone's is another.
local ID_DIGITS_MIN = 7

-- A line of output as a pattern: an ID stands for any, "..." for anything, spaces for any space.
local function pattern_of(words)
  local escaped = words:gsub("[%^%$%(%)%%%.%[%]%*%+%-%?]", "%%%0"):gsub("%%%.%%%.%%%.", ".*")
  escaped = escaped:gsub("[0-9]+", function(digits) return #digits >= ID_DIGITS_MIN and "[0-9]+" or nil end)
  return "^" .. escaped:gsub("[ \t]+", "[ \t]+") .. "$"
end

--- What a snippet says that it prints, after `-->`, as patterns of the lines.
---@param code string
---@return string[]
function M.promised(code)
  local patterns = {}
  for words in code:gmatch("%-%-> *([^\n]*)") do patterns[#patterns + 1] = pattern_of(words) end
  return patterns
end

return M
