-- Steps through a store's own thread: in groups, one failure apart from the others, until the store is closed.

local core = require("vertexsms.core")
local process = require("spec.support.process")
local stores = require("spec.support.stores")

if not stores.are_built then return end

local folder, path, store

before_each(function()
  folder = stores.folder()
  path = folder .. "/store.db"
  store = assert(core.store({ path = path }))
  stores.done(store, { { sql = "CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT UNIQUE)" } })
end)

after_each(function()
  store:close()
  stores.remove(folder)
end)

local function insert(name, options)
  local step = { { sql = "INSERT INTO things (name) VALUES ($1) RETURNING id", params = { name } } }
  for key, value in pairs(options or {}) do step[key] = value end
  return assert(store:submit(step))
end

local function result_of(ticket)
  assert.is_true(ticket:wait(20))
  return ticket:response()
end

local function count() return stores.rows(store, "SELECT count(*) AS n FROM things")[1].n end

-- Keeps the file locked for writing, as another program would.
local function hold_lock()
  local holder = assert(io.popen(("sqlite3 -cmd '.timeout 5000' %s >/dev/null"):format(path), "w"))
  holder:write("BEGIN IMMEDIATE;\n.shell touch ", path, "-held\n")
  holder:flush()
  repeat core.sleep(0.001) until io.open(path .. "-held")
  return function()
    holder:write("ROLLBACK;\n")
    holder:close()
    os.remove(path .. "-held")
  end
end

-- An endless statement keeps the thread busy until its time is over.
local function keep_busy(seconds)
  return assert(store:submit({ {
    sql = "WITH RECURSIVE r(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM r) SELECT count(*) FROM r",
  }, timeout = seconds, read_only = true }))
end

describe("a store's thread", function()
  it("performs a step, and the ticket has its result", function()
    local ticket = insert("a")
    local result = result_of(ticket)
    assert.equal("ok", result.kind)
    assert.is_true(result.committed)
    assert.equal(1, result[1].rows[1].id)
    assert.is_true(ticket:is_finished())
    assert.equal("vertexsms ticket (finished)", tostring(ticket))
    assert.is_nil(store:collect())
    assert.is_true(store:is_idle())
  end)

  it("commits steps that wait together, and keeps their failures apart", function()
    local blocker, tickets = keep_busy(0.1), {}
    for i = 1, 500 do tickets[i] = insert("n" .. i % 400) end
    local refused = assert(store:submit({
      { sql = "INSERT INTO things (name) VALUES ('gone')" },
      { sql = "UPDATE things SET name = 'x' WHERE id = -1", must = "it" },
    }))
    local before = stores.rows(store, "SELECT sum(number) AS n FROM vertexsms_commits")[1].n
    assert.equal("timeout", result_of(blocker).kind)
    local kinds = {}
    for _, ticket in ipairs(tickets) do
      local kind = result_of(ticket).kind
      kinds[kind] = (kinds[kind] or 0) + 1
    end
    assert.same({ ok = 400, conflict = 100 }, kinds)
    assert.equal("refused", result_of(refused).kind)
    assert.equal(400, count())
    local commits = stores.rows(store, "SELECT sum(number) AS n FROM vertexsms_commits")[1].n - before
    assert.is_true(commits <= 10, commits)
  end)

  it("lets the others go on when one step takes too long, which undoes the transaction", function()
    local blocker = keep_busy(0.1)
    local first = insert("first")
    local endless = assert(store:submit({ {
      sql = "WITH RECURSIVE r(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM r) "
        .. "INSERT INTO things (name) SELECT 'r' || x FROM r",
    }, timeout = 0.4 }))
    local last = insert("last")
    result_of(blocker)
    assert.equal("timeout", result_of(endless).kind)
    assert.equal("ok", result_of(first).kind)
    assert.equal("ok", result_of(last).kind)
    assert.equal(2, count())
  end)

  it("gives tickets back in any order, through its descriptor", function()
    assert.is_true(store:fd() >= 0)
    local tickets = {}
    for i = 1, 20 do tickets[insert("n" .. i)] = true end
    local left = 20
    while left > 0 do
      assert.is_true(store:wait(10))
      for ticket in function() return store:collect() end do
        assert.is_true(tickets[ticket])
        tickets[ticket], left = nil, left - 1
      end
    end
  end)

  it("does not begin what was cancelled, or whose time is over", function()
    local blocker = keep_busy(1)
    repeat core.sleep(0.05) until store:counters().queued == 1 -- and a moment, until the thread has begun it
    local cancelled, late, kept = insert("a"), insert("b", { timeout = 0.01 }), insert("c")
    cancelled:cancel()
    assert.equal("cancelled", result_of(cancelled).kind)
    assert.equal("timeout", result_of(late).kind)
    assert.equal("ok", result_of(kept).kind)
    result_of(blocker)
    assert.same({ { name = "c" } }, stores.rows(store, "SELECT name FROM things"))
  end)

  it("has a bound for what waits", function()
    store:close()
    store = assert(core.store({ path = path, queue_limit = 2 }))
    local blocker = keep_busy(0.2)
    local refusal
    for i = 1, 10 do
      local ticket
      ticket, refusal = store:submit({ { sql = "SELECT 1" } })
      if not ticket then break end
      assert.is_true(i <= 3)
    end
    assert.equal("exhausted", refusal.kind)
    assert.matches("the queue is full: 2 steps are waiting", refusal.message)
    result_of(blocker)
  end)

  it("finishes what waits when it is closed", function()
    local blocker = keep_busy(20)
    core.sleep(0.05) -- until the thread has begun it
    local ticket = insert("a")
    local before = core.now()
    store:close()
    assert.is_true(core.now() - before < 5)
    assert.equal("closed", result_of(blocker).kind)
    local result = result_of(ticket)
    assert.equal("closed", result.kind)
    assert.is_false(result.committed)
    local submitted, refusal = store:submit({ { sql = "SELECT 1" } })
    assert.is_nil(submitted)
    assert.equal("closed", refusal.kind)
    store = assert(core.store({ path = path }))
    assert.equal(0, count())
  end)

  it("waits for a lock that another program holds, and says when that took too long", function()
    local release = hold_lock()
    local late = insert("late", { timeout = 0.1 })
    local result = result_of(late)
    assert.equal("busy", result.kind)
    assert.is_true(result.temporary)
    assert.is_false(result.committed)
    local patient = insert("patient")
    release()
    assert.equal("ok", result_of(patient).kind)
    assert.same({ { name = "patient" } }, stores.rows(store, "SELECT name FROM things"))
  end)

  it("is collected with its tickets as garbage", function()
    for _ = 1, 3 do
      local other = assert(core.store({ path = path }))
      for i = 1, 20 do other:submit({ { sql = "SELECT $1", params = { i } } }) end
    end
    collectgarbage()
    collectgarbage()
    assert.equal("ok", result_of(insert("a")).kind)
  end)
end)

