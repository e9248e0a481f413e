--- A real nginx for a spec: a folder, a port and workers of its own, unprivileged, stopped by pid.

local socket = require("socket")

local M = {}

local Nginx = {}
local running = {}
Nginx.__index = Nginx

local function run(command)
  local status = os.execute(command)
  return status == true or status == 0
end

local function read(path)
  local file = io.open(path)
  if not file then return nil end
  local text = file:read("*a")
  file:close()
  return text
end

local function free_port()
  local server = assert(socket.bind("127.0.0.1", 0))
  local _, port = server:getsockname()
  server:close()
  return port
end

local function absolute(path)
  local pipe = assert(io.popen("realpath " .. path))
  local line = pipe:read("*l")
  pipe:close()
  return line
end

local CONF = [[
load_module /usr/lib/nginx/modules/ndk_http_module.so;
load_module /usr/lib/nginx/modules/ngx_http_lua_module.so;
daemon on;
user nobody nogroup;
worker_processes $workers;
pid $folder/pid;
error_log $folder/error.log info;
$main
events { worker_connections 4096; }
http {
  access_log off;
  client_body_temp_path $folder/body; proxy_temp_path $folder/proxy; fastcgi_temp_path $folder/fastcgi;
  uwsgi_temp_path $folder/uwsgi; scgi_temp_path $folder/scgi;
  lua_package_path "$root/lua/?.lua;$root/lua/?/init.lua;$root/?.lua;;";
  lua_package_cpath "$root/build/luajit/?.so;;";
  $http
  server {
    listen 127.0.0.1:$port backlog=1024;
    $server
  }
}
]]

-- nginx is in a session of its own: neither Ctrl-C nor the death of the specs' process, however it comes, would end it.
-- A process that died is not a link to its program any more, even while it waits to be reaped.
local WATCH = [[(
  trap '' HUP
  while [ -e /proc/$nginx/exe ]; do
    [ -e /proc/$specs/exe ] || { rm -rf $folder; kill $nginx; }
    sleep 0.5
  done
) </dev/null >/dev/null 2>&1 &]]

local function launch(folder, port, prefix)
  local self = setmetatable({ folder = folder, port = port }, Nginx)
  if not run(("%snginx -p %s -c nginx.conf 2>%s/start.log"):format(prefix or "", folder, folder)) then
    error("nginx did not start: " .. tostring(read(folder .. "/start.log")) .. tostring(read(folder .. "/error.log")))
  end
  running[self] = true
  run((WATCH:gsub("%$(%l+)", { nginx = self:pid(), specs = read("/proc/self/stat"):match("%d+"), folder = folder })))
  return self
end

--- Starts one. `options`: workers (1), main, http and server (configuration text; in the latter two $folder, $root and
-- $port are known).
---@return table nginx with port, folder
function M.start(options)
  local folder = os.tmpname()
  os.remove(folder)
  assert(run(("mkdir -m 755 %s"):format(folder)))
  local values = {
    folder = folder, root = absolute("."), port = tostring(free_port()), workers = tostring(options.workers or 1),
  }
  values.main = options.main or ""
  values.http = (options.http or ""):gsub("%$(%l+)", values)
  values.server = options.server:gsub("%$(%l+)", values)
  local file = assert(io.open(folder .. "/nginx.conf", "w"))
  file:write((CONF:gsub("%$(%l+)", values)))
  file:close()
  return launch(folder, tonumber(values.port))
end

-- A file that has paths of its own keeps them: ours come first.
local function with_paths(text)
  local ours = ("$root/lua/?.lua;$root/lua/?/init.lua;"):gsub("%$root", absolute("."))
  local native = ('lua_package_cpath "%s/build/luajit/?.so;;";'):format(absolute("."))
  local count
  text, count = text:gsub('lua_package_path "', "%0" .. ours)
  if count == 0 then native = native .. ('\nlua_package_path "%s;";'):format(ours) end
  return (text:gsub("\nhttp {", "%0\n" .. native))
end

--- Starts a configuration file as it stands, but for its port and where Lua finds the modules. The Lua files beside it
-- come along.
---@param path string
---@param port integer that the file has
---@param environment table<string, string>
---@return table nginx
function M.start_file(path, port, environment)
  local folder = os.tmpname()
  os.remove(folder)
  assert(run(("mkdir -m 755 %s && mkdir -m 777 %s/body"):format(folder, folder)))
  run(("cp %s/*.lua %s 2>/dev/null"):format(path:match("^(.*)/"), folder))
  local free = free_port()
  local text = read(path):gsub("127%.0%.0%.1:" .. port, "127.0.0.1:" .. free)
  text = "user nobody nogroup;\n" .. with_paths((text:gsub("pid nginx.pid", "pid pid")))
  local file = assert(io.open(folder .. "/nginx.conf", "w"))
  file:write(text)
  file:close()
  local variables = {}
  for name, value in pairs(environment) do variables[#variables + 1] = ("%s='%s'"):format(name, value) end
  return launch(folder, free, ("env %s "):format(table.concat(variables, " ")))
end

--- A request; returns status, body and headers as luasocket has them.
function Nginx:get(path, body)
  local http, ltn12 = require("socket.http"), require("ltn12")
  http.TIMEOUT = 60
  local chunks = {}
  local _, status, headers = http.request({
    url = ("http://127.0.0.1:%d%s"):format(self.port, path), sink = ltn12.sink.table(chunks),
    method = body and "POST" or "GET", source = body and ltn12.source.string(body) or nil,
    headers = body and { ["Content-Length"] = tostring(#body) } or nil,
  })
  return status, table.concat(chunks), headers
end

function Nginx:log() return read(self.folder .. "/error.log") or "" end

function Nginx:pid() return tonumber((read(self.folder .. "/pid") or ""):match("%d+")) end

--- The worker processes' pids.
function Nginx:workers()
  local pids = {}
  local pipe = assert(io.popen(("pgrep -P %d"):format(self:pid())))
  for line in pipe:lines() do pids[#pids + 1] = tonumber(line) end
  pipe:close()
  return pids
end

--- "reload", "quit" or "stop".
function Nginx:signal(name)
  return run(("nginx -p %s -c nginx.conf -s %s 2>/dev/null"):format(self.folder, name))
end

--- Waits until a process has gone; false after that many seconds.
function M.await_end(pid, seconds)
  -- A zombie is no more; some init processes take seconds to look for theirs.
  local living = ("kill -0 %d 2>/dev/null && ! grep -qs 'State:.Z' /proc/%d/status"):format(pid, pid)
  return run(('timeout %d sh -c "while %s; do sleep 0.02; done"'):format(seconds, living))
end

--- Ends every nginx that a failed spec has left.
function M.stop_all()
  for self in pairs(running) do self:stop() end
end

--- Ends it, gracefully with "quit"; returns whether it ended within ten seconds.
function Nginx:stop(how)
  local pid = self:pid()
  running[self] = nil
  if not pid then return true end
  self:signal(how or "stop")
  local ended = M.await_end(pid, 10)
  if not ended then run(("kill -KILL %d; pkill -KILL -P %d"):format(pid, pid)) end
  self.last_log = self:log()
  run("rm -rf " .. self.folder)
  return ended
end

return M
