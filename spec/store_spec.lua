-- Steps in a SQLite file, on the calling thread. What the thread adds is tested in spec/store_thread_spec.lua.

local core = require("vertexsms.core")
local process = require("spec.support.process")
local stores = require("spec.support.stores")

if not stores.are_built then return end

local folder, path, store

local function open(config)
  config = config or {}
  config.path = config.path or path
  return assert(core.store(config))
end

before_each(function()
  folder = stores.folder()
  path = folder .. "/store.db"
  store = open()
end)

after_each(function()
  store:close()
  stores.remove(folder)
end)

local unpack = rawget(_G, "unpack") or rawget(table, "unpack")

local function perform(step) return assert(store:perform(step)) end
local function done(step) return stores.done(store, step) end
local function rows(sql, ...) return stores.rows(store, sql, ...) end

local function make_table()
  done({ { sql = "CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT UNIQUE, size REAL)" } })
end

describe("a store", function()
  it("says what it is", function()
    assert.equal("sqlite", store:dialect())
    assert.equal(path, store:name())
    assert.equal(("vertexsms store (%s)"):format(path), tostring(store))
    store:close()
    store:close()
    assert.is_true(store:is_closed())
    local result, refusal = store:perform({ { sql = "SELECT 1" } })
    assert.is_nil(result)
    assert.equal("closed", refusal.kind)
  end)

  it("is not made in a file whose name is that of a server, which may have a password in it", function()
    for _, name in ipairs({
      "PostgreSQL://me:secret@db/shop", "pgsql://me:secret@db/shop", " postgresql://me:secret@db/shop",
      "postgresql:/me:secret@db/shop", "host=db user=me password=secret", "password = secret host=db",
      "file:store.db?key=secret",
    }) do
      local made, refusal = core.store({ path = name })
      assert.is_nil(made, name)
      assert.same({ "invalid_argument", "path" }, { refusal.kind, refusal.field })
      assert.is_nil(refusal.message:find("secret", 1, true))
    end
    assert(core.store({ path = folder .. "/passwords=x:y" })):close()
  end)

  it("is made with a path or a url, and not with both", function()
    for _, config in ipairs({ {}, { path = path, url = "postgresql://" }, { path = "" }, { path = "a\0b" } }) do
      local made, refusal = core.store(config)
      assert.is_nil(made)
      assert.equal("invalid_argument", refusal.kind)
      assert.equal("path", refusal.field)
    end
    assert.has_error(function() core.store({ path = 1 }) end)
    local _, refusal = core.store({ path = path, timeout = 0 })
    assert.equal("timeout", refusal.field)
  end)

  it("names the package that is missing where the core was built without it", function()
    if core.stores.postgresql then return end
    local _, refusal = core.store({ url = "postgresql://localhost/x" })
    assert.matches("libpq%-dev", refusal.message)
  end)

  it("leaves one file behind when it is closed, which others cannot read", function()
    make_table()
    store:close()
    local names = process.lines_of("ls " .. folder)
    assert.same({ "store.db", "store.db-next", "store.db-turn" }, names)
    assert.same({ "600", "600", "600" }, process.lines_of("stat -c %a " .. folder .. "/*"))
  end)
end)

