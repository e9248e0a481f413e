--- Thousands of messages through an outbox whose workers are killed at random instants, to a server that fails at
-- random, and over a PostgreSQL that fails, too. Afterwards the server's ledger and the store must agree.
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
-- From the start of the workers to a kill.
local LONGEST_SECONDS = 0.4

-- What each state promises about how often the service took the message.
local PROMISES = {
  accepted = function(times) return times == 1 end,
  rejected = function(times) return times == 0 end,
  failed = function(times) return times == 0 end,
  unknown = function(times) return times <= 1 end,
}

local function fill(run, outbox, count)
  local list = {}
  for number = run.added + 1, run.added + count do
    list[#list + 1] = { { to = "37069912345", from = "Chaos", message = "outbox " .. number }, key = "key " .. number }
    if #list == ADDED_AT_ONCE or number == run.added + count then
      assert(outbox:add_many(list))
      list = {}
    end
  end
  run.added = run.added + count
end

local function start(run)
  local workers = {}
  for number = 1, WORKERS do
    workers[number] = outboxes.start_worker({
      store = run.store, lease = LEASE_SECONDS, concurrency = 8, batch_size = number == WORKERS and 3 or 1,
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
  if run.place and run.kills < run.kills_wanted then
    socket.select(nil, nil, random() * LONGEST_SECONDS)
    run.place:disturb(random)
  end
  socket.select(nil, nil, random() * LONGEST_SECONDS)
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

-- Workers that have nothing to do are not worth a kill.
local function refill(run, outbox)
  if run.kills < run.kills_wanted and assert(outbox:counts()).queued < ADDED_AT_ONCE / 5 then
    fill(run, outbox, ADDED_AT_ONCE)
  end
end

local function new_run(seed, kills, dialect)
  local place = dialect == "postgresql" and require("spec.support.postgres_chaos").start() or nil
  return {
    faults = fault_servers.start({ seed = seed }), place = place, store = place and place.url or outboxes.new_path(),
    kills = 0, kills_wanted = kills, added = 0,
  }
end

local function send_all(run, outbox, result, random)
  repeat
    round(run, random)
    result.rounds = result.rounds + 1
    if run.place then run.place:calm() end
    assert(outbox:resume())
    outboxes.sweep(outbox)
    refill(run, outbox)
  until is_drained(outbox) or result.rounds > 20 * run.kills_wanted + 200
end

local function stop(run)
  run.faults:stop()
  if run.place then run.place:stop() end
end

--- What a run has ended in.
---@class spec.OutboxChaos
---@field violations string[]
---@field states table<string, integer>
---@field kills integer of workers
---@field troubles table<string, integer> what happened to PostgreSQL
---@field rounds integer
---@field seconds number

--- Sends `count` messages, or more, while at least `kills` workers are killed.
---@param seed integer
---@param count integer
---@param kills integer
---@param dialect "sqlite"|"postgresql"
---@return spec.OutboxChaos
function M.run(seed, count, kills, dialect)
  local started, run = core.now(), new_run(seed, kills, dialect)
  local outbox = outboxes.open({ store = run.place and run.place.safe_url or run.store })
  fill(run, outbox, count)
  local result = { violations = {}, states = {}, rounds = 0 }
  send_all(run, outbox, result, generator(seed))
  M.compare(run.faults, outbox, result)
  if assert(outbox:counts()).total ~= run.added then table.insert(result.violations, "messages were lost") end
  outbox:close()
  stop(run)
  result.kills, result.seconds = run.kills, core.now() - started
  result.troubles = run.place and run.place.troubles or {}
  return result
end

return M
