--- The environment of a command.
--
-- Tested in spec/cli/commands/status_spec.lua.

local M = {}

--- A variable; one that is empty counts as not set.
---@param name string
---@return string|nil
function M.get(name)
  local value = os.getenv(name)
  return value ~= "" and value or nil
end

return M
