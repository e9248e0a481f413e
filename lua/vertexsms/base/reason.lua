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

--- Tells the host what cannot be raised. A log that fails must not take an outcome along either.
---@param host vertexsms.Host
---@param what string
---@param value any that was raised
function M.report(host, what, value)
  pcall(host.report, ("vertexsms: %s: %s"):format(what, M.text(value)))
end

return M
