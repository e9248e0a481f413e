local core = require("vertexsms.core")
local hosts = require("vertexsms.host")
local json = require("vertexsms.json")
local outboxes = require("spec.support.outboxes")
local process = require("spec.support.process")
local stores = require("vertexsms.store")

local host = hosts.pick("blocking")

teardown(outboxes.remove)

local function open(option) return stores.open(option, host) end

describe("a store", function()
  it("does a step, or refuses it", function()
    local store = assert(open(outboxes.new_path()))
    assert.equal("sqlite", store.dialect)
    assert(store:perform({ { sql = "CREATE TABLE spec (n integer)" } }))
    local insert = { sql = "INSERT INTO spec VALUES ($1) RETURNING n", params = { n = 1, 7 } }
    local result = assert(store:perform({ insert }))
    assert.same({ "ok", 7 }, { result.kind, result[1].rows[1].n })
    result = assert(store:perform({
      { sql = "INSERT INTO spec VALUES (8)" }, { sql = "UPDATE spec SET n = 0 WHERE n = 99", must = "ninety-nine" },
    }))
    assert.same({ "refused", "ninety-nine" }, { result.kind, result.failed })
    assert.equal(1, assert(store:perform({ { sql = "SELECT count(*) AS n FROM spec" } }))[1].rows[1].n)
    store:close()
    store:close()
  end)

  it("is a path, a URL or a store", function()
    for words, option in pairs({
      null = json.null, ["a table"] = {}, ["a userdata"] = io.stdout, ["a number (5)"] = 5, ["a boolean (true)"] = true,
    }) do
      local store, err = open(option)
      assert.same({ "invalid_argument", "store" }, { store == nil and err.kind, err.field })
      assert.equal("store must be the path of a file, or a URL such as postgresql://shop@db/shop, not " .. words,
        err.message)
    end
    local store = assert(open(outboxes.new_path()))
    assert.equal(store, open(store))
    assert(open(store.handle):perform({ { sql = "SELECT 1 AS one" } }))
    store:close()
  end)

  it("does many steps, each by itself", function()
    local store = assert(open(outboxes.new_path()))
    assert(store:perform({ { sql = "CREATE TABLE spec (n integer)" } }))
    local answers = store:perform_all({
      { { sql = "INSERT INTO spec VALUES (1)" } }, { { sql = "INSERT INTO nothing VALUES (1)" } },
      { { sql = "UPDATE spec SET n = 0 WHERE n = 99", must = "x" } }, { { sql = "INSERT INTO spec VALUES (2)" } },
    }, host)
    assert.same({ "ok", "store", "refused", "ok" },
      { answers[1].result.kind, answers[2].err.kind, answers[3].result.kind, answers[4].result.kind })
    assert.equal(2, assert(store:perform({ { sql = "SELECT count(*) AS n FROM spec" } }))[1].rows[1].n)
    store:close()
  end)

  it("is taken as it is where it was opened before", function()
    local store = assert(open(outboxes.new_path()))
    assert.equal(store, assert(open(store)))
    assert.equal(store.handle, assert(open(store.handle)).handle)
    store:close()
  end)

  it("says of a failure whether anything was changed", function()
    local err = stores.failure({ kind = "full", message = "the disk is full", committed = false })
    assert.same({ "store", "full", "not_sent", false }, { err.kind, err.code, err.outcome, err.retryable })
    assert.equal("the store failed: the disk is full (nothing was changed)", err.message)
    err = stores.failure({ kind = "busy", message = "busy", committed = false, temporary = true })
    assert.is_true(err.retryable)
    err = stores.failure({ kind = "unreachable", message = "gone", temporary = true })
    assert.same({ "unknown", false }, { err.outcome, err.retryable })
    assert.equal("the store failed: gone (whether it was changed is not known)", err.message)
  end)

  it("that cannot be opened is refused, with a reason", function()
    local store, err = open("/nowhere/at/all.db")
    if store then
      local result
      result, err = store:perform({ { sql = "SELECT 1 AS n" } })
      assert.is_nil(result)
    end
    assert.is_string(err.message)
  end)

  it("of a kind that the core was not built with is refused, with the package that is missing", function()
    for kind, option in pairs({ sqlite = "x.db", postgresql = "postgresql://x" }) do
      local before = core.stores[kind]
      core.stores[kind] = false
      local store, err = open(option)
      core.stores[kind] = before
      assert.same({ nil, "invalid_argument", "store" }, { store, err.kind, err.field })
      assert.is_truthy(err.message:find(kind == "sqlite" and "libsqlite3-dev" or "libpq-dev", 1, true), err.message)
    end
  end)
end)

