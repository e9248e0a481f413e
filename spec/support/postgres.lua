--- Real PostgreSQL servers for the specs: each in a folder of its own, on a unix socket and on loopback.
--
-- initdb takes seconds, so it is run once: its folder is kept in build/ and copied. A server refuses to be root's; it
-- runs then as the user that Debian's package makes.

local core = require("vertexsms.core")
local await = require("spec.support.await")
local process = require("spec.support.process")
local socket = require("socket")

local M = {}

local LIMIT = 120
local SUPERUSER, OWNER, DATABASE, PASSWORD = "keeper", "shop", "shop", "pass/word"

-- A commit is not on the disk here, but it is in the system's memory: what is killed are processes.
local SETTINGS = {
  fsync = "off", log_min_messages = "log", log_checkpoints = "off", max_connections = 40, shared_buffers = "16MB",
  autovacuum = "off", unix_socket_permissions = "0777", wal_level = "replica", max_wal_senders = 4,
  hot_standby = "on", wal_receiver_status_interval = 1, listen_addresses = "127.0.0.1",
  deadlock_timeout = "100ms",
}

local ACCESS = [[
local all all trust
host all guarded 127.0.0.1/32 scram-sha-256
host all all 127.0.0.1/32 trust
host replication all 127.0.0.1/32 trust
]]

local MORE = ([[
CREATE ROLE %s LOGIN;
CREATE ROLE guarded LOGIN PASSWORD '%s';
CREATE DATABASE %s OWNER %s;
]]):format(OWNER, PASSWORD, DATABASE, OWNER)

local function first_line(command)
  return process.lines_of(command)[1]
end

local BIN = first_line("ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1")
  or first_line("dirname $(command -v initdb) 2>/dev/null")

local IS_ROOT = first_line("id -u") == "0"

--- Is there a core with it, and a server?
M.is_there = core.stores.postgresql and BIN ~= nil and BIN ~= ""

--- Are the specs that take seconds run on this Lua? On LuaJIT, and on the one that sanitizers bring along.
M.are_wanted = M.is_there and (process.lua() == "luajit" or process.lua():find("/", 1, true) ~= nil)

local function run(command)
  local code, output, errors = process.run({ "sh", "-c", command })
  assert(code == 0, output .. errors)
  return output
end

local AS_SERVER = IS_ROOT and "setpriv --reuid=postgres --regid=postgres --clear-groups " or ""

local function give_to_server(path)
  if IS_ROOT then run(("chown -R postgres:postgres %s"):format(path)) end
end

-- In memory where there is such a folder, unless another one is named.
local function new_folder(base)
  base = base or first_line("test -w /dev/shm && echo /dev/shm") or "/tmp"
  local folder = ("%s/vertexsms-postgres-%s"):format(base, core.random_hex(6))
  run("mkdir -m 755 " .. folder)
  return folder
end

local function write(path, content)
  local file = assert(io.open(path, "wb"))
  file:write(content)
  file:close()
end

local function make_template(path)
  local folder = new_folder()
  give_to_server(folder)
  run(("cd / && %s%s/initdb -D %s/data -U %s -A trust -E UTF8 --locale=C --no-sync --wal-segsize=1"):format(
    AS_SERVER, BIN, folder, SUPERUSER))
  for statement in MORE:gmatch("[^\n]+") do
    write(folder .. "/sql", statement)
    run(("cd / && %s%s/postgres --single -D %s/data postgres <%s/sql"):format(AS_SERVER, BIN, folder, folder))
  end
  write(folder .. "/data/pg_hba.conf", ACCESS)
  local copy = path .. "-" .. core.random_hex(4) -- on the same file system, so that it is there at once or not at all
  run(("cp -a %s/data %s && mv -nT %s %s; rm -rf %s %s"):format(folder, copy, copy, path, copy, folder))
end

local function template()
  local path = ("build/postgres-%s-%s"):format(BIN:match("(%d+)/bin$") or "x", IS_ROOT and "root" or "own")
  if not first_line("ls -d " .. path .. "/PG_VERSION 2>/dev/null") then
    run("mkdir -p build")
    make_template(path)
  end
  return path
end

local function free_port()
  local server = assert(socket.bind("127.0.0.1", 0))
  local _, port = server:getsockname()
  server:close()
  return port
end

local Server = {}
Server.__index = Server

