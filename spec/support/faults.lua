--- Starts a fault server for a spec and asks it what it has seen. Every wait in here has a bound.
--
--     local faults = require "spec.support.faults".start { tls = true, seed = 7 }
--     local client = vertexsms.new { base_url = faults:url("reused-close"), token = "t" }
--     …
--     assert.equal(2, faults:seen("reused-close").requests)
--     faults:stop()

local cjson = require("cjson")
local luasocket = require("socket")

local CONTROL_SECONDS = 10
local HERE = debug.getinfo(1, "S").source:match("^@(.*)/[^/]*$") or "."

local Faults = {}
Faults.__index = Faults

local faults = {}
local running = {}

local function quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

-- What `os.execute` and the like say differs between 5.1 and 5.2; only "it went well" is of interest.
local function run(command)
  local status = os.execute(command)
  return status == true or status == 0
end

local function make_folder()
  local path = os.tmpname()
  os.remove(path)
  assert(run("mkdir -m 700 " .. quote(path)), "cannot make " .. path)
  return path
end

-- cjson's numbers are floats to Lua 5.3 and later; some libraries want a port that is an integer.
local function whole_numbers(value)
  if type(value) == "number" then
    return math.floor(value)
  elseif type(value) == "table" then
    for key, inner in pairs(value) do
      value[key] = whole_numbers(inner)
    end
  end
  return value
end

-- The server's environment must not be that of the Lua under test: its modules are another Lua's, and a
-- preloaded sanitizer is for the code under test.
local CLEAN = "exec env -u LUA_INIT -u LUA_PATH -u LUA_CPATH -u LUA_INIT_5_1 -u LUA_PATH_5_1 -u LUA_CPATH_5_1"
  .. " -u LD_PRELOAD luajit "

--- Starts a server. `options`: tls (also offer everything over TLS), seed (of the chaos scenario).
function faults.start(options)
  options = options or {}
  local folder = options.tls and make_folder() or nil
  local command = CLEAN .. quote(HERE .. "/fault_server.lua") .. (" --seed %d"):format(options.seed or 1)
  if folder then
    command = command .. " --tls " .. quote(folder)
  end
  local pipe = assert(io.popen(command .. " </dev/null", "r"))
  -- The line comes, or the process ends and the pipe with it: this cannot wait for ever.
  local line = pipe:read("*l")
  if not line then
    pipe:close()
    error("the fault server did not start: it needs luajit, lua-cqueues, lua-luaossl, lua-cjson, lua-socket")
  end
  local ready = whole_numbers(cjson.decode(line))
  local self = setmetatable({
    pid = ready.pid,
    control = ready.control,
    ports = ready.ports,
    tls_ports = ready.tls_ports,
    folder = folder,
    ca_file = folder and folder .. "/ca.pem",
    pipe = pipe,
  }, Faults)
  -- A spec that fails does not come to its stop, and a pipe that is collected waits for its process.
  running[self] = true
  return self
end

--- Ends every server that a failed spec has left.
function faults.stop_all()
  for self in pairs(running) do self:stop() end
end

--- The port of a scenario; an unknown name is an error, because a spec would otherwise test nothing.
function Faults:port(scenario, options)
  local tls = options and options.tls
  local port = (tls and self.tls_ports or self.ports)[scenario]
  return port or error(("no scenario '%s'%s"):format(scenario, tls and " over TLS" or ""), 2)
end

--- The base URL of a scenario, with `prefix` (as "/503/html") as its path. `options`: tls; host, "127.0.0.1"
-- unless told.
function Faults:url(scenario, prefix, options)
  local scheme = options and options.tls and "https" or "http"
  local host = options and options.host or "127.0.0.1"
  return ("%s://%s:%d%s"):format(scheme, host, self:port(scenario, options), prefix or "")
end

local function ask(self, route)
  local socket = assert(luasocket.tcp())
  socket:settimeout(CONTROL_SECONDS)
  assert(socket:connect("127.0.0.1", self.control))
  assert(socket:send(route .. " HTTP/1.0\r\n\r\n"))
  local answer = assert(socket:receive("*a"))
  socket:close()
  local status, body = answer:match("^HTTP/1%.%d (%d+).-\r\n\r\n(.*)$")
  assert(status == "200", "the fault server's control port answered: " .. answer)
  return whole_numbers(cjson.decode(body))
end

--- All counts: { plain = { [scenario] = entry }, tls = { … } }.
function Faults:ledger()
  return ask(self, "GET /ledger")
end

--- The counts of one scenario.
function Faults:seen(scenario, options)
  self:port(scenario, options)
  return ask(self, ("GET /ledger/%s/%s"):format(options and options.tls and "tls" or "plain", scenario))
end

--- The chaos scenario's book: { processed = { [message] = times accepted }, seen = { [message] = times read
-- }, keys_lost }.
function Faults:chaos()
  return ask(self, "GET /chaos")
end

--- All counts, chaos book and turns to zero.
function Faults:reset()
  ask(self, "POST /reset")
end

--- Waits for the server's death by the scenario die-midway and returns its last ledger.
function Faults:last_ledger()
  local line = self.pipe:read("*l")
  return line and whole_numbers(cjson.decode(line))
end

--- Kills the server as a crash or a power cut would, and leaves it to be reaped by `stop`.
function Faults:kill()
  return run(("kill -KILL %d 2>/dev/null"):format(self.pid))
end

--- Ends the server, reaps it and removes its folder. Twice is fine. It has nothing to tidy up itself, so
-- SIGKILL, which nothing can delay, is the right signal.
function Faults:stop()
  if not self.pipe then
    return
  end
  self:kill()
  self.pipe:close()
  self.pipe = nil
  running[self] = nil
  if self.folder then
    run("rm -rf " .. quote(self.folder))
  end
end

return faults
