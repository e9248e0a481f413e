--- The core, of the same version as these files. Every other module gets it here.
--
-- After an upgrade the two may differ: `nginx -s reload` reads the Lua files anew, but a core that its master process
-- has loaded (init_by_lua) stays, because dlopen knows it by its path. Tested in spec/regress/core_version_spec.lua.

-- The core's is VSMS_VERSION in csrc/vsms/base.h; where the two differ, nothing runs.
local VERSION = "0.1.0"

local DIFFERENT = "vertexsms: the Lua files are of version %s, but the core that is loaded is of version %s. Restart"
  .. " the program after an upgrade: nginx must be stopped and started, because a reload keeps the old core. If that"
  .. " does not help, install both again from one release."

-- Of a module that failed once, Lua 5.1 says nothing more the next time than that it did.
local function refuse(reason)
  package.loaded["vertexsms.base.core"] = nil
  error(reason, 0)
end

local is_loaded, core = pcall(require, "vertexsms.core")
if not is_loaded then refuse(core) end
if core.version ~= VERSION then refuse(DIFFERENT:format(VERSION, tostring(core.version))) end

return core
