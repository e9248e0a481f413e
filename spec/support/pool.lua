--- Many coroutines over the engines of several clients, on one thread: a small event loop for the specs, and
-- the shortest example of a host that yields.

local core = require("vertexsms.core")
local socket = require("socket")

local M = {}

local Pool = {}
Pool.__index = Pool

---@return table pool
function M.new()
  return setmetatable({ clients = {}, waiting = {}, sleeping = {}, running = 0 }, Pool)
end

--- Makes a client wait by yielding to this pool.
function Pool:adopt(client)
  local pool = self
  client.host = {
    wait = function(_, ticket)
      pool.waiting[ticket] = coroutine.running()
      coroutine.yield()
    end,
    sleep = function(seconds)
      pool.sleeping[coroutine.running()] = core.now() + seconds
      coroutine.yield()
    end,
    report = function(message) error(message) end,
  }
  self.clients[#self.clients + 1] = client
  return client
end

local function resume(pool, thread)
  local ok, reason = coroutine.resume(thread)
  if coroutine.status(thread) == "dead" then pool.running = pool.running - 1 end
  if not ok then error(debug.traceback(thread, tostring(reason))) end
end

--- Starts work in a coroutine of its own.
function Pool:go(work)
  self.running = self.running + 1
  resume(self, coroutine.create(work))
end

local function readable_parts(pool)
  local parts = {}
  for _, client in ipairs(pool.clients) do
    local fd = client.engine:fd()
    if fd then parts[#parts + 1] = { getfd = function() return fd end } end
  end
  return parts
end

local function wake_sleepers(pool)
  local due, now = {}, core.now()
  for thread, at in pairs(pool.sleeping) do
    if at <= now then due[#due + 1] = thread end
  end
  for _, thread in ipairs(due) do
    pool.sleeping[thread] = nil
    resume(pool, thread)
  end
end

--- Works for at most so long and returns whether something is left to do.
function Pool:step(seconds)
  socket.select(readable_parts(self), nil, next(self.sleeping) and 0.001 or seconds)
  for _, client in ipairs(self.clients) do
    for ticket in function() return client.engine:collect() end do
      local thread = self.waiting[ticket]
      self.waiting[ticket] = nil
      if thread then resume(self, thread) end
    end
  end
  wake_sleepers(self)
  return self.running > 0
end

--- Works until every coroutine has ended.
function Pool:run()
  while self:step(1) do end -- luacheck: ignore 542
end

return M
