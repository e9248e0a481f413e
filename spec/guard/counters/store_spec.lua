-- Counters in a database, step by step, with the clock set back, and in processes that race: in SQLite on every Lua, in
-- PostgreSQL on LuaJIT.

local breakers = require("vertexsms.guard.breaker")
local counters = require("vertexsms.guard.counters.store")
local blocking = require("vertexsms.host.blocking")
local core = require("vertexsms.core")
local limits = require("vertexsms.guard.limits")
local message = require("spec.support.message")
local postgres = require("spec.support.postgres")
local process = require("spec.support.process")
local scripted = require("spec.support.scripted")
local simulators = require("spec.support.simulator")
local stores = require("spec.support.stores")

if not stores.are_built then return end

-- Where a spec may count: `fresh` gives a place without counters.
local folder, fresh, server

local function in_files()
  local files = 0
  return function()
    files = files + 1
    return ("%s/%d.db"):format(folder, files)
  end
end

local function in_postgres()
  return function()
    server:clear()
    return server:url()
  end
end

local function open(location)
  local made = assert(counters.open(location or fresh(), blocking))
  finally(function() made.store:close() end)
  return made
end

local function facts(number, parts)
  return { number = number or "1", prefix = "1", billed = parts or 1 }
end

local function both(most, parts)
  return limits.compile({ { per_recipient = { most, 600 }, budget = { parts = parts, seconds = 600 } } })
end

local function run(made, sql)
  assert(made.store:perform({ { sql = sql } }))
end

-- As if that much time had passed: the machine's clock was so far back when it was last looked at.
local function pass(made, seconds)
  run(made, ("update vertexsms_guard_clock set wall = wall - %d"):format(seconds * 1000))
end

