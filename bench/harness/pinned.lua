--- An nginx with one worker, on processors of its own.

local socket = require("socket")
local nginxes = require("spec.support.nginx")
local command = require("bench.harness.command")

local M = {}

local SECONDS = 10

-- nginx has said that it started before its worker is there.
local function await_worker(nginx)
  local deadline = socket.gettime() + SECONDS
  repeat
    local pid = nginx:workers()[1]
    if pid then return pid end
    socket.sleep(0.01)
  until socket.gettime() > deadline
  error("nginx has no worker: " .. nginx:log(), 0)
end

--- Starts one; `options` as in spec/support/nginx.lua. Its worker's pid is in the field `worker`.
---@param options table
---@param cpus string
---@return table nginx
function M.start(options, cpus)
  local nginx = nginxes.start(options)
  nginx.worker = await_worker(nginx)
  command.must(("taskset -a -c -p %s %d"):format(cpus, nginx.worker))
  return nginx
end

return M
