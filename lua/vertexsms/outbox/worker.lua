--- A worker: takes messages that are due, sends them, and writes down what became of them.
--
-- It is one loop in one coroutine, or on the caller's thread. What it has taken is written as `sending`, for good,
-- before the first request of it leaves. What has ended is written in the same step in which more is taken.
--
-- Tested in spec/outbox/worker_spec.lua, spec/outbox/lease_spec.lua and spec/outbox/failing_spec.lua.

local batches = require("vertexsms.request.batch")
local claims = require("vertexsms.outbox.claims")
local core = require("vertexsms.base.core")
local errors = require("vertexsms.error")
local guarded = require("vertexsms.outbox.guarded")
local hosts = require("vertexsms.host")
local keeping = require("vertexsms.outbox.keeping")
local program = require("vertexsms.host.program")
local reasons = require("vertexsms.base.reason")
local sending = require("vertexsms.outbox.sending")
local settling = require("vertexsms.outbox.settling")
local threads = require("vertexsms.host.loop.threads")

local M = {}

-- How often a worker that has nothing to do looks for work of other processes.
local POLL_SECONDS = 0.25
local KEEPING_SECONDS = 5
local CHECK_SECONDS = 1
-- While the store fails.
local RETRY_SECONDS, RETRY_SECONDS_MAX = 0.1, 5
--- How long a worker that ends tries to write down what it knows; a spec has less patience.
M.LAST_SECONDS = 30
local CHECKS_MAX = 5
-- Of one step; each is some statements.
local SETTLED_MAX = 1000

local Worker = {}
Worker.__index = Worker

