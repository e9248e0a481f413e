--- A PostgreSQL that fails at random instants while an outbox works on it: sessions are ended, connections are cut
--- around a commit, the server is restarted and killed.

local postgres = require("spec.support.postgres")
local proxies = require("spec.support.postgres_proxy")

local M = {}

-- Longer than a fault server lives.
local LIMIT = 300

local Place = {}
Place.__index = Place

--- A server with an empty database. `url` leads through a proxy that loses commits, `safe_url` does not.
function M.start()
  local server = postgres.start(nil, { limit = LIMIT })
  local proxy = proxies.start(server.port, LIMIT)
  return setmetatable({
    server = server, proxy = proxy, url = server:tcp_url(proxy.port), safe_url = server:url(), troubles = {},
  }, Place)
end

local function tell(words) return function(place) place.proxy:tell(words) end end

local function end_sessions(place)
  place.server:query(("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '%s'")
    :format(postgres.OWNER))
end

-- How often each happens, of a hundred times; what is left is a time without trouble.
local TROUBLES = {
  { 12, "commits cut before the server", tell("cut before") },
  { 12, "commits cut after the server", tell("cut after") },
  { 12, "commits cut at once", tell("cut at once") },
  { 12, "commits that came late", tell("cut late") },
  { 14, "sessions ended", end_sessions },
  { 8, "restarts", function(place)
    place.server:shut_down()
    place.server:run()
  end },
  { 8, "kills of the server", function(place)
    place.server:kill()
    place.server:run()
  end },
}

--- Lets something go wrong, or nothing.
---@param random fun(): number from 0 to 1
function Place:disturb(random)
  self.proxy:tell("pass late") -- the commit that was kept the last time
  local at = random() * 100
  for _, trouble in ipairs(TROUBLES) do
    at = at - trouble[1]
    if at < 0 then
      trouble[3](self)
      self.troubles[trouble[2]] = (self.troubles[trouble[2]] or 0) + 1
      return
    end
  end
end

--- Nothing is lost any more.
function Place:calm()
  self.proxy:tell("pass late")
  self.proxy:tell("pass")
end

function Place:stop()
  self.proxy:stop()
  self.server:remove()
end

return M
