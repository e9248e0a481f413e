--- Arguments of the wrong type: bugs of the caller, raised in both forms of the client, with the caller's line.

local M = {}

--- Raises unless the value has the type.
---@param value any
---@param wanted string Lua type
---@param name string of the argument
function M.check(value, wanted, name)
  if type(value) == wanted then return end
  error(("vertexsms: bad argument %s (%s expected, got %s)"):format(name, wanted, type(value)), 4)
end

--- The same, where nil will do.
function M.check_optional(value, wanted, name)
  if value == nil or type(value) == wanted then return end
  error(("vertexsms: bad argument %s (%s expected, got %s)"):format(name, wanted, type(value)), 4)
end

return M