describe("a step", function()
  it("gives rows and changes, statement by statement", function()
    make_table()
    local result = done({
      { sql = "INSERT INTO things (name, size) VALUES ($1, $2), ($3, $2)", params = { "a", 1.5, "b" } },
      { sql = "SELECT id, name, size FROM things ORDER BY id" },
      { sql = "UPDATE things SET size = $1 WHERE id = 2 RETURNING name, size", params = { n = 1 } },
    })
    assert.equal("ok", result.kind)
    assert.is_true(result.committed)
    assert.same({ rows = {}, changes = 2, inserted = 2 }, result[1])
    assert.same({ rows = { { id = 1, name = "a", size = 1.5 }, { id = 2, name = "b", size = 1.5 } }, changes = 0 },
      result[2])
    assert.same({ rows = { { name = "b" } }, changes = 1 }, result[3])
  end)

  it("takes parameters in any order, and keeps their values", function()
    local row = rows("SELECT $2 AS b, $1 AS a, $2 AS c, $3 AS none", 1, "two", nil)[1]
    assert.same({ a = 1, b = "two", c = "two" }, row)
    local values = { true, false, 0, -1, 2 ^ 53, -2 ^ 53, 0.1, 1e300, "", "ąž € 😀", ("x"):rep(100000) }
    for _, value in ipairs(values) do
      local found = rows("SELECT $1 AS v, typeof($1) AS t", value)[1]
      local expected = value
      if type(value) == "boolean" then expected = value and 1 or 0 end
      assert.equal(expected, found.v)
    end
    assert.equal("integer", rows("SELECT typeof($1) AS t", 3.0)[1].t)
    assert.equal("real", rows("SELECT typeof($1) AS t", 3.5)[1].t)
  end)

  it("keeps integers that a double does not hold", function()
    local row = rows("SELECT 9007199254740993 AS big, -9223372036854775807 AS small, 9007199254740992 AS fits")[1]
    assert.equal("9007199254740993", ("%s"):format(row.big))
    assert.equal("-9223372036854775807", ("%s"):format(row.small))
    assert.equal(2 ^ 53, row.fits)
  end)

  it("is refused where something about it is wrong", function()
    local wrong = {
      {}, { { sql = "" } },
      { { sql = "SELECT $1", params = { "\255" } } }, { { sql = "SELECT $1", params = { "a\0" } } },
      { { sql = "SELECT $1", params = { 0 / 0 } } }, { { sql = "SELECT 1" }, timeout = -1 },
    }
    for _, step in ipairs(wrong) do
      local result, refusal = store:perform(step)
      assert.is_nil(result)
      assert.equal("invalid_argument", refusal.kind)
    end
    local misused = {
      1, { 1 }, { { sql = 1 } }, { { sql = "SELECT 1", params = 1 } }, { { sql = "SELECT $1", params = { {} } } },
      { { sql = "SELECT 1", params = { n = -1 } } }, { { sql = "SELECT 1", must = true } },
    }
    for _, step in ipairs(misused) do assert.has_error(function() store:perform(step) end) end
  end)

  it("is done all or none", function()
    make_table()
    local result = perform({
      { sql = "INSERT INTO things (name) VALUES ('a')" },
      { sql = "INSERT INTO things (name) VALUES ('b'), ('b')" },
    })
    assert.equal("conflict", result.kind)
    assert.equal("things.name", result.constraint)
    assert.is_false(result.committed)
    assert.is_false(result.temporary)
    assert.same({}, rows("SELECT * FROM things"))
  end)

  it("is undone where a statement that must find something does not", function()
    make_table()
    local step = {
      { sql = "INSERT INTO things (name) VALUES ('a')" },
      { sql = "UPDATE things SET size = 1 WHERE name = $1", params = { "b" }, must = "the b" },
    }
    local result = perform(step)
    assert.equal("refused", result.kind)
    assert.equal("the b", result.failed)
    assert.same({}, rows("SELECT * FROM things"))
    step[2].params = { "a" }
    done(step)
    done({ { sql = "SELECT 1", must = "a row" } })
    assert.equal("refused", perform({ { sql = "SELECT 1 WHERE 0", must = "a row" } }).kind)
  end)

  it("fails where a statement that must find something fails, and is not refused", function()
    make_table()
    done({ { sql = "CREATE TRIGGER never BEFORE INSERT ON things BEGIN SELECT RAISE(ABORT, 'no'); END" } })
    for _, sql in ipairs({ "INSERT INTO things (name) VALUES ('a')",
      "INSERT OR FAIL INTO things (name) VALUES ('a') ON CONFLICT (name) DO NOTHING" }) do
      local result = perform({ { sql = sql, must = "a thing" } })
      assert.same({ "failed", false }, { result.kind, result.committed })
      assert.is_nil(result.failed)
    end
  end)

  it("says which row was inserted, and what the time is", function()
    make_table()
    local now = "((julianday('now') - 2440587.5) * 86400.0)"
    local insert = "INSERT INTO things (name, size) VALUES ($1, $now) ON CONFLICT (name) DO UPDATE SET size = $now"
    local before = rows("SELECT " .. now .. " AS at")[1].at
    local step = { { sql = insert, params = { "a" } }, { sql = insert, params = { "b" } },
      { sql = insert, params = { "a" } }, { sql = "SELECT 1 AS one" }, { sql = "UPDATE things SET id = id" } }
    local inserted = {}
    for i, set in ipairs(done(step)) do inserted[i] = set.inserted or false end
    assert.same({ 1, 2, false, false, false }, inserted)
    local thing = rows("SELECT size, typeof(size) AS type, " .. now .. " AS at FROM things WHERE id = 2")[1]
    assert.is_true(before <= thing.size and thing.size <= thing.at)
    assert.equal("real", thing.type)
    assert.same({ true, 3 }, { store:perform_one(insert, nil, "c") })
    assert.is_false((store:perform_one(insert, nil, "c")))
  end)

  it("tells the time as SQLite does, to the last bit", function()
    local same = "SELECT 1 AS yes WHERE $now = ((julianday('now') - 2440587.5) * 86400.0)"
    local tries = 0
    repeat tries = tries + 1 until #rows(same) == 1 or tries > 10000
    assert.is_true(tries <= 10000)
  end)

  it("goes on after a step that only read, and did not find what it must", function()
    make_table()
    for _ = 1, 2 do
      assert.equal("refused", perform({ { sql = "SELECT 1 WHERE 1 = 0", must = "a row" }, read_only = true }).kind)
    end
    done({ { sql = "INSERT INTO things (name) VALUES ('a')" } })
    assert.same({ { name = "a" } }, rows("SELECT name FROM things"))
  end)

  it("does not write where it says that it only reads", function()
    make_table()
    local result = perform({ { sql = "INSERT INTO things (name) VALUES ('a')" }, read_only = true })
    assert.equal("failed", result.kind)
    assert.same({}, rows("SELECT * FROM things"))
  end)

  it("does not begin or end transactions, or run two statements as one", function()
    make_table()
    for _, sql in ipairs({ "COMMIT", "ROLLBACK", "BEGIN", "SAVEPOINT x", "ATTACH 'x' AS y", "SELECT 1; SELECT 2", ";",
      "SELECT ?", "SELECT :name", "SELECT $name", "SELECT $1, $2" }) do
      local result = perform({ { sql = "INSERT INTO things (name) VALUES ('a')" }, { sql = sql, params = { 1 } } })
      assert.equal("failed", result.kind, sql)
      assert.is_false(result.committed)
      assert.same({}, rows("SELECT * FROM things"))
    end
  end)

  it("shows neither its SQL nor its parameters when it fails", function()
    make_table()
    done({ { sql = "INSERT INTO things (name) VALUES ($1)", params = { "secret" } } })
    local steps = {
      { { sql = "INSERT INTO things (name) VALUES ($1)", params = { "secret" } } },
      { { sql = "SELEC 'secret'" } }, { { sql = "SELECT 'secret" } },
      { { sql = "SELECT * FROM things WHERE 'secret' (" } },
      { { sql = "INSERT INTO things (id) VALUES ($1)", params = { "secret" } } },
    }
    for _, step in ipairs(steps) do assert.is_nil(perform(step).message:find("secret", 1, true)) end
  end)

  it("ends when its time is over, and the store goes on", function()
    make_table()
    local endless = "WITH RECURSIVE r(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM r) "
    for _, step in ipairs({
      { { sql = endless .. "SELECT count(*) FROM r" }, read_only = true, timeout = 0.05 },
      { { sql = endless .. "INSERT INTO things (size) SELECT x FROM r" }, timeout = 0.05 },
    }) do
      local result = perform(step)
      assert.equal("timeout", result.kind)
      assert.is_true(result.temporary)
      assert.is_false(result.committed)
    end
    assert.same({}, rows("SELECT * FROM things"))
  end)

  it("is found by another store of the same file", function()
    make_table()
    done({ { sql = "INSERT INTO things (name) VALUES ('a')" } })
    local other = open()
    assert.same({ { name = "a" } }, stores.rows(other, "SELECT name FROM things"))
    stores.done(other, { { sql = "DELETE FROM things" } })
    assert.same({}, rows("SELECT * FROM things"))
    other:close()
  end)

  it("may be larger than what a step usually is", function()
    make_table()
    local step = {}
    for i = 1, 200 do
      step[i] = { sql = "INSERT INTO things (id, name, size) VALUES ($1, $2, $3)", params = { i, "n" .. i, i / 2 } }
    end
    done(step)
    local values, params = {}, {}
    for i = 1, 500 do values[i], params[i] = ("$%d"):format(i), i end
    local found = rows(("SELECT count(*) AS n FROM things WHERE id IN (%s)"):format(table.concat(values, ",")),
      unpack(params))
    assert.equal(200, found[1].n)
    assert.equal(200, #rows("SELECT * FROM things"))
  end)
end)

describe("a file that is not a store", function()
  local function refused(config, kind, words)
    local other = open(config)
    local result = assert(other:perform({ { sql = "SELECT 1" } }))
    assert.equal(kind, result.kind)
    assert.is_false(result.committed)
    assert.matches(words, result.message)
    other:close()
    return result
  end

  local function write(name, text)
    local file = assert(io.open(name, "wb"))
    file:write(text)
    file:close()
    assert(os.execute("chmod 600 " .. name))
  end

  it("is left alone: text, another program's database, a folder", function()
    local other = folder .. "/other"
    write(other, ("not a database at all\n"):rep(100))
    refused({ path = other }, "foreign", "not a SQLite database")
    os.remove(other)
    assert(os.execute(("sqlite3 %s 'CREATE TABLE theirs (x)' && chmod 600 %s"):format(other, other)))
    local before = process.read_file(other)
    refused({ path = other }, "foreign", "another program")
    assert.equal(before, process.read_file(other))
    os.remove(other)
    assert(os.execute("mkdir " .. other))
    refused({ path = other }, "denied", "not a regular file")
    assert.same({ "other" }, process.lines_of("ls " .. folder))
  end)

  it("is refused where others may read or replace it, or it is not there", function()
    make_table()
    assert(os.execute("chmod 644 " .. path))
    refused(nil, "denied", "others may read")
    assert(os.execute("chmod 600 " .. path .. " && chmod 770 " .. folder))
    refused(nil, "denied", "others may write to the folder")
    assert(os.execute("chmod 700 " .. folder))
    refused({ path = folder .. "/none/store.db" }, "unreachable", "none")
    assert(os.execute(("ln -s %s %s/link"):format(path, folder)))
    refused({ path = folder .. "/link" }, "denied", "not a regular file")
  end)

  it("may be in a folder that is reached over a symbolic link", function()
    local link = folder .. "-link"
    assert(os.execute(("ln -s %s %s"):format(folder, link)))
    local other = open({ path = link .. "/store.db" })
    stores.done(other, { { sql = "CREATE TABLE x (y)" } })
    other:close()
    os.remove(link)
  end)
end)

describe("a statement that is done several times", function()
  local INSERT = "INSERT INTO things (name, size) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING"

  it("has its parameters in lists, or one that is the same each time, and its results in a list", function()
    make_table()
    assert.same({ true, { 1, 2, 3 } }, { store:perform_each(INSERT, true, 3, { "a", nil, "c" }, 7) })
    assert.same({ true, { 4, 5 } }, { store:perform_each(INSERT, false, 2, { "d", "e" }, { 1.5 }) })
    assert.same({ { name = "a", size = 7 }, { size = 7 }, { name = "c", size = 7 }, { name = "d", size = 1.5 },
      { name = "e" } }, rows("SELECT name, size FROM things ORDER BY id"))
    local select = "SELECT id, name FROM things WHERE name = $1"
    assert.same({ true, { 3, 1 }, { "c", "a" } }, { store:perform_each(select, true, 2, { "c", "a" }) })
  end)

  it("is undone, and named by its number, where one must find a row and does not", function()
    make_table()
    local is_row, result = store:perform_each(INSERT, true, 3, { "a", "b", "a" }, nil)
    assert.same({ false, "refused", "3", false }, { is_row, result.kind, result.failed, result.committed })
    assert.same({ 0 }, { #rows("SELECT id FROM things") })
    is_row, result = store:perform_each(INSERT, false, 3, { "a", "b", "a" }, nil)
    assert.same({ false, "ok", 1, 2, 0 }, { is_row, result.kind, result[1].inserted, result[2].inserted,
      result[3].changes })
  end)

  it("is refused where it is none", function()
    make_table()
    for _, count in ipairs({ 0, -1, 10001, "x", false }) do
      assert.is_false((pcall(store.perform_each, store, INSERT, true, count, {}, nil)))
    end
    local many = {}
    for i = 1, 65 do many[i] = i end
    assert.is_false((pcall(store.perform_each, store, INSERT, true, 1, unpack(many))))
    local ok, reason = pcall(store.perform_each, store, INSERT, true, 2, { "a", {} }, nil)
    assert.is_false(ok)
    assert.matches("parameter 1 of statement 2 must be nil, a boolean, a number or a string, not table", reason)
    assert.is_nil((store:perform_each(INSERT, true, 1, { "a\0" }, nil)))
    store:close()
    local is_row, refusal = store:perform_each(INSERT, true, 1, { "a" }, nil)
    assert.same({ nil, "closed" }, { is_row, refusal.kind })
  end)
end)

describe("a file that goes bad", function()
  it("is reported when it was removed while it was open", function()
    make_table()
    assert(os.execute("rm " .. folder .. "/store.db*"))
    local result = perform({ { sql = "INSERT INTO things (name) VALUES ('a')" } })
    assert.equal("corrupt", result.kind)
    assert.matches("was removed or replaced", result.message)
    result = perform({ { sql = "INSERT INTO things (name) VALUES ('a')" } })
    assert.same({ "unreachable", false }, { result.kind, result.committed })
    assert.is_nil(io.open(folder .. "/store.db"))
    io.open(folder .. "/store.db", "w"):close()
    assert(os.execute("chmod 600 " .. folder .. "/store.db"))
    result = perform({ { sql = "INSERT INTO things (name) VALUES ('a')" } })
    assert.matches("is empty, and was not before", result.message)
  end)

  it("is reported when it is damaged", function()
    make_table()
    for i = 1, 200 do
      done({ { sql = "INSERT INTO things (name) VALUES ($1)", params = { ("n%d"):format(i):rep(50) } } })
    end
    store:close()
    assert(os.execute(("dd if=/dev/urandom of=%s bs=1024 seek=8 count=24 conv=notrunc 2>/dev/null"):format(path)))
    store = open()
    local result = perform({ { sql = "SELECT count(name) FROM things" }, { sql = "PRAGMA integrity_check" } })
    assert.equal("corrupt", result.kind)
    assert.is_false(result.temporary)
  end)
end)
