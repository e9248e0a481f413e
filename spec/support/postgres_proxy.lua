--- A proxy between a store and PostgreSQL that loses what it is told to lose, for one spec.
--
--     local proxy = proxies.start(server.port)     -- in the spec
--     proxy:tell("cut after")
--
-- It runs in a process of its own: luajit spec/support/postgres_proxy.lua SERVER_PORT. Its first line on stdout is its
-- port and the port where it is told what becomes of the next COMMIT:
--     cut before     it is not passed on, and the connection is cut
--     cut after      it is passed on, and the connection is cut in place of the answer
--     cut at once    it is passed on, and the connection is cut without waiting for the answer
--     cut late       the connection is cut, and it is kept
--     pass late      now it is passed on, where one was kept, and the server's answer is waited for
--     cut for good   as "cut after", and then silence
--     silence        nothing is passed on any more, in no direction
--     pass           all is passed on

local M = {}

local CHUNK = 65536

-- ---- in the spec

local Proxy = {}
Proxy.__index = Proxy

---@param server_port integer
---@param limit integer|nil seconds that it may live
function M.start(server_port, limit)
  local process = require("spec.support.process")
  local started = process.start({ process.lua(), "spec/support/postgres_proxy.lua", server_port },
    { limit = limit or 120 })
  local port, control = started:expect("^(%d+) (%d+)$")
  return setmetatable({ process = started, port = port, control = control }, Proxy)
end

--- Returns when the proxy knows it.
function Proxy:tell(what)
  local peer, reason = require("socket").connect("127.0.0.1", self.control)
  if not peer then error(("the proxy is gone: %s\n%s"):format(reason, self:stop() or self.process:output()), 2) end
  assert(peer:send(what .. "\n"))
  assert(peer:receive("*l") == "ok")
  peer:close()
end

function Proxy:stop() self.process:stop() end

-- ---- in its own process

local mode, late = "pass", nil

local function quiet(peer)
  peer:setmode("bn", "bn")
  peer:onerror(function(_, _, why) return why end)
  return peer
end

local function close(link)
  link.client:shutdown()
  link.server:shutdown()
end

-- The message that prepares a COMMIT, as libpq's pipeline sends it.
local function has_commit(octets) return octets:find("\0COMMIT\0", 1, true) ~= nil end

local function read(peer)
  local octets = peer:xread(-CHUNK)
  return octets ~= "" and octets or nil
end

-- What is done with octets of the client that have a COMMIT in them.
local LOSE = {
  ["cut before"] = close,
  ["cut after"] = function(link, octets)
    link.is_deaf = true
    link.server:xwrite(octets, "bn")
  end,
  ["cut late"] = function(link, octets)
    link.is_deaf, late = true, { link = link, octets = octets }
    link.client:shutdown()
  end,
  ["cut for good"] = function(link, octets)
    link.is_deaf, mode = true, "silence"
    link.server:xwrite(octets, "bn")
  end,
  ["cut at once"] = function(link, octets)
    link.server:xwrite(octets, "bn")
    close(link)
  end,
}

local function to_server(link)
  for octets in function() return read(link.client) end do
    local lose = has_commit(octets) and LOSE[mode]
    if lose then
      mode = "pass"
      lose(link, octets)
    elseif mode ~= "silence" and not link.server:xwrite(octets, "bn") then
      break
    end
  end
  if not link.is_deaf then close(link) end
end

local function to_client(link)
  for octets in function() return read(link.server) end do
    if link.is_deaf then break end
    if mode ~= "silence" and not link.client:xwrite(octets, "bn") then break end
  end
  close(link)
  link.has_ended = true
  link.server_has_ended:signal()
end

local function pass_late()
  local kept = late
  late = nil
  if not kept or not kept.link.server:xwrite(kept.octets, "bn") then return end
  if not kept.link.has_ended then kept.link.server_has_ended:wait() end
end

local function control(peer)
  local line = peer:xread("*l")
  if line == "pass late" then pass_late() elseif line then mode = line end
  peer:xwrite("ok\n", "bn")
  peer:shutdown()
end

local function serve(server_port)
  local cqueues, socket, condition = require("cqueues"), require("cqueues.socket"), require("cqueues.condition")
  local queue = cqueues.new()
  local function listen(handle)
    local listener = assert(socket.listen({ host = "127.0.0.1", port = 0, nodelay = true }))
    assert(listener:listen())
    queue:wrap(function()
      while true do handle(quiet(listener:accept({ nodelay = true }))) end
    end)
    return (select(3, listener:localname()))
  end
  local port = listen(function(client)
    local link = { client = client, server_has_ended = condition.new() }
    link.server = quiet(socket.connect({ host = "127.0.0.1", port = tonumber(server_port), nodelay = true }))
    queue:wrap(to_server, link)
    queue:wrap(to_client, link)
  end)
  local told = listen(function(peer) queue:wrap(control, peer) end)
  print(("%d %d"):format(port, told))
  io.stdout:flush()
  assert(queue:loop())
end

if arg and arg[0] and arg[0]:find("postgres_proxy.lua", 1, true) then serve(arg[1]) end

return M
