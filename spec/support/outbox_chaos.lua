--- Thousands of messages through an outbox whose workers are killed at random instants, to a server that fails at
-- random. Afterwards the server's ledger and the store must agree.
--
-- To kill at a random instant is what is tested here: these are the only waits for a time.

local core = require("vertexsms.core")
local fault_servers = require("spec.support.faults")
local outboxes = require("spec.support.outboxes")
local socket = require("socket")

local M = {}

local WORKERS = 3
local LEASE_SECONDS = 1
local ADDED_AT_ONCE = 500

-- What each state promises about how often the service took the message.
local PROMISES = {
  accepted = function(times) return times == 1 end,
  rejected = function(times) return times == 0 end,
  failed = function(times) return times == 0 end,
  unknown = function(times) return times <= 1 end,
}

local function fill(outbox, count)
  local list = {}
  for number = 1, count do
    list[#list + 1] = { { to = "37069912345", from = "Chaos", message = "outbox " .. number }, key = "key " .. number }
    if #list == ADDED_AT_ONCE or number == count then
      assert(outbox:add_many(list))
      list = {}
    end
  end
end

local function start(run)
  local workers = {}
  for number = 1, WORKERS do
    workers[number] = outboxes.start_worker({
      store = run.path, lease = LEASE_SECONDS, concurrency = 8, batch_size = number == WORKERS and 3 or 1,
      client = {
        token = "token-of-the-outbox-chaos", base_url = run.faults:url("chaos"), timeout = 2, retry = false,
        host = "blocking",
      },
    })
  end
  return workers
end

local function round(run, random)
  local workers = start(run)
  socket.select(nil, nil, random() * run.longest)
  local victims = 0
  for number, worker in ipairs(workers) do
    if run.kills < run.kills_wanted and (number == 1 or random() < 0.7) then
      outboxes.kill(worker)
      victims, run.kills = victims + 1, run.kills + 1
    end
  end
  if victims == 0 then
    for _, worker in ipairs(workers) do worker:wait() end
  end
  for _, worker in ipairs(workers) do
    worker:signal("KILL")
    if victims > 0 then outboxes.kill(worker) end
    worker:wait()
  end
end

-- A generator of its own, so that a run can be repeated by its seed on every Lua.
local function generator(seed)
  local state = seed % 2147483647
  return function()
    state = (state * 16807) % 2147483647
    return state / 2147483647
  end
end

--- Holds the store against the server's ledger: what does not agree is put into `result.violations`.
---@param faults table the server
---@param outbox table
---@param result { violations: string[], states: table<string, integer> }
function M.compare(faults, outbox, result)
  local book, after = faults:chaos(), 0
  repeat
    local rows = assert(outbox:list({ after = after, limit = 1000 }))
    for _, row in ipairs(rows) do
      local times = book.processed[row.message.message] or 0
      result.states[row.state] = (result.states[row.state] or 0) + 1
      local promise = PROMISES[row.state]
      if not promise or not promise(times) then
        result.violations[#result.violations + 1] = ("%s is %s, and was taken %d times"):format(row.message.message,
          row.state, times)
      end
      after = row.id
    end
  until #rows == 0
end

local function is_drained(outbox)
  local counts = assert(outbox:counts())
  return counts.queued == 0 and counts.sending == 0
end

--- Sends `count` messages while at least `kills` workers are killed.
---@param seed integer
---@param count integer
---@param kills integer
---@return { violations: string[], states: table<string, integer>, kills: integer, rounds: integer, seconds: number }
function M.run(seed, count, kills)
  local random, started = generator(seed), core.now()
  local run = {
    faults = fault_servers.start({ seed = seed }), path = outboxes.new_path(), kills = 0, kills_wanted = kills,
    longest = 0.4,
  }
  local outbox = outboxes.open({ store = run.path })
  fill(outbox, count)
  local result = { violations = {}, states = {}, rounds = 0 }
  repeat
    round(run, random)
    result.rounds = result.rounds + 1
    assert(outbox:resume())
    outboxes.sweep(outbox)
  until is_drained(outbox) or result.rounds > 20 * kills + 200
  M.compare(run.faults, outbox, result)
  if assert(outbox:counts()).total ~= count then table.insert(result.violations, "messages were lost") end
  outbox:close()
  run.faults:stop()
  result.kills, result.seconds = run.kills, core.now() - started
  return result
end

return M
