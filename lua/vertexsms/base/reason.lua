--- Why something of the caller's failed, as text: a hook, a callback or a store may raise any value.
--
-- Tested in spec/regress/raised_without_text_spec.lua.

local M = {}

--- The text of any value. Its own `__tostring` may fail, and that must not take an outcome along.
---@param value any
---@return string
function M.text(value)
  if type(value) == "string" then return value end
  local ok, text = pcall(tostring, value)
  if ok and type(text) == "string" then return text end
  return ("a %s whose __tostring fails"):format(type(value))
end

--- The same, with the stack of the coroutine that it ended.
---@param thread thread
---@param value any
---@return string
function M.traceback(thread, value)
  return debug.traceback(thread, M.text(value))
end

--- The text without our name in front: an error of ours, and what it is about, have it already.
---@param value any
---@return string
function M.bare(value)
  local place, rest = M.text(value):match("^([^\n]-:[0-9]+: )vertexsms: (.*)$")
  if place then return place .. rest end
  return (M.text(value):gsub("^vertexsms: ", ""))
end

--- A line for a log.
---@param value any
---@return string
function M.line(value)
  return "vertexsms: " .. M.bare(value)
end

--- Tells the host what cannot be raised. A log that fails must not take an outcome along either.
---@param host vertexsms.Host
---@param what string
---@param value any that was raised
function M.report(host, what, value)
  pcall(host.report, ("vertexsms: %s: %s"):format(what, M.bare(value)))
end

return M
