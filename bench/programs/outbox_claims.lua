-- What workers of an outbox ask of its store, without a service: they take messages and write down that these were
-- accepted. Of the rows that are there before, half are queued and half have ended.
--
--     LUA bench/programs/outbox_claims.lua FOLDER|URL ROWS TAKEN

local claims = require("vertexsms.outbox.claims")
local core = require("vertexsms.core")
local outboxes = require("vertexsms.outbox")
local settling = require("vertexsms.outbox.settling")
local usage = require("benchusage")

local place, rows, taken = arg[1], tonumber(arg[2]), tonumber(arg[3])
local WORKERS, ROOM = 10, 20

local is_url = place:find("://", 1, true) ~= nil
local store = is_url and place or place .. "/outbox.db"

local FILL = [[
  WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < $1)
  INSERT INTO vertexsms_outbox (key, recipient, sender, message)
  SELECT 'campaign/3706' || (10000000 + n), '3706' || (10000000 + n), 'MyShop', 'We are open until 9 pm today'
  FROM numbers]]
local END_HALF = [[
  UPDATE vertexsms_outbox SET state = 'cancelled', finished_at = created_at, changed_at = created_at WHERE id % 2 = 0]]

local function perform(outbox, ...)
  local step = { timeout = 600 }
  for i, sql in ipairs({ ... }) do step[i] = { sql = sql, params = sql == FILL and { n = 1, rows } or nil } end
  assert(outbox.store:perform(step))
end

local first = outboxes.safe.open { store = store, host = "blocking" }
perform(first, FILL, END_HALF)
if is_url then perform(first, "ANALYZE vertexsms_outbox") end

local function new_worker(number)
  local outbox = outboxes.safe.open { store = store, host = "blocking", poll = false }
  return {
    outbox = outbox, name = "worker-" .. number, claim_number = 0, lease = 60, doubtful = {}, totals = { taken = 0 },
    open = {}, in_hand = 0, look_at = 0, has_due = true, trouble = 0, lost = 0,
  }
end

local function exchange(worker)
  local step, started = {}, core.uptime()
  settling.append(step, worker, worker.open)
  local claim = claims.append(step, worker, ROOM, true)
  local result = assert(worker.outbox.store:perform(step))
  worker.open = {}
  for i, row in ipairs(claims.read(worker, claim, result, started)) do
    worker.open[i] = { row = row, verdict = { state = "accepted", vertexsms_id = "1", parts = 1, expires = 3600 } }
  end
  return #worker.open
end

local workers = {}
for i = 1, WORKERS do workers[i] = new_worker(i) end

local function run(count)
  local done, turn = 0, 0
  while done < count do
    turn = turn % WORKERS + 1
    done = done + exchange(workers[turn])
  end
  return done
end

run(math.floor(taken / 4))
local started_kb = usage.resident_kb()
local wall, cpu, thread = usage.wall(), usage.cpu(), usage.thread()
local done = run(taken)
print(("sends=%d wall=%.6f cpu=%.6f thread=%.6f grown_kb=%d"):format(done, usage.wall() - wall, usage.cpu() - cpu,
  usage.thread() - thread, usage.resident_kb() - started_kb))