--- What has ended: written down in the next step.
---@param row table
---@param verdict vertexsms.outbox.Verdict
function Worker:ended(row, verdict)
  row.has_ended = true
  self.in_hand = self.in_hand - 1
  self.open[#self.open + 1] = { row = row, verdict = verdict }
end

--- The answer to a question for a state.
---@param row table
---@param status vertexsms.Status|nil
---@param err vertexsms.Error|nil
function Worker:checked(row, status, err)
  self.checking = self.checking - 1
  self.open[#self.open + 1] = { row = row, status = status, err = err, is_check = true }
end

local function deliver(client, worker, rows) return sending.deliver(client, worker, rows) end
local function check(client, worker, row) return sending.check(client, worker, row) end

local METHODS = { deliver = deliver, check = check }

local function method_of(item) return METHODS[item[1]] end

local function start(worker, rows)
  worker.in_hand, worker.calls = worker.in_hand + #rows, worker.calls + 1
  worker.under_way[worker.batch:add({ "deliver", worker, rows })] = rows
end

-- Rows in batches, as few requests as may be.
local function start_all(worker, rows)
  local size = worker.batch_size
  for first = 1, #rows, size do
    local some = {}
    for i = first, math.min(first + size - 1, #rows) do some[#some + 1] = rows[i] end
    start(worker, some)
  end
end

-- A call that raised has told nothing of its rows, or not of all.
local function finish(worker, rows, raised)
  if rows.vertexsms_id then
    if raised then worker:checked(rows, nil, raised) end
    return
  end
  worker.calls = worker.calls - 1
  if raised then sending.broke(worker, rows, raised) end
end

-- Forgets the calls that have ended.
local function tidy(worker)
  for number, rows in pairs(worker.under_way) do
    local outcome = worker.batch.outcomes[number]
    if outcome and (outcome.result ~= nil or outcome.error) then
      worker.batch:take(number)
      worker.under_way[number] = nil
      finish(worker, rows, outcome.error)
    end
  end
end

local function room_of(worker)
  if worker.is_stopping then return 0 end
  return (worker.concurrency - worker.calls) * worker.batch_size
end

-- Tells it once, and once more when it is over.
local function store_failed(worker, err)
  if not worker.failure then
    reasons.report(worker.client.host, "outbox", err.message .. "; the worker tries again until it can go on")
  end
  worker.failure = err
  worker.retry_seconds = math.min(RETRY_SECONDS_MAX, 2 * (worker.retry_seconds or RETRY_SECONDS / 2))
  worker.retry_at = core.now() + worker.retry_seconds
end

local function store_works(worker)
  if worker.failure then reasons.report(worker.client.host, "outbox", "the store works again") end
  worker.failure, worker.retry_seconds, worker.retry_at = nil, nil, 0
end

--- Does a step, and notes whether the store works.
---@param step table
---@return table|nil result
---@return vertexsms.Error|nil
function Worker:perform(step)
  local result, err = self.outbox.store:perform(step, self.host)
  if result then store_works(self) else store_failed(self, err) end
  return result, err
end

-- The first of what has ended, no more than a step may hold; the rest stays.
local function take_open(worker)
  local open = worker.open
  worker.open = {}
  if #open <= SETTLED_MAX then return open end
  local first = {}
  for i, ended in ipairs(open) do
    local list = i <= SETTLED_MAX and first or worker.open
    list[#list + 1] = ended
  end
  return first
end

-- What has ended, and more work in its place, in one step. False: the store fails.
local function exchange(worker)
  local open, step = take_open(worker), {}
  settling.append(step, worker, open)
  claims.append_release(step, worker)
  local claim = claims.append(step, worker, room_of(worker), #step > 0)
  if #step == 0 then return true end
  local started = core.uptime()
  local result, err = worker:perform(step)
  if not result then
    for _, ended in ipairs(open) do worker.open[#worker.open + 1] = ended end
    if err.outcome == "unknown" then settling.doubt(worker, open) end
    claims.failed(worker, claim, err)
    return false
  end
  claims.released(worker)
  settling.done(worker, open, result)
  start_all(worker, claims.read(worker, claim, result, started))
  return true
end

local function take_guarded(worker)
  if not worker.outbox.guard then return end
  start_all(worker, guarded.take(worker, room_of(worker)))
end

-- What another process has found its lease over of, while this one was stopped, is not held any more.
local function hold_longer(worker, renewed, held_until)
  local attempts = {}
  for _, row in ipairs(renewed) do attempts[row.id] = row.attempts end
  for _, rows in pairs(worker.under_way) do
    for _, row in ipairs(rows) do
      if attempts[row.id] == row.attempts then row.held_until = held_until end
    end
  end
end

local function renew(worker)
  if core.now() < worker.renew_at or worker.in_hand == 0 then return end
  local started = core.uptime()
  local result = worker:perform({
    { sql = worker.outbox.sql.renew, params = { n = 2, worker.name, worker.lease } },
  })
  if not result then return end
  worker.renew_at = core.now() + worker.lease / 3
  hold_longer(worker, result[1].rows, started + worker.lease)
end

local function keep(worker)
  if core.now() < worker.keep_at then return end
  local _
  _, worker.is_behind = keeping.sweep(worker.outbox, function(step) return worker:perform(step) end)
  worker.keep_at = worker.is_behind and 0 or core.now() + KEEPING_SECONDS * (0.5 + core.random())
end

local function look(worker)
  if not worker.outbox.poll or worker.is_stopping or core.now() < worker.check_at then return end
  worker.check_at = core.now() + CHECK_SECONDS
  local room = CHECKS_MAX - worker.checking
  if room <= 0 then return end
  local result = worker:perform({
    { sql = worker.outbox.sql.checks, params = { n = 2, room, settling.CHECK_SECONDS_MAX } },
  })
  for _, row in ipairs(result and result[1].rows or {}) do
    worker.checking = worker.checking + 1
    worker.under_way[worker.batch:add({ "check", worker, row })] = row
  end
end

-- What is to be done between two waits.
local function work(worker)
  if core.now() < worker.retry_at then return end
  keep(worker)
  renew(worker)
  if not exchange(worker) then return end
  take_guarded(worker)
  look(worker)
end

local function pause_seconds(worker)
  local now = core.now()
  if now < worker.retry_at then return worker.retry_at - now end
  if #worker.open > 0 or worker.outbox.is_woken or worker.is_behind then return 0 end
  if room_of(worker) <= 0 then return POLL_SECONDS end
  return math.max(0, math.min(POLL_SECONDS, worker.look_at - now))
end

local function is_idle(worker)
  return worker.in_hand == 0 and worker.checking == 0 and #worker.open == 0 and next(worker.doubtful) == nil
end

-- What is in hand may come back to the queue; in a pause nothing leaves it. What a dead one has left is marked first.
local function is_drained(worker)
  local has_nothing = worker.is_empty or worker.is_paused
  return worker.until_empty and has_nothing and not worker.is_behind and not worker.outbox.is_woken
end

local function is_over(worker)
  local reason = worker.client.host.is_over and worker.client.host.is_over()
  if reason or program.is_exiting() or worker.client.engine:is_closed() then worker.is_stopping = true end
  return is_idle(worker) and (worker.is_stopping or is_drained(worker))
end

local function forked()
  return errors.new({ kind = "closed",
    message = "this process was forked while the outbox ran; only the process that began to run it can go on" })
end

-- A store that does not come back must not keep the program from ending: leases end by themselves. One that was closed
-- never does.
local function gives_up(worker)
  if worker.in_hand > 0 or not worker.failure then return false end
  if worker.failure.code == "closed" then return true end
  if not worker.is_stopping then return false end
  worker.last_at = worker.last_at or core.now() + M.LAST_SECONDS
  return core.now() >= worker.last_at
end

local function tell(worker)
  if not worker.on_progress then return end
  local ok, reason = pcall(worker.on_progress, worker.totals)
  if not ok then reasons.report(worker.client.host, "on_progress raised", reason) end
end

--- Runs until it is stopped, and what it has in hand has ended.
---@return table|nil totals
---@return vertexsms.Error|nil
function Worker:run()
  repeat
    if core.process_number() ~= self.process then return nil, forked() end
    self.turns, self.outbox.is_woken = self.turns + 1, false
    work(self)
    tell(self)
    if gives_up(self) then return nil, self.failure end
    local is_finished = is_over(self)
    if not is_finished then
      self.batch:turn(pause_seconds(self))
      tidy(self)
    end
  until is_finished
  return self.totals
end

-- nginx's own `status` knows the coroutines of one request, and calls all others dead.
local status = rawget(coroutine, "_status") or coroutine.status

--- Will it certainly never go on? One that was dropped, or killed in nginx, does not show it.
---@return boolean
function Worker:is_gone()
  if core.process_number() ~= self.process then return true end
  return self.thread ~= nil and status(self.thread) == "dead"
end

function Worker:stop()
  self.is_stopping = true
end

local function new_totals()
  return { taken = 0, accepted = 0, rejected = 0, unknown = 0, failed = 0, lapsed = 0, queued = 0 }
end

--- Makes a worker of the coroutine that runs.
---@param outbox table
---@param options vertexsms.RunOptions
---@return table|nil worker
---@return vertexsms.Error|nil
function M.new(outbox, options)
  local client = outbox.client
  local host, reason = hosts.waiter(client.host)
  if not host then return nil, errors.invalid_argument(nil, reason) end
  local worker = setmetatable({
    outbox = outbox, client = client, host = host, process = core.process_number(), thread = threads.running(),
    name = ("%d-%s"):format(core.process_id(), core.random_hex(4)),
    concurrency = options.concurrency or 20, batch_size = options.batch_size or 1, turns = 0,
    until_empty = options.until_empty, on_progress = options.on_progress,
    lease = outbox.lease, claim_number = 0, doubtful = {}, trouble = 0, lost = 0,
    open = {}, under_way = {}, in_hand = 0, calls = 0, checking = 0, totals = new_totals(),
    renew_at = 0, keep_at = 0, check_at = 0, retry_at = 0, look_at = 0, is_empty = false,
  }, Worker)
  worker.batch = batches.new(client, host, {}, math.huge, method_of)
  return worker
end

return M
