--- Many sends to a server that puts surplus answers behind some of its good ones, at once or late. Each answer holds
-- a number, so a send that is told another one than its own has been given the answer to another request; and the
-- server knows when it wrote each.

local core = require("vertexsms.core")
local fault_servers = require("spec.support.faults")
local pools = require("spec.support.pool")
local vertexsms = require("vertexsms")

local M = {}

local IN_FLIGHT = 16
local SENDS_OF_A_CLIENT = 60 -- one that has seen a surplus uses each connection once, and learns nothing more
local LONGEST_IDLE_MS = 3 -- between two sends of one coroutine: a surplus comes late by up to 2

local function new_client(faults, tls)
  return assert(vertexsms.safe.new({
    token = "token-of-the-surplus-run", base_url = faults:url("surplus", "/random", { tls = tls }),
    ca_file = faults.ca_file, timeout = 10, concurrency = IN_FLIGHT, retry = false,
  }))
end

local function send_one(client, number, book)
  local begun = core.now() * 1e6
  local sent, err = client:send({ to = "37069912345", from = "Surplus", message = "surplus " .. number })
  book[tostring(number)] = { begun = begun, told = sent and sent.id or err.outcome }
end

-- On the I/O thread, from many coroutines that are idle for a while after each send.
local function send_on_thread(client, first, last, book)
  local pool, number = pools.new(), first - 1
  pool:adopt(client)
  for _ = 1, IN_FLIGHT do
    pool:go(function()
      while number < last do
        number = number + 1
        send_one(client, number, book)
        local idle = math.random(0, LONGEST_IDLE_MS)
        if idle > 0 then client.host.sleep(idle / 1000) end
      end
    end)
  end
  pool:run()
end

-- On the caller's thread, one at a time and without a break.
local function send_blocking(client, first, last, book)
  for number = first, last do send_one(client, number, book) end
end

-- `count` sends, by one client after the other and in both ways by turns.
local function send_all(faults, tls, count, batch, book)
  local ways = { send_on_thread, send_blocking }
  for first = 1, count, batch do
    local client = new_client(faults, tls)
    ways[math.floor(first / batch) % 2 + 1](client, first, math.min(first + batch - 1, count), book)
    client:close()
  end
end

local function compare(book, seen, result)
  for number, entry in pairs(book) do
    local written = seen.written[entry.told]
    if entry.told == number then
      result.right = result.right + 1
    elseif entry.told == "unknown" then
      result.doubted = result.doubted + 1
    elseif written and written >= entry.begun then
      result.crossed = result.crossed + 1
    else
      local text = ("%s was told %s, written %s us before it began"):format(number, entry.told,
        written and entry.begun - written or "?")
      result.violations[#result.violations + 1] = text
    end
  end
  result.surplus = result.surplus + seen.surplus
  result.connections = result.connections + seen.connections
end

--- Runs and compares. Returns { right, surplus, connections, seconds, doubted, crossed, violations = { text… } }.
-- `doubted` sends ended as unknown; `crossed` ones were told what was written only after they had begun: no client can
-- tell that from their answer.
---@param seed integer
---@param count integer sends over plain TCP, half of them on the I/O thread; a tenth as many more over TLS
---@param batch integer|nil sends of one client
function M.run(seed, count, batch)
  local faults = fault_servers.start({ tls = true, seed = seed })
  local result = { right = 0, surplus = 0, connections = 0, doubted = 0, crossed = 0, violations = {} }
  math.randomseed(seed)
  local started = core.now()
  for _, tls in ipairs({ false, true }) do
    local book = {}
    send_all(faults, tls, math.ceil(tls and count / 10 or count), batch or SENDS_OF_A_CLIENT, book)
    compare(book, faults:seen("surplus", { tls = tls }), result)
    faults:reset()
  end
  result.seconds = core.now() - started
  faults:stop()
  return result
end

return M
