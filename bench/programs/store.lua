-- Rows into a table of a store: what bench/programs/sqlite.c writes, too.
--
--     LUA bench/programs/store.lua FOLDER ROWS perform|wait|group
--
-- `perform` is a step after the other on the calling thread, `wait` the same through the store's thread, `group` many
-- steps at once through it.

local core = require("vertexsms.core")
local usage = require("benchusage")

local folder, rows, way = arg[1], tonumber(arg[2]), arg[3]
local WAITING_MAX = 4000

local store = assert(core.store({ path = folder .. "/store.db", queue_limit = WAITING_MAX }))

local INSERT =
  "INSERT INTO rows (key, recipient, sender, message, state, at) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id"

local function step(i)
  return { { sql = INSERT, params = {
    "order-" .. i, "37069912345", "MyShop", "Your order is ready, we are open until 9 pm today", "queued", 1700000000.5,
  } } }
end

local function check(result) assert(result.kind == "ok" and result[1].rows[1].id, result.message) end

check(store:perform({
  { sql = "CREATE TABLE rows (id INTEGER PRIMARY KEY, key TEXT UNIQUE, recipient TEXT NOT NULL, sender TEXT NOT NULL,"
    .. " message TEXT NOT NULL, state TEXT NOT NULL, at REAL NOT NULL)" },
  { sql = "SELECT 1 AS id" },
}) and { kind = "ok", { rows = { { id = 1 } } } })

local WAYS = {}

function WAYS.perform(from, to)
  for i = from, to do check(store:perform(step(i))) end
end

function WAYS.wait(from, to)
  for i = from, to do
    local ticket = assert(store:submit(step(i)))
    ticket:wait()
    check(ticket:response())
  end
end

local tickets = {} -- they would be garbage otherwise

local function collect()
  local count = 0
  for ticket in function() return store:collect() end do
    assert(tickets[ticket])
    check(ticket:response())
    tickets[ticket], count = nil, count + 1
  end
  return count
end

function WAYS.group(from, to)
  local waiting = 0
  for i = from, to do
    while waiting >= WAITING_MAX do
      store:wait(1)
      waiting = waiting - collect()
    end
    tickets[assert(store:submit(step(i)))], waiting = true, waiting + 1
  end
  while waiting > 0 do
    store:wait(1)
    waiting = waiting - collect()
  end
end

local run, warm = WAYS[way], math.floor(rows / 10)
run(1, warm)
local wall, cpu, thread = usage.wall(), usage.cpu(), usage.thread()
run(warm + 1, warm + rows)
print(("sends=%d wall=%.6f cpu=%.6f thread=%.6f"):format(rows, usage.wall() - wall, usage.cpu() - cpu,
  usage.thread() - thread))
store:close()
