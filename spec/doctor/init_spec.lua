-- What is looked at on this machine: the library, those of others, stores, descriptors, variables.

local core = require("vertexsms.core")
local doctor = require("vertexsms.doctor")
local process = require("spec.support.process")

-- Where nothing answers, at once.
local NOWHERE = "http://127.0.0.1:1"

local function by_name(list)
  local found = {}
  for _, finding in ipairs(list) do found[finding.name] = finding end
  return found
end

local function examine(options)
  local complete = { token = "token-of-the-spec", base_url = NOWHERE, host = "blocking", timeout = 5 }
  for name, value in pairs(options or {}) do complete[name] = value end
  return by_name(doctor.run(complete))
end

-- In another process, with another environment.
local function examine_with(env, before)
  local code = (before or "") .. [[
    for _, finding in ipairs(require("vertexsms.doctor").run({ host = "blocking" })) do
      print(finding.status .. " " .. finding.name .. " " .. finding.message:gsub("\n", " "))
    end]]
  local all = { VERTEXSMS_BASE_URL = NOWHERE, VERTEXSMS_TOKEN = "token-of-the-spec", VERTEXSMS_OUTBOX = "",
    VERTEXSMS_LIVE = "" }
  for name, value in pairs(env) do all[name] = value end
  local exit_code, output, errors = process.run({ process.lua(), "-e", code }, { env = all })
  assert.equal(0, exit_code, errors)
  return output
end

