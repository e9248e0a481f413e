--- What commands read: stdin and files. A text may begin with a byte order mark. Lines: see lines.lua.

local M = {}

local UTF8_MARK, UTF16_MARKS = "\239\187\191", { ["\255\254"] = true, ["\254\255"] = true }

-- Without a mark, every other octet of Latin text is NUL, of the first four too.
local function is_utf16(content)
  if UTF16_MARKS[content:sub(1, 2)] then return true end
  local first, second, third, fourth = content:byte(1, 4)
  if first == 0 then return third == 0 and second ~= 0 end
  return second == 0 and fourth == 0 and third ~= 0
end

--- A text without the byte order mark that it may begin with.
---@param content string
---@return string
function M.without_mark(content)
  if content:sub(1, #UTF8_MARK) == UTF8_MARK then return content:sub(#UTF8_MARK + 1) end
  return content
end

--- A text without the one line end that echo and editors put behind it.
---@param content string
---@return string
function M.without_line_end(content)
  local text, count = content:gsub("\r?\n$", "")
  return count > 0 and text or (content:gsub("\r$", ""))
end

--- The text without its mark.
---@param content string the beginning of a file, or all of it
---@param name string
---@return string|nil text nil where it is not a text that anything here could use
---@return string|nil reason
function M.as_text(content, name)
  if is_utf16(content) then return nil, name .. " is encoded as UTF-16: save it as UTF-8" end
  return M.without_mark(content)
end

local function read_all(file, name)
  local content, reason = file:read("*a")
  if not content then return nil, ("cannot read %s: %s"):format(name, reason) end
  return M.as_text(content, name)
end

--- The whole of stdin without the line end behind it.
---@return string|nil content
---@return string|nil reason
function M.stdin()
  local content, reason = read_all(io.stdin, "stdin")
  if not content then return nil, reason end
  return M.without_line_end(content)
end

--- A text of the command line, or stdin where it is `-`. The mark comes with `"$(cat FILE)"` too.
---@param text string
---@return string|nil content
---@return string|nil reason
function M.text(text)
  if text == "-" then return M.stdin() end
  return M.without_mark(text)
end

--- A whole file; - is stdin.
---@param path string
---@return string|nil content
---@return string|nil reason
function M.file(path)
  if path == "-" then return read_all(io.stdin, "stdin") end
  local file, content, reason
  file, reason = io.open(path, "rb")
  if not file then return nil, "cannot read " .. reason end
  content, reason = read_all(file, path)
  file:close()
  return content, reason
end

-- The text of a message is a secret, and what begins with @ may have been meant as one: only what looks like the name
-- of a file is shown.
local function file_of_message(path)
  if path ~= "" and not path:find("[^!-~]") then return path end
  return "the file that --message names"
end

local function read_message(path)
  if path == "-" then return M.stdin() end
  local name = file_of_message(path)
  local file, refusal = io.open(path, "rb")
  if not file then
    return nil, ("cannot read %s: %s (a text that begins with @ is written with @@)"):format(name,
      refusal:sub(#path + #": " + 1))
  end
  local content, reason = read_all(file, name)
  file:close()
  if not content then return nil, reason end
  return M.without_line_end(content)
end

--- The text of a message: itself, stdin where it is `-`, a file where it is `@FILE`; `@@` is a literal @.
---@param text string
---@return string|nil content
---@return string|nil reason
function M.message(text)
  local literal = text:match("^@(@.*)$")
  if literal then return literal end
  local path = text:match("^@(.*)$")
  if path then return read_message(path) end
  return M.text(text)
end

--- A value of the command line that may stand elsewhere: `@FILE` in a file, `-` on stdin.
---@param text string
---@return string|nil content
---@return string|nil reason
function M.json(text)
  local path = text:match("^@(.+)$") or text == "-" and "-"
  if not path then return text end
  return M.file(path)
end

return M
