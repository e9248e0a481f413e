--- nginx's error log, for what belongs to no request.
--
-- ngx.log names the request of the Lua thread that runs. The garbage collector runs in whatever thread needs memory,
-- and at the end of a worker in the VM's own: that still has the last request of a log_by_lua or the like, long freed.
-- To name it can crash the worker.
--
-- Tested in spec/host/nginx_queue_spec.lua.

local ngx = rawget(_G, "ngx")

local M = {}

-- Where nginx keeps the request; OpenResty's LuaJIT has it.
local has_place, place = pcall(require, "thread.exdata")
local has_ffi, ffi = pcall(require, "ffi")
local no_request = has_place and has_ffi and ffi.cast("void *", 0)

local function write(level, ...)
  if not no_request then return ngx.log(level, ...) end
  local request = place()
  place(no_request)
  ngx.log(level, ...)
  place(request)
end

--- Writes a warning.
---@param ... string
function M.warn(...) write(ngx.WARN, ...) end

--- Writes an error.
---@param ... string
function M.error(...) write(ngx.ERR, ...) end

return M
