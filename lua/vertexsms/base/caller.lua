--- Who called the library: looked for when an error is raised, and not before.

local M = {}

-- The folder that the library's own modules lie in; nil where they were not loaded from files.
local LIBRARY = debug.getinfo(1, "S").source:match("^(@.*)base[/\\]caller%.lua$")

-- Lua 5.1 shows a tail call as a function without a line, as C functions are.
local function is_callers(info)
  return info.currentline > 0 and info.source:sub(1, #LIBRARY) ~= LIBRARY
end

--- The line of the caller's code that led here, in the coroutine that runs.
---@return string|nil `file:line`; nil where only the library and C stand on the stack
function M.where()
  if not LIBRARY then return nil end
  local level, info = 2, debug.getinfo(2, "Sl")
  while info and not is_callers(info) do
    level = level + 1
    info = debug.getinfo(level, "Sl")
  end
  return info and ("%s:%d"):format(info.short_src, info.currentline)
end

return M
