--- Many sends from several clients through a server that fails at random in every way it knows; afterwards the server's
-- book and the clients' books must agree. What is counted as a violation is what costs a user money or a login.

local core = require("vertexsms.core")
local fault_servers = require("spec.support.faults")
local pools = require("spec.support.pool")
local vertexsms = require("vertexsms")

local M = {}

local CLIENTS = 4
local IN_FLIGHT = 16 -- for each client

-- What each outcome promises about how often the service took the message.
local PROMISES = {
  accepted = function(times) return times == 1 end,
  not_sent = function(times) return times == 0 end,
  rejected = function(times) return times == 0 end,
  unknown = function(times) return times <= 1 end,
}

local function new_client(faults, tls, blocking)
  return assert(vertexsms.safe.new({
    token = "token-of-the-chaos-run", base_url = faults:url("chaos", nil, { tls = tls }), ca_file = faults.ca_file,
    timeout = blocking and 0.5 or 3, concurrency = IN_FLIGHT, retry = { attempts = 4, base = 0.001 },
  }))
end

local function send_one(client, key, book)
  local sent, err = client:send({ to = "37069912345", from = "Chaos", message = key })
  book[key] = sent and "accepted" or err.outcome
end

-- Keys are drawn from a common counter; each client works on its own connections, over plain TCP and TLS in turn.
local function send_all(faults, count, book)
  local pool, sent = pools.new(), 0
  local function next_key()
    if sent >= count then return nil end
    sent = sent + 1
    return "chaos " .. sent
  end
  for number = 1, CLIENTS do
    local client = pool:adopt(new_client(faults, number % 2 == 0))
    for _ = 1, IN_FLIGHT do
      pool:go(function()
        for key in next_key do send_one(client, key, book) end
      end)
    end
  end
  pool:run()
  for _, client in ipairs(pool.clients) do client:close() end
end

local function send_blocking(faults, count, book)
  for _, tls in ipairs({ false, true }) do
    local client = new_client(faults, tls, true)
    for number = 1, count do
      send_one(client, ("chaos %s %d"):format(tls and "blocking TLS" or "blocking", number), book)
    end
    client:close()
  end
end

--- Runs and compares. Returns { outcomes = { [outcome] = { count, taken } }, violations = { text… }, seconds }.
---@param seed integer
---@param count integer sends on the I/O threads; a tenth as many more on the caller's
function M.run(seed, count)
  local faults = fault_servers.start({ tls = true, seed = seed })
  local book, started = {}, core.now()
  send_all(faults, count, book)
  send_blocking(faults, math.ceil(count / 20), book)
  local seconds = core.now() - started
  local server = faults:chaos()
  faults:stop()
  local result = { outcomes = {}, violations = {}, seconds = seconds, keys_lost = server.keys_lost }
  for outcome in pairs(PROMISES) do result.outcomes[outcome] = { count = 0, taken = 0 } end
  for key, outcome in pairs(book) do
    local times = server.processed[key] or 0
    local row = result.outcomes[outcome]
    row.count, row.taken = row.count + 1, row.taken + times
    if not PROMISES[outcome](times) then
      result.violations[#result.violations + 1] = ("%q was %s, and taken %d times"):format(key, outcome, times)
    end
  end
  return result
end

return M
