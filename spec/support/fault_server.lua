--- A server that misbehaves on purpose, in ways told by the port that is asked, and counts what it received.
--
--     luajit spec/support/fault_server.lua [--tls DIR] [--seed N]
--
-- Its first line on stdout is {"pid":…,"control":PORT,"ports":{"scenario":PORT,…},"tls_ports":{…}}; then it
-- serves on loopback until a signal, until its parent or the reader of its stdout is gone, or for ten
-- minutes. DIR holds the certificates; if it has none they are made there, and removed at the end with DIR
-- itself. fault_server/README.md lists the scenarios.

local here = arg[0]:match("^(.*)/[^/]*$") or "."
package.path = here .. "/?.lua;" .. package.path

local cjson = require("cjson")
local cqueues = require("cqueues")
local luasocket = require("socket")
local signal = require("cqueues.signal")
local socket = require("cqueues.socket")
local certificates = require("certificates")
local connection = require("fault_server.connection")
local control = require("fault_server.control")
local handshakes = require("fault_server.handshakes")
local kernel = require("fault_server.kernel")
local ledger = require("fault_server.ledger")

local LIFETIME_SECONDS = 180
local PARENT_CHECK_SECONDS = 0.1

local Server = {}
Server.__index = Server

local function new_server(options)
  local self = setmetatable({
    queue = cqueues.new(),
    ledger = ledger.new(),
    seed = options.seed,
    ports = { plain = {}, tls = {} },
    contexts = options.tls and certificates.contexts(options.tls) or nil,
    kept = {},
  }, Server)
  self:reset()
  return self
end

function Server:reset()
  self.ledger:reset()
  self.turns = {}
  self.numbers = {}
end

--- The end that the scenario die-midway asks for.
function Server:die()
  io.stdout:write(self.ledger:json(), "\n")
  io.stdout:flush()
  kernel.die(9)
end

--- Runs `work` in a coroutine of its own, where an error ends nothing but itself.
function Server:spawn(what, work)
  self.queue:wrap(function()
    local ok, why = xpcall(work, debug.traceback)
    if not ok then
      io.stderr:write(("fault server: %s: %s\n"):format(what, tostring(why)))
    end
  end)
end

--- Listens on a free port and calls `serve(socket)` for each connection.
function Server:listen(what, serve)
  local listener = assert(socket.listen({ host = "127.0.0.1", port = 0, nodelay = true }))
  assert(listener:listen())
  listener:onerror(function(_, _, why)
    return why
  end)
  self:spawn(what, function()
    while true do
      local accepted = listener:accept({ nodelay = true })
      if accepted then
        self:spawn(what, function()
          serve(accepted)
        end)
      else
        -- Out of descriptors, most likely: connections that end give some back.
        listener:clearerr()
        cqueues.sleep(0.02)
      end
    end
  end)
  local _, _, port = listener:localname()
  return port
end

--- Counts the connections to a scenario since the last reset: chaos depends on it.
function Server:number(transport, scenario)
  local key = transport .. "/" .. scenario
  self.numbers[key] = (self.numbers[key] or 0) + 1
  return self.numbers[key]
end

--- Offers one scenario on one transport. `options`: serve, and over TLS context, or raw in place of both.
function Server:offer(transport, scenario, options)
  self.ledger:entry(transport, scenario)
  self.ports[transport][scenario] = self:listen(scenario, function(accepted)
    local peer = connection.new({
      socket = accepted,
      server = self,
      scenario = scenario,
      transport = transport,
      number = self:number(transport, scenario),
    })
    peer:entry():add("connections", 1)
    if options.raw then
      options.raw(peer)
    elseif not options.context or peer:handshake(self.contexts[options.context]) then
      options.serve(peer)
    end
    peer:close()
  end)
end

--- A bound port where nothing listens: connecting to it is refused, and no other process can get it meanwhile.
function Server:offer_refused()
  local bound = assert(luasocket.tcp())
  assert(bound:bind("127.0.0.1", 0))
  self.kept[#self.kept + 1] = bound
  local _, port = bound:getsockname()
  return tonumber(port)
end

--- A listening port whose backlog is full and stays so: the kernel leaves further SYNs unanswered.
function Server:offer_connect_timeout()
  local listener = assert(luasocket.tcp())
  assert(listener:bind("127.0.0.1", 0))
  assert(listener:listen(0))
  self.kept[#self.kept + 1] = listener
  local _, port = listener:getsockname()
  for _ = 1, 64 do
    local filler = assert(luasocket.tcp())
    filler:settimeout(0.1)
    self.kept[#self.kept + 1] = filler
    if not filler:connect("127.0.0.1", port) then
      return tonumber(port)
    end
  end
  error("the backlog of a listening socket does not fill on this system")
end

local SCENARIO_FILES = { "endings", "cuts", "heads", "bodies", "statuses", "delays", "chaos", "surplus" }

function Server:offer_all()
  local refused, unanswered = self:offer_refused(), self:offer_connect_timeout()
  for transport, ports in pairs(self.ports) do
    if transport == "plain" or self.contexts then
      for _, file in ipairs(SCENARIO_FILES) do
        for scenario, serve in pairs(require("fault_server." .. file)) do
          self:offer(transport, scenario, { serve = serve, context = transport == "tls" and "good" })
        end
      end
      for scenario, port in pairs({ ["refused"] = refused, ["connect-timeout"] = unanswered }) do
        ports[scenario] = port
        self.ledger:entry(transport, scenario)
      end
    end
  end
  for scenario, options in pairs(self.contexts and handshakes or {}) do
    self:offer("tls", scenario, options)
  end
end

--- Serves until its parent has gone or time is over; a signal ends the process by itself.
function Server:run()
  local parent = kernel.parent_pid()
  local over = cqueues.monotime() + LIFETIME_SECONDS
  repeat
    local ok, why = self.queue:step(PARENT_CHECK_SECONDS)
    if not ok then
      io.stderr:write(("fault server: %s\n"):format(tostring(why)))
    end
  until cqueues.monotime() > over or kernel.parent_pid() ~= parent or kernel.unheard()
end

local function read_options(words)
  local options = { seed = 1 }
  local index = 1
  while words[index] do
    local value = words[index + 1]
    if words[index] == "--tls" and value then
      options.tls = value
    elseif words[index] == "--seed" and tonumber(value) then
      options.seed = tonumber(value)
    else
      io.stderr:write("usage: luajit fault_server.lua [--tls DIR] [--seed N]\n")
      os.exit(2)
    end
    index = index + 2
  end
  return options
end

local function main()
  signal.ignore(signal.SIGPIPE)
  -- LuaJIT's own SIGINT handler waits for Lua code to run; the plain one ends a process that waits for
  -- sockets.
  signal.default(signal.SIGINT)
  local options = read_options(arg)
  local temporary = options.tls and not certificates.exist(options.tls)
  if temporary then
    certificates.make(options.tls)
  end
  local server = new_server(options)
  server:offer_all()
  local control_port = server:listen("control", function(accepted)
    control.serve(accepted, server)
  end)
  io.stdout:write(cjson.encode({
    pid = kernel.pid(),
    control = control_port,
    ports = server.ports.plain,
    tls_ports = server.ports.tls,
  }), "\n")
  io.stdout:flush()
  server:run()
  if temporary then
    certificates.remove(options.tls)
  end
end

main()
