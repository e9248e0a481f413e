--- Where a guard counts: in this process, in an ngx.shared dict, or in a database.
--
-- Tested in spec/guard/options_spec.lua.

local databases = require("vertexsms.store")
local errors = require("vertexsms.error")
local hosts = require("vertexsms.host")
local location = require("vertexsms.guard.location")
local process = require("vertexsms.guard.counters.process")
local program = require("vertexsms.host.program")
local shared = require("vertexsms.guard.counters.shared")
local shown = require("vertexsms.base.shown")
local stores = require("vertexsms.guard.counters.store")

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

local function in_store(option, host)
  local made, err = stores.open(option, host or hosts.pick())
  return made, err and errors.within(err, "guard")
end

--- The counters that an option names.
---@param option any
---@param needs_counters boolean
---@param host table|nil that waits for a store
---@return vertexsms.guard.Counters|nil
---@return vertexsms.Error|nil
function M.of(option, needs_counters, host)
  if option == nil then return in_process(needs_counters) end
  if shared.is_dict(option) then return shared.new(option) end
  local dict = type(option) == "string" and program.shared_dict(option)
  if dict then return shared.new(dict) end
  if location.is_location(option) or databases.is_store(option) then return in_store(option, host) end
  if type(option) ~= "string" then
    return refuse(("must be an ngx.shared dict, its name, a path or a postgresql:// URL, not %s")
      :format(shown.type_and_value(option)))
  end
  return refuse(("is %s, which is neither the name of a lua_shared_dict nor a path such as /var/lib/shop/guard.db")
    :format(shown.text(option)))
end

return M