describe("the doctor", function()
  local folder
  setup(function()
    folder = os.tmpname()
    os.remove(folder)
    assert(process.run({ "mkdir", "-m", "700", folder }) == 0)
  end)
  teardown(function() process.run({ "rm", "-r", folder }) end)

  local function files() return process.lines_of("ls -A " .. folder) end

  it("gives a list, and counts what is in it", function()
    local list = doctor.run({ token = "token-of-the-spec", base_url = NOWHERE, host = "blocking" })
    local counts = doctor.count(list)
    assert.equal(#list, counts.ok + counts.warning + counts.error)
    assert.is_true(counts.error >= 1)
    for _, finding in ipairs(list) do
      assert.is_truthy(finding.name and finding.message)
      assert.equal(finding.status ~= "ok", finding.advice ~= nil, finding.name)
    end
  end)

  it("names versions and features", function()
    local found = examine()
    assert.equal("ok", found.library.status)
    assert.matches(core.version, found.library.message, 1, true)
    assert.matches("libcurl/%d.*%(SSL", found.libcurl.message)
    assert.matches("SQLite", found.databases.message)
    assert.matches("^cjson %d", found.cjson.message)
    assert.equal(core.curl_features.SSL, true)
  end)

  it("looks for the libraries of others, and says what needs each", function()
    local output = examine_with({}, "package.path = (';' .. package.path):gsub(';/[^;]*', '') package.cpath = "
      .. "package.cpath:gsub('([^;]*)/%?%.so', function(f) return not f:find('build/') and '/none/?.so' or nil end) "
      .. "package.preload.luv = error ")
    assert.matches("error cjson cjson is missing", output)
    assert.matches("warning lua%-http .*`vertexsms simulate`", output)
    assert.matches("warning argparse .*command line", output)
    assert.matches("ok luv luv is here", output)
    assert.matches("ok cqueues cqueues is not here", output)
    assert.not_matches("\n%l+ connection", output)
  end)

  it("goes on without the core", function()
    local output = examine_with({ VERTEXSMS_TOKEN = "" },
      "package.preload['vertexsms.core'] = function() error('gone', 0) end ")
    assert.matches("error library the core does not load under Lua.*: gone", output)
    assert.matches("error token VERTEXSMS_TOKEN is not set", output)
    assert.matches("ok cjson", output)
  end)

  it("a check that raises does not stop the others", function()
    local found = examine({ track_store = {} })
    assert.equal("error", found.tracking.status)
    assert.matches("this check failed", found.tracking.message)
    assert.is_truthy(found.environment)
  end)

  it("says whether the outbox can be made, or written, and leaves nothing behind", function()
    if not core.stores.sqlite then return end
    local path = folder .. "/outbox.db"
    local finding = examine({ store = path }).outbox
    assert.same({ "ok", true }, { finding.status, finding.message:find("can be made (SQLite 3", 1, true) ~= nil })
    assert.same({}, files())
    local store = assert(core.store({ path = path }))
    assert.equal("ok", store:perform({ { sql = "create table t (a)" } }).kind)
    store:close()
    finding = examine({ store = path }).outbox
    assert.same({ "ok", true }, { finding.status, finding.message:find("can be written (SQLite 3", 1, true) ~= nil })
    for _, name in ipairs(files()) do os.remove(folder .. "/" .. name) end
  end)

  it("says why the outbox cannot be written", function()
    if not core.stores.sqlite then return end
    local text = folder .. "/text"
    local file = assert(io.open(text, "w"))
    file:write(("not a database\n"):rep(100))
    file:close()
    process.run({ "chmod", "600", text })
    -- /proc is read-only to root, too
    for _, path in ipairs({ "/proc/outbox.db", folder .. "/none/outbox.db", text }) do
      local finding = examine({ store = path }).outbox
      assert.equal("error", finding.status, finding.message)
      assert.not_matches(".doctor-", finding.message, 1, true)
    end
    os.remove(text)
    assert.same({}, files())
  end)

  it("looks at VERTEXSMS_OUTBOX, and asks a database for a few seconds only", function()
    assert.matches("\nerror outbox [^\n]*/proc", examine_with({ VERTEXSMS_OUTBOX = "/proc/outbox.db" }))
    assert.not_matches(" outbox ", examine_with({}))
    local started = core.now()
    local finding = examine({ store = "postgresql://user:secret-of-it@127.0.0.1:1/outbox", timeout = 1 }).outbox
    assert.equal("error", finding.status)
    assert.not_matches("secret-of-it", finding.message)
    assert.is_true(core.now() - started < 10)
  end)

  it("says whether a track store can be written, and leaves nothing behind", function()
    if not core.stores.sqlite then return end
    assert.equal("ok", examine({ track_store = folder .. "/track" }).tracking.status)
    assert.same({}, files())
    local finding = examine({ track_store = "/proc/track" }).tracking
    assert.equal("error", finding.status)
    assert.matches("/proc/track: No such file or directory", finding.message, 1, true)
    local old = folder .. "/old"
    local file = assert(io.open(old, "wb"))
    file:write("vertexsms-tracking 1 ", ("0"):rep(32), "\n")
    file:close()
    finding = examine({ track_store = old }).tracking
    os.remove(old)
    assert.same({ "ok", "the track store " .. old .. " will be taken over" }, { finding.status, finding.message })
  end)

  it("looks at a guard's rules, and at the store that they name", function()
    assert.equal("ok", examine({ guard = { { allow = { "LT" } } } }).guard.status)
    assert.equal("error", examine({ guard = { { alow = { "LT" } } } }).guard.status)
    assert.equal("error", examine({ guard_problem = "no such file" }).guard.status)
    if not core.stores.sqlite then return end
    local counting = { per_recipient = { { 3, 600 } }, store = "/proc/guard.db" }
    assert.equal("error", examine({ guard = { counting } }).guard.status)
  end)

  it("warns of few descriptors", function()
    local code = [[ulimit -n 100; exec "$0" -e '
      for _, finding in ipairs(require("vertexsms.doctor").run({ host = "blocking" })) do
        print(finding.status, finding.name, finding.message)
      end']]
    local _, output = process.run({ "sh", "-c", code, process.lua() }, { env = { VERTEXSMS_BASE_URL = NOWHERE } })
    assert.matches("warning\tdescriptors\tthis process may open only 100 descriptors", output)
    assert.matches("descriptors", examine().descriptors.message)
  end)

  it("names variables, never their values", function()
    local output = examine_with({ VERTEXSMS_LIVE = "0", VERTEXSMS_OUTBOX = "/proc/x", https_proxy = "http://proxy" })
    assert.matches("warning live VERTEXSMS_LIVE is off", output)
    assert.matches("warning proxies https_proxy is set, but", output)
    assert.matches("ok environment .*VERTEXSMS_TOKEN, VERTEXSMS_BASE_URL, VERTEXSMS_LIVE, VERTEXSMS_OUTBOX", output)
    assert.not_matches("token-of-the-spec", output, 1, true)
    assert.matches("ok live", examine_with({ VERTEXSMS_LIVE = "1" }))
    output = examine_with({ VERTEXSMS_LIVE = "perhaps" })
    assert.matches("error live VERTEXSMS_LIVE must be 0 or 1", output)
  end)
end)
