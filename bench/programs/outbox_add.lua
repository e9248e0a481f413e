-- Messages into an outbox, by outbox:add.
--
--     LUA bench/programs/outbox_add.lua FOLDER|URL ROWS single|group
--
-- `single` is one after the other on the calling thread, `group` in many coroutines through the store's thread.

local outboxes = require("vertexsms.outbox")
local usage = require("benchusage")

local place, rows, way = arg[1], tonumber(arg[2]), arg[3]
local COROUTINES = 1000

local outbox = outboxes.open {
  store = place:find("://", 1, true) and place or place .. "/outbox.db",
  host = way == "single" and "blocking" or "tick",
}
local message = { to = "37069912345", from = "MyShop", message = "Your order is ready, we are open until 9 pm today" }

local function add(i)
  assert(not outbox:add(message, { key = "order-" .. i }).duplicate)
end

local WAYS = {}

function WAYS.single(from, to)
  for i = from, to do add(i) end
end

function WAYS.group(from, to)
  local at, left = from, COROUTINES
  local function work()
    while at <= to do
      at = at + 1
      add(at - 1)
    end
    left = left - 1
  end
  for _ = 1, COROUTINES do assert(coroutine.resume(coroutine.create(work))) end
  while left > 0 do
    if outbox:update(1) == 0 then outbox.store.handle:wait(1) end
  end
end

local run, warm = WAYS[way], math.floor(rows / 10)
run(1, warm)
local wall, cpu, thread = usage.wall(), usage.cpu(), usage.thread()
run(warm + 1, warm + rows)
print(("sends=%d wall=%.6f cpu=%.6f thread=%.6f"):format(rows, usage.wall() - wall, usage.cpu() - cpu,
  usage.thread() - thread))
outbox:close()