local function cases()
  it("count, refuse, and give back", function()
    local made, list = open(), both(2, 10)
    local first = facts()
    assert(made:take(list, { first }))
    assert(made:take(list, { facts() }))
    local ok, full = made:take(list, { facts() })
    assert.is_nil(ok)
    assert.same({ "recipient", 2, 1 }, { full.limit.family, full.used, full.index })
    assert.is_true(full.retry_after > 590 and full.retry_after <= 675)
    pass(made, 100)
    assert.is_nil(made:give_back(list, { first }))
    assert(made:take(list, { facts() }))
    local found = made:look(list, facts())
    assert.same({ 2, 2 }, { found[1].used, found[2].used })
    pass(made, 700)
    found = made:look(list, facts())
    assert.same({ 0, 0 }, { found[1].used, found[2].used })
  end)

  it("count all of a list, or none", function()
    local made, list = open(), both(5, 3)
    assert(made:take(list, { facts("1"), facts("2") }))
    local _, full = made:take(list, { facts("1"), facts("3") })
    assert.same({ "parts", 2, 2 }, { full.limit.family, full.used, full.index })
    assert.equal(0, made:look(list, facts("3"))[1].used)
    assert.equal(1, made:look(list, facts("1"))[1].used)
  end)

  it("hold a limit in every window", function()
    local made = open()
    local list, now, times = limits.compile({ { per_recipient = { 4, 40 } } }), 0, {}
    assert(made:take(list, { facts("0") }))
    for _ = 1, 300 do
      local step = math.random() * 14
      now = now + math.floor(step)
      pass(made, math.floor(step))
      if made:take(list, { facts() }) then
        times[#times + 1] = now
        local oldest = times[#times - 4]
        assert.is_true(not oldest or now - oldest >= 38)
      end
    end
    assert.is_true(#times > 40)
  end)

  it("neither open nor lock for ever when the clock is set back", function()
    local made, list = open(), both(2, 10)
    assert(made:take(list, { facts() }))
    pass(made, -366 * 86400)
    assert(made:take(list, { facts() }))
    assert.is_nil(made:take(list, { facts() }))
    pass(made, 700)
    assert(made:take(list, { facts() }))
    assert.equal(1, made:look(list, facts())[1].used)
  end)

  it("pause, let one try, and resume", function()
    local made = open()
    local names = { "account", "balance" }
    assert(made:probe(names, 30))
    assert.is_nil(made:pause("account", "because", 30))
    local ok, mark, seconds = made:probe(names, 30)
    assert.same({ false, "because" }, { ok or false, mark.reason })
    assert.is_true(seconds > 29 and seconds <= 30)
    assert.is_true(made:marks().account.retry_after > 29)
    pass(made, 31)
    local tried, is_probe = made:probe(names, 30)
    assert.is_true(tried)
    assert.is_table(is_probe)
    assert.is_nil((made:probe(names, 30)))
    assert.is_nil(made:resume("account"))
    assert.same({ true }, { made:probe(names, 30) })
  end)

  it("pause a prefix of which too many messages do not arrive", function()
    local made = open()
    local breaker = breakers.new({ undelivered = 0.5, least = 4 })
    for i = 1, 4 do assert.is_nil(made:tally(breaker, "3706991", i % 2 == 0)) end
    assert(made:probe(breaker:names("3706991"), 60))
    assert.is_nil(made:tally(breaker, "3706991", true))
    local _, mark = made:probe(breaker:names("3706991"), 60)
    assert.matches("more than 50 %% of the reports", mark.reason)
    assert(made:probe(breaker:names("3706992"), 60))
    assert.is_nil(made:reset("breaker"))
    assert(made:probe(breaker:names("3706991"), 60))
  end)

  it("are forgotten one rule at a time, and when they are over", function()
    local made, list = open(), both(5, 300)
    assert(made:take(list, { facts() }))
    assert.is_nil(made:reset("recipient"))
    local found = made:look(list, facts())
    assert.same({ 0, 1 }, { found[1].used, found[2].used })
    pass(made, 1000)
    for i = 1, 50 do assert(made:take(list, { facts(tostring(i)) })) end
    local rows = made.store:perform({ { sql = "select count(*) as n from vertexsms_guard where used = 1" } })[1].rows
    assert.is_true(tonumber(rows[1].n) <= 51)
    assert.is_nil(made:reset())
    assert.equal(0, made:look(list, facts())[2].used)
  end)

  it("are waited for by the calls of client:all", function()
    local service = scripted.start()
    local guard = { budget = { parts = 5, seconds = 60 }, store = fresh() }
    local client = service:safe({ guard = guard })
    local answers, calls = {}, {}
    for i = 1, 5 do answers[i] = ('["%d"]'):format(i) end
    service:script_bodies(answers)
    for i = 1, 8 do calls[i] = { "send", message({ message = "number " .. i }) } end
    local started, passed = core.now(), 0
    for _, outcome in ipairs(client:all(calls)) do
      if outcome.result then passed = passed + 1 else assert.equal("budget", outcome.error.rule) end
    end
    assert.equal(5, passed)
    assert.is_true(core.now() - started < 0.9, "waits for the network in place of the store")
    client.guard.counters.store:close()
    service:stop()
  end)

  it("say why they cannot be asked", function()
    local made, list = open(folder .. "/none/x.db"), both(2, 2)
    local ok, full, reason = made:take(list, { facts() })
    assert.same({}, { ok, full })
    assert.is_string(reason)
    assert.is_string(made:give_back(list, { { number = "1", billed = 1, taken = 5 } }))
    assert.is_string(select(2, made:look(list, facts())))
    assert.is_string(select(3, made:probe({ "account", "balance" }, 5)))
  end)

  it("let exactly as many pass as the limit says when processes race", function()
    local location = fresh()
    local script = [[
      local counters = assert(require("vertexsms.guard.counters.store").open(...,
        require("vertexsms.host.blocking")))
      local list = require("vertexsms.guard.limits").compile({ { budget = { parts = 60, seconds = 600 } } })
      local passed = 0
      for _ = 1, 40 do
        local ok, full, reason = counters:take(list, { { billed = 1 } })
        if ok then passed = passed + 1 elseif not full then error(reason) end
      end
      print(passed)]]
    local children = {}
    for i = 1, 4 do
      children[i] = process.start({ process.lua(), "-e", (script:gsub("%.%.%.", ("%q"):format(location))) })
    end
    local passed = 0
    for _, child in ipairs(children) do passed = passed + tonumber((child:expect("^(%d+)$"))) end
    assert.equal(60, passed)
  end)

  -- What the service has is the witness. In the midst of it the machine's clock is set back by an hour, and by a day.
  it("let exactly as many messages out as the limits say when processes race and the clock is set back", function()
    local simulator, location = simulators.start(), fresh()
    local script = [[
      local client = require("vertexsms").safe.new { token = "t0ken", base_url = arg[1], retry = false, guard = {
        store = arg[2], budget = { parts = 30, seconds = 600 }, per_recipient = { { 2, 600 } } } }
      local passed = 0
      for i = 1, 40 do
        if i % 15 == 0 then
          assert(client.guard.counters.store:perform({ { sql =
            "update vertexsms_guard_clock set wall = wall + " .. arg[3] } }))
        end
        local to = ("370600000%02d"):format(i % 25)
        local sent, err = client:send { to = to, from = "MyShop", message = arg[3] .. " " .. i }
        if sent then passed = passed + 1 else assert(err.rule == "budget" or err.rule == "per_recipient", err) end
      end
      print("passed " .. passed)]]
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write(script)
    file:close()
    local children, passed = {}, 0
    for i, back in ipairs({ "3600000", "86400000" }) do
      children[i] = process.start({ process.lua(), path, simulator.url, location, back })
    end
    for _, child in ipairs(children) do passed = passed + tonumber((child:expect("^passed (%d+)$"))) end
    local _, answer = simulator:call("GET", "/_simulator/messages?limit=100")
    local of = {}
    for _, each in ipairs(answer.messages) do of[each.to] = (of[each.to] or 0) + 1 end
    for to, count in pairs(of) do assert.is_true(count <= 2, to) end
    assert.same({ 30, 30 }, { passed, #answer.messages })
    os.remove(path)
    simulator:stop()
  end)
end

describe("counters in SQLite", function()
  setup(function()
    folder = stores.folder()
    fresh = in_files()
  end)
  teardown(function() stores.remove(folder) end)

  cases()

  it("are waited for by client:update, where the host is driven by hand", function()
    local service = scripted.start()
    service:script({ body = '["1281532560"]' })
    local guard = { per_recipient = { { 1, 600 } }, store = fresh() }
    local client, id, kind = service:safe({ host = "tick", guard = guard }), nil, nil
    for _ = 1, 2 do
      client:submit("send", message(), function(err, sent)
        if sent then id = sent.id else kind = err.kind end
      end)
    end
    local deadline = core.now() + 20
    while not (id and kind) and core.now() < deadline do client:update() end
    assert.same({ "1281532560", "guarded" }, { id, kind })
    client:close()
    service:stop()
  end)
end)

if not postgres.is_there or process.lua() ~= "luajit" then return end

describe("counters in PostgreSQL", function()
  setup(function()
    server, folder = postgres.start(), stores.folder()
    fresh = in_postgres()
  end)
  teardown(function()
    server:remove()
    stores.remove(folder)
  end)

  cases()

  -- Until another session waits for this one.
  local UNTIL_AWAITED = [[DO $$ BEGIN WHILE NOT EXISTS (SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock')
    LOOP PERFORM pg_sleep(0.01), pg_stat_clear_snapshot(); END LOOP; END $$]]

  local function make_elsewhere(url, statements)
    local words = { "psql", "-XAtq", "-d", url }
    local function add(sql) words[#words + 1], words[#words + 2] = "-c", sql end
    add("BEGIN")
    for _, statement in ipairs(statements) do add(statement.sql) end
    for _, sql in ipairs({ "SELECT 'made'", UNTIL_AWAITED, "COMMIT" }) do add(sql) end
    process.start(words):expect("^made$")
  end

  it("are made by two programs at the same time", function()
    local url = fresh()
    local made = open(url)
    make_elsewhere(url, made.sql:schema())
    local ticket = assert(made.store.handle:submit(made.sql:schema()))
    assert.is_true(ticket:wait(60))
    assert.same({ kind = "ok" }, { kind = ticket:response().kind, message = ticket:response().message })
  end)
end)
