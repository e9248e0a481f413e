--- What is loaded when it is used, for programs that live for a moment.
--
-- Tested in spec/client_spec.lua.

local M = {}

--- A function of a module, which is loaded at the first call.
---@param path string of the module
---@param name string
---@return function
function M.method(path, name)
  local method
  return function(...)
    method = method or require(path)[name]
    return method(...)
  end
end

return M
