-- Two servers with synchronous replication: the primary dies in the middle of commits, the standby is promoted, and
-- what used the first goes on with the second. Nothing is done twice, nothing is forgotten. On LuaJIT alone: it takes
-- seconds.

local await = require("spec.support.await")
local chaos = require("spec.support.outbox_chaos")
local core = require("vertexsms.core")
local fault_servers = require("spec.support.faults")
local outboxes = require("spec.support.outboxes")
local postgres = require("spec.support.postgres")
local stores = require("spec.support.stores")

if not postgres.are_wanted then return end

local RATE, COUNT = 100, 150

local primary, standby, url

before_each(function()
  primary = postgres.start({ synchronous_standby_names = "second", synchronous_commit = "local" })
  standby = postgres.start_standby(primary, "second", { synchronous_commit = "local" })
  primary:await_standby("second")
  url = postgres.url_of({ primary, standby })
end)

after_each(function()
  standby:remove()
  primary:remove()
end)

local function fail_over()
  primary:kill()
  standby:promote()
end

describe("a failover", function()
  local function submit(store, names)
    local tickets = {}
    for _, name in ipairs(names) do
      tickets[name] = assert(store:submit({ { sql = "INSERT INTO ledger (name) VALUES ($1)", params = { name } } }))
    end
    return tickets
  end

  -- Those that were certainly not done are given again, as a worker does.
  local function sort_out(tickets, done, unknown)
    local again = {}
    for name, ticket in pairs(tickets) do
      assert.is_true(ticket:wait(60))
      local committed = ticket:response().committed
      if committed then done[#done + 1] = { name = name }
      elseif committed == nil then unknown[#unknown + 1] = name
      else again[#again + 1] = name end
    end
    return again
  end

  it("loses no step that was committed, does none twice, and what became of each is known", function()
    local store, names = assert(core.store({ url = url })), {}
    stores.done(store, { { sql = "CREATE TABLE ledger (name text NOT NULL)" } })
    for i = 1, 400 do names[i] = ("n%03d"):format(i) end
    local done, unknown = {}, {}
    local tickets = submit(store, names)
    core.sleep(0.05)
    fail_over()
    local again = sort_out(tickets, done, unknown)
    while #again > 0 do again = sort_out(submit(store, again), done, unknown) end
    assert.same({}, unknown)
    table.sort(done, function(a, b) return a.name < b.name end)
    assert.same(done, stores.rows(store, "SELECT name FROM ledger ORDER BY name COLLATE \"C\""))
    assert.equal(400, #done)
    store:close()
  end)

  local function start_worker(faults)
    return outboxes.start_worker({
      store = url, lease = 5, concurrency = 8, batch_size = 1,
      client = {
        token = "token-of-the-failover", base_url = faults:url("chaos"), timeout = 2, retry = false, host = "blocking",
      },
    })
  end

  it("leaves no message of an outbox sent twice or forgotten, with workers of two machines under one rate", function()
    local faults = fault_servers.start({ seed = 7 })
    local outbox = outboxes.open({ store = url, rate = RATE })
    local list = {}
    for number = 1, COUNT do
      list[number] = { { to = "37069912345", from = "Chaos", message = "outbox " .. number }, key = "key " .. number }
    end
    assert(outbox:add_many(list))
    local started, rounds = core.now(), 0
    repeat -- the server refuses the token now and then, which pauses the outbox and ends the workers
      local workers = { start_worker(faults), start_worker(faults) }
      rounds = rounds + 1
      if rounds == 1 then
        assert(await(function() return assert(outbox:counts()).accepted > 0 end))
        fail_over()
      end
      for _, worker in ipairs(workers) do worker:wait() end
      assert(outbox:resume())
      assert.is_nil(outboxes.sweep(outbox))
      local counts = assert(outbox:counts())
    until counts.queued == 0 and counts.sending == 0 or rounds == 40
    assert.is_true(core.now() - started > COUNT / RATE - 1)
    assert.equal(COUNT, assert(outbox:counts()).total)
    local result = { violations = {}, states = {} }
    chaos.compare(faults, outbox, result)
    assert.same({}, result.violations)
    assert.is_true(result.states.accepted > 0)
    outbox:close()
    faults:stop()
  end)
end)