describe("the library of a database", function()
  local folder
  setup(function() folder = outboxes.new_path() .. ".without" end)

  local function core_path()
    for template in package.cpath:gmatch("[^;]+") do
      local path = template:gsub("%?", "vertexsms/core")
      local file = io.open(path, "rb")
      if file then return path, file:close() end
    end
  end

  -- In a process whose core looks for libraries that no machine has: their names are in it as texts.
  local function run_without_libraries(code)
    local octets = process.read_file((core_path()))
    octets = octets:gsub("libsqlite3%.", "libsqlite9."):gsub("libpq%.", "libqp.")
    assert(os.execute("mkdir -p " .. folder .. "/vertexsms"))
    local file = assert(io.open(folder .. "/vertexsms/core.so", "wb"))
    assert(file:write(octets))
    file:close()
    local exit_code, output, errors = process.run({ process.lua(), "-e", code },
      { env = { LUA_CPATH = folder .. "/?.so;" .. package.cpath } })
    assert.equal(0, exit_code, errors)
    return output
  end

  it("is named where it is missing, with what has it", function()
    if not (core.stores.sqlite and core.stores.postgresql) then return end
    local output = run_without_libraries([[
      local stores, host = require("vertexsms.store"), require("vertexsms.host").pick("blocking")
      for _, place in ipairs { "/none/at/all.db", "postgresql://localhost/none" } do
        for _ = 1, 2 do print((select(2, stores.open(place, host)).message)) end
      end
      print(require("vertexsms").new { token = "token-of-the-spec", host = "blocking" })]])
    local sqlite, again, postgres, and_again, client = output:match("(.-)\n(.-)\n(.-)\n(.-)\n(.-)\n")
    assert.matches("^store cannot be opened: libsqlite9.*: install libsqlite3%-0 %(Debian%)", sqlite)
    assert.matches("^store cannot be opened: libqp.*: install libpq5 %(Debian%)", postgres)
    assert.same({ sqlite, postgres }, { again, and_again })
    assert.matches("vertexsms", client)
  end)

  it("is told by the doctor where it is missing", function()
    if not (core.stores.sqlite and core.stores.postgresql) then return end
    local output = run_without_libraries([[
      local doctor = require("vertexsms.doctor")
      for _, finding in ipairs(doctor.run({ host = "blocking", base_url = "http://127.0.0.1:1" })) do
        if finding.name == "databases" then print(finding.status .. " " .. finding.message) end
      end]])
    assert.matches("^ok the core was built with SQLite and PostgreSQL\n", output)
    assert.matches("\nwarning store cannot be opened: libsqlite9.-: install .-\nwarning .-libqp.-: install libpq5",
      output)
  end)

  it("is not loaded before a store is opened", function()
    local code = [[
      local function libraries()
        local found = {}
        for line in io.lines("/proc/self/maps") do
          local name = line:match("/lib(sqlite3)%.") or line:match("/lib(pq)%.")
          if name then found[name] = true end
        end
        return tostring(found.sqlite3) .. " " .. tostring(found.pq)
      end
      local client = require("vertexsms").new { token = "token-of-the-spec", host = "blocking" }
      print(libraries())
      require("vertexsms.core").store({ path = "/none/at/all.db" })
      print(libraries())]]
    if not core.stores.sqlite or not io.open("/proc/self/maps") then return end
    local exit_code, output, errors = process.run({ process.lua(), "-e", code })
    assert.same({ 0, "nil nil\ntrue nil\n" }, { exit_code, output }, errors)
  end)
end)