local function settings_of(server)
  local lines = {}
  for name, value in pairs(SETTINGS) do lines[name] = value end
  for name, value in pairs(server.settings) do lines[name] = value end
  local words = {}
  for name, value in pairs(lines) do
    words[#words + 1] = "-c"
    words[#words + 1] = ("%s=%s"):format(name, value)
  end
  return words
end

--- Starts it, or starts it again.
function Server:run()
  local words = { "-D", self.data, "-p", self.port, "-k", self.folder }
  for _, word in ipairs(settings_of(self)) do words[#words + 1] = word end
  local command = { "sh", "-c", ("cd / && exec %s%s/postgres \"$@\""):format(AS_SERVER, BIN), "sh" }
  for _, word in ipairs(words) do command[#command + 1] = word end
  self.process = process.start(command, { limit = self.limit })
  self.process:expect("ready to accept") -- "read-only connections", of a standby
  self.pid = first_line(("head -n 1 %s/postmaster.pid"):format(self.data))
end

local function new_server(settings, options)
  local server = setmetatable({
    folder = new_folder(options and options.base), port = free_port(), settings = settings or {},
    limit = options and options.limit or LIMIT,
  }, Server)
  server.data = server.folder .. "/data"
  return server
end

--- A server with an empty database.
---@param settings table<string, any>|nil of postgresql.conf
---@param options { base: string|nil, limit: integer|nil }|nil the folder that its own is made in; how long it may live
function M.start(settings, options)
  local server = new_server(settings, options)
  run(("cp -a %s %s"):format(template(), server.data))
  give_to_server(server.folder)
  server:run()
  return server
end

--- A standby of a server, under a name that its `synchronous_standby_names` may have.
function M.start_standby(primary, name, settings)
  local server = new_server(settings)
  give_to_server(server.folder)
  run(("cd / && %s%s/pg_basebackup -h 127.0.0.1 -p %d -U %s -D %s --checkpoint=fast --no-sync -X stream"):format(
    AS_SERVER, BIN, primary.port, SUPERUSER, server.data))
  write(server.data .. "/standby.signal", "")
  server.settings.primary_conninfo =
    ("host=127.0.0.1 port=%d user=%s application_name=%s"):format(primary.port, SUPERUSER, name)
  give_to_server(server.folder)
  server:run()
  return server
end

--- The URL of its socket.
function Server:url(database)
  return ("postgresql://%s@/%s?host=%s&port=%d"):format(OWNER, database or DATABASE, self.folder, self.port)
end

--- The URL of its port on loopback, or of another, which leads to it.
function Server:tcp_url(port)
  local url = "postgresql://%s@127.0.0.1:%d/%s?sslmode=disable&gssencmode=disable"
  return url:format(OWNER, port or self.port, DATABASE)
end

--- The URL of several servers, of which one takes writes.
function M.url_of(servers)
  local hosts = {}
  for i, server in ipairs(servers) do hosts[i] = "127.0.0.1:" .. server.port end
  return ("postgresql://%s@%s/%s?sslmode=disable&gssencmode=disable&target_session_attrs=read-write"):format(OWNER,
    table.concat(hosts, ","), DATABASE)
end

M.PASSWORD, M.DATABASE, M.OWNER = PASSWORD, DATABASE, OWNER

--- What psql prints, line by line, as the owner of everything.
function Server:query(sql)
  local quoted = sql:gsub("'", "'\\''")
  local output = run(("%s/psql -h %s -p %d -U %s -XAtq -v ON_ERROR_STOP=1 -c '%s' %s"):format(BIN, self.folder,
    self.port, SUPERUSER, quoted, DATABASE))
  local lines = {}
  for line in output:gmatch("[^\n]+") do lines[#lines + 1] = line end
  return lines
end

--- Makes another database, and returns its URL.
function Server:new_database()
  local name = "shop_" .. core.random_hex(4)
  self:query(("CREATE DATABASE %s OWNER %s"):format(name, OWNER))
  return self:url(name)
end

--- Forgets all tables.
function Server:clear()
  self:query(("ALTER ROLE %s RESET ALL"):format(OWNER))
  self:query(("ALTER ROLE %s CONNECTION LIMIT -1"):format(OWNER))
  self:query(("DROP OWNED BY %s CASCADE"):format(OWNER))
  self:query(("GRANT ALL ON SCHEMA public TO %s"):format(OWNER))
end

-- The postmaster's and its children's: they end by themselves, but later.
local function pids_of(server)
  local pids = process.lines_of(("ps -o pid= --ppid %s 2>/dev/null"):format(server.pid))
  pids[#pids + 1] = server.pid
  return pids
end

local function is_gone(pids)
  return #process.lines_of(("ps -o pid= -p %s 2>/dev/null"):format(table.concat(pids, ","):gsub(" ", ""))) == 0
end

local function finish(server, signal, pids)
  os.execute(("kill -s %s %s 2>/dev/null"):format(signal, server.pid))
  if signal == "KILL" then os.execute("kill -s KILL " .. table.concat(pids, " ") .. " 2>/dev/null") end
  assert(await(function() return is_gone(pids) end, 20), "PostgreSQL does not end")
  server.process:wait()
  server.pid = nil
end

--- Ends it as an administrator does: sessions are ended.
function Server:shut_down() finish(self, "INT", pids_of(self)) end

--- Ends it, and all sessions, as a loss of power does.
function Server:kill() finish(self, "KILL", pids_of(self)) end

--- Returns when a standby of that name is one whose word is waited for.
function Server:await_standby(name)
  local sql = ("SELECT 1 FROM pg_stat_replication WHERE application_name = '%s' AND sync_state = 'sync'"):format(name)
  assert(await(function() return self:query(sql)[1] end, 30), "the standby does not come")
end

--- Makes a primary of a standby.
function Server:promote()
  self:query("SELECT pg_promote(true)")
end

--- Ends it, and takes its files away.
function Server:remove()
  if self.pid then self:kill() end
  os.execute("rm -rf " .. self.folder)
end

return M
