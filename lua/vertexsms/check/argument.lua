--- Arguments of the wrong type: bugs of the caller, raised in both forms of the client, with the caller's line.

local callers = require("vertexsms.base.caller")

local M = {}

local PREFIX = "vertexsms: bad argument "

local function refuse(value, wanted, name)
  local where = callers.where()
  error(("%s%s%s (%s expected, got %s)"):format(where and where .. ": " or "", PREFIX, name, wanted, type(value)), 0)
end

--- Raises unless the value has the type.
---@param value any
---@param wanted string Lua type
---@param name string of the argument
function M.check(value, wanted, name)
  if type(value) == wanted then return end
  refuse(value, wanted, name)
end

--- The same, where nil will do.
function M.check_optional(value, wanted, name)
  if value == nil or type(value) == wanted then return end
  refuse(value, wanted, name)
end

--- Is what was raised one of these?
---@param reason any
---@return boolean
function M.is_refusal(reason)
  return type(reason) == "string" and reason:find(PREFIX, 1, true) ~= nil
end

return M