local EXIT = [[
local core = require("vertexsms.core")
local store = assert(core.store({ path = arg[1] }))
for i = 1, 1000 do
  assert(store:submit({ { sql = "INSERT INTO things (name) VALUES ($1)", params = { arg[2] .. i } } }))
end
if arg[3] == "exit" then os.exit(0) end
]]

describe("a program with a store", function()
  it("ends at any moment", function()
    for _, way in ipairs({ "exit", "close" }) do
      for i = 1, 3 do
        local values = { path, way .. i .. "-", way }
        local program = EXIT:gsub("arg%[(%d)%]", function(n) return ("%q"):format(values[tonumber(n)]) end)
        local code, output, errors = process.run({ process.lua(), "-e", program })
        assert.equal(0, code, output .. errors)
      end
    end
    assert.equal("ok", stores.rows(store, "PRAGMA integrity_check")[1].integrity_check)
  end)

  it("shares the file with others, and all of them get their turn", function()
    local writer = [[
local core = require("vertexsms.core")
local store, until_, count = assert(core.store({ path = arg[1] })), core.now() + 1, 0
while core.now() < until_ do
  local result = store:perform({ { sql = "INSERT INTO things (name) VALUES ($1)", params = { core.random_hex(16) } } })
  assert(result.kind == "ok", result.message)
  count = count + 1
end
print(count)]]
    local pipes, counts, total = {}, {}, 0
    local command = ("%s -e '%s'"):format(process.lua(), writer:gsub("arg%[1%]", ("%q"):format(path)))
    for i = 1, 3 do pipes[i] = assert(io.popen(command)) end
    for i, pipe in ipairs(pipes) do
      counts[i] = assert(tonumber(pipe:read("*l")))
      total = total + counts[i]
      pipe:close()
    end
    for _, written in ipairs(counts) do assert.is_true(written > total / 20, table.concat(counts, " ")) end
    assert.equal(total, count())
    assert.equal("ok", stores.rows(store, "PRAGMA integrity_check")[1].integrity_check)
  end)
end)
