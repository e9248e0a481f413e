local await = require("spec.support.await")
local core = require("vertexsms.core")
local databases = require("vertexsms.tracking.database")
local hosts = require("vertexsms.host")
local outboxes = require("spec.support.outboxes")
local process = require("spec.support.process")
local tracks = require("spec.support.tracked")

local blocking = hosts.pick("blocking")
local open, ids, entry = tracks.open, tracks.ids_in, tracks.entry

teardown(function()
  process.stop_all()
  tracks.remove_files()
end)

describe("the database of a tracking", function()
  local function add(database, ...)
    local entries = {}
    for _, id in ipairs({ ... }) do entries[id] = entry() end
    assert.same({}, database:add(entries, blocking))
  end

  local function change(database, id, fn)
    return database:change({ id }, function(_, found) return fn(found) end, blocking)[id]
  end

  local function get(database, id)
    local copy
    assert.is_nil(change(database, id, function(found) copy = found end))
    return copy
  end

  it("shows one process what another has written", function()
    local path = tracks.new_path()
    local one, other = open(path), open(path)
    add(one, "a")
    add(other, "b")
    assert.equal("a b", ids(one))
    assert.same({}, other:remove({ "a", "never" }, true, blocking))
    assert.equal("b", ids(one))
    assert.equal("b", ids(open(path)))
  end)

  it("gives back what it was given", function()
    local database = open(tracks.new_path())
    local given = {
      pending_until = 1, expires = 253402300799, due = 3, holder = 7, held_until = 8,
      report = { id = "5", state = "delivered", final = true, error = 0, reason = "no error", class = "ok" },
    }
    assert.same({}, database:add({ a = given }, blocking))
    assert.same(given, get(database, "a"))
    assert.is_nil(change(database, "a", function(found)
      found.holder, found.held_until, found.report.id, found.due = nil, nil, "\255\"", 4.5
      return found
    end))
    local found = get(database, "a")
    assert.same({ nil, nil, '?"', 5 }, { found.holder, found.held_until, found.report.id, found.due })
    assert.is_nil(get(database, "b"))
  end)

  it("begins anew where another process was faster", function()
    local path = tracks.new_path()
    local one, other = open(path), open(path)
    local function count(found)
      found = found or entry()
      found.expires = found.expires + 1
      return found
    end
    for _, meddle in ipairs({
      function() add(other, "a") end, function() change(other, "a", count) end,
      function() other:remove({ "a" }, true, blocking) end,
    }) do
      local times = 0
      assert.is_nil(change(one, "a", function(found)
        times = times + 1
        if times == 1 then meddle() end
        return count(found)
      end))
      assert.equal(2, times)
    end
    assert.equal(entry().expires + 1, get(one, "a").expires)
    assert.is_nil(change(one, "a", function()
      other:remove({ "a" }, true, blocking)
      return false
    end))
    local failure = change(one, "a", function()
      change(other, "a", count)
      return entry()
    end)
    assert.matches("again and again", failure.reason)
  end)

  it("changes many at once", function()
    local database, all = open(tracks.new_path()), {}
    for i = 1, 1200 do all[i] = ("%04d"):format(i) end
    assert.same({}, database:change(all, function() return entry() end, blocking))
    assert.same({}, database:change(all, function(id)
      if id > "0600" then return false end
    end, blocking))
    assert.equal(table.concat(all, " ", 1, 600), ids(database))
    assert.same({}, database:remove(all, true, blocking))
    assert.equal("", ids(database))
  end)

  it("knows what is due, the oldest first", function()
    local database = open(tracks.new_path())
    for id, at in pairs({ c = 30, a = 10, b = 20 }) do
      database:add({ [id] = { pending_until = 0, expires = at, due = at } }, blocking)
    end
    assert.same({ "a", "b" }, database:due(20, 9, blocking))
    assert.same({ "a", "b" }, database:due(math.huge, 2, blocking))
    assert.same({}, database:due(9, 9, blocking))
  end)

  it("may lie beside an outbox, and is only this user's", function()
    local outbox = outboxes.open()
    local path = outbox.store.handle:name()
    add(open(path), "a")
    outbox:add(outboxes.message())
    assert.equal("a", ids(open(path)))
    assert.equal(1, outbox:counts().queued)
    assert.equal("600", process.lines_of("stat -c %a " .. path)[1])
  end)

  it("is not made by nginx's master", function()
    local before, phase = rawget(_G, "ngx"), "init"
    rawset(_G, "ngx", { get_phase = function() return phase end })
    local path = tracks.new_path()
    local in_master = open(path)
    local file = io.open(path)
    phase = "content"
    local in_worker = databases.new("/nonexistent/file", blocking)
    rawset(_G, "ngx", before)
    assert.is_nil(file)
    assert.is_nil(in_worker)
    add(in_master, "a")
    assert.equal("a", ids(in_master))
  end)

  it("is refused where the core has no SQLite, with the package's name", function()
    local before = core.stores
    core.stores = { sqlite = false, postgresql = false }
    local made, err = databases.new(tracks.new_path(), blocking)
    core.stores = before
    assert.is_nil(made)
    assert.same({ "invalid_argument", "store" }, { err.kind, err.field })
    assert.matches("libsqlite3-dev", err.message, 1, true)
  end)

  it("is refused where it was written by a newer library", function()
    local path = tracks.new_path()
    local database = open(path)
    database.store:perform({ { sql = "UPDATE vertexsms_schema SET version = 2 WHERE name = 'tracking'" } })
    local made, err = databases.new(path, blocking)
    assert.is_nil(made)
    assert.equal("store", err.field)
    assert.matches("newer version", err.message, 1, true)
  end)

  it("says what failed, and holds nothing up for long meanwhile", function()
    local path = tracks.new_path()
    local database = open(path)
    add(database, "a")
    -- A person who has begun a transaction, and does not end it.
    local holder = process.start({ process.lua(), "-e", ([[
      local store = require("vertexsms.core").store({ path = %q })
      store:perform({
        { sql = "INSERT INTO vertexsms_tracking VALUES ('x', 0, 0, 0, NULL, NULL, NULL, 1)" },
        { sql = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c" },
        timeout = 60,
      })
    ]]):format(path) })
    local failure
    assert.is_true(await(function()
      failure = database:add({ b = entry() }, blocking).b
      return failure ~= nil
    end))
    assert.equal("store", failure.reason.kind)
    local started = core.now()
    for _ = 1, 5 do assert.is_truthy(database:add({ c = entry() }, blocking).c) end
    assert.is_true(core.now() - started < 1.5, "each of them waited for long")
    -- As in a worker of nginx whose first send comes now.
    local unopened = assert(databases.of_location(path, blocking))
    started = core.now()
    for _ = 1, 5 do assert.is_truthy(unopened:add({ c = entry() }, blocking).c) end
    assert.is_true(core.now() - started < 5, "opening waited for long")
    holder:stop()
    assert.is_true(await(function() return not unopened:add({ e = entry() }, blocking).e end))
    assert.is_true(await(function() return not database:add({ d = entry() }, blocking).d end))
    assert.matches("^a.* d e$", ids(database))
  end)
end)
