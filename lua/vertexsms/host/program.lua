--- The program that runs us, beyond how it waits: what nginx knows, and what takes its place elsewhere.
--
-- Asked each time: a module may be loaded before nginx forks its workers. Tested in spec/host/program_spec.lua and, in
-- nginx, in spec/host/nginx_tracking_spec.lua.

local core = require("vertexsms.base.core")

local M = {}

local function of_nginx(name)
  local ngx = rawget(_G, "ngx")
  return type(ngx) == "table" and ngx[name] or nil
end

--- Writes a line to the error log: nginx's, or stderr.
---@param line string
function M.log(line)
  local log = of_nginx("log")
  if log then return log(rawget(_G, "ngx").ERR, line) end
  io.stderr:write(line, "\n")
end

--- The same within a request whose URL has a secret: nginx would write the URL beside the line.
---@param line string
function M.log_without_request(line)
  if not of_nginx("log") then return M.log(line) end
  require("vertexsms.host.nginx.log").error(line)
end

--- How many processes share the work.
---@return integer
function M.workers()
  local worker = of_nginx("worker")
  return worker and worker.count and worker.count() or 1
end

--- Is this the process that the workers are yet to be forked from? It is root, and they are not.
---@return boolean
function M.is_master()
  local phase = of_nginx("get_phase")
  return phase ~= nil and phase() == "init"
end

--- Is this a worker that ends after what is under way? What runs for ever must end by itself there.
---@return boolean
function M.is_exiting()
  local worker = of_nginx("worker")
  return worker ~= nil and worker.exiting ~= nil and worker.exiting()
end

--- Memory that all workers see.
---@param name string of a lua_shared_dict
---@return table|nil dict
function M.shared_dict(name)
  local shared = of_nginx("shared")
  return shared and shared[name]
end

--- A function that gives the number of the process that runs; nginx's own costs LuaJIT next to nothing.
---@return fun(): integer
function M.process_id_source()
  local worker = of_nginx("worker")
  return worker and worker.pid or core.process_id
end

return M
