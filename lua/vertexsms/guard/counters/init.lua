--- Where a guard counts: in this process, or in an ngx.shared dict.
--
-- Tested in spec/guard/options_spec.lua.

local errors = require("vertexsms.error")
local process = require("vertexsms.guard.counters.process")
local program = require("vertexsms.host.program")
local shared = require("vertexsms.guard.counters.shared")
local shown = require("vertexsms.base.shown")

local M = {}

local function refuse(reason)
  return nil, errors.invalid_argument("guard.store", "guard.store " .. reason)
end

-- Each of nginx's workers would count for itself.
local function in_process(needs_counters)
  local workers = program.workers()
  if workers == 1 or not needs_counters then return process.new() end
  return refuse(("is missing: nginx has %d workers, which must count together, in a lua_shared_dict for instance")
    :format(workers))
end

--- The counters that an option names.
---@param option any
---@param needs_counters boolean
---@return vertexsms.guard.Counters|nil
---@return vertexsms.Error|nil
function M.of(option, needs_counters)
  if option == nil then return in_process(needs_counters) end
  if shared.is_dict(option) then return shared.new(option) end
  if type(option) ~= "string" then
    return refuse(("must be an ngx.shared dict or its name, not %s")
      :format(shown.type_and_value(option)))
  end
  local dict = program.shared_dict(option)
  if dict then return shared.new(dict) end
  return refuse(("is %s, which is not the name of a lua_shared_dict")
    :format(shown.text(option)))
end

return M
