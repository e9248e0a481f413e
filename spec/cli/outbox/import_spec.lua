local cjson = require("cjson")
local cli = require("spec.support.cli")
local outboxes = require("spec.support.outboxes")
local process = require("spec.support.process")
local simulators = require("spec.support.simulator")

local simulator

setup(function() simulator = simulators.start() end)
teardown(function()
  process.stop_all()
  outboxes.remove()
end)

local FILE = "name,number\nAnn,+370 699 12345\nBob,37069912346\nAnn,37069912345\n"

-- Runs a command over a store; the file of an import is on stdin.
local function run(store, words, stdin)
  local all = { "outbox" }
  for _, word in ipairs(words) do all[#all + 1] = word end
  all[#all + 1], all[#all + 2] = "--store", store
  return cli.run(simulator.url, all, stdin)
end

local function import(store, stdin, ...)
  return run(store, { "import", "-", "--campaign", "spring", "--from", "MyShop", "--message", "Hi {name}", ... }, stdin)
end

describe("vertexsms outbox import", function()
  it("adds a campaign, once", function()
    local store = outboxes.new_path()
    local code, output = import(store, FILE)
    assert.same({ 0, "added 2 messages of campaign spring\n1 rows have a number again\n" }, { code, output })
    code, output = import(store, FILE, "--json")
    local said = cjson.decode(output)
    assert.same({ 0, 0, 2, 1 }, { code, said.added, said.there_before, said.repeated })
    local outbox = outboxes.open({ store = store })
    assert.equal(2, assert(outbox:counts()).queued)
    assert.same({ to = "37069912345", from = "MyShop", message = "Hi Ann" },
      assert(outbox:get({ key = "spring/37069912345" })).message)
    outbox:close()
  end)

  it("adds nothing where a row is wrong, and names each line", function()
    local store = outboxes.new_path()
    local code, output, errors = import(store, FILE .. "Eve,0699\nAnna,37069912346\n")
    assert.same({ 1, "" }, { code, output })
    assert.is_truthy(errors:find("2 of 5 rows cannot be used", 1, true), errors)
    assert.is_truthy(errors:find("line 5 of stdin: number ", 1, true), errors)
    assert.is_truthy(errors:find("line 6 of stdin: has the number of line 3 and another text", 1, true), errors)
    assert.is_nil(io.open(store))
    code = import(store, FILE, "--message", "{nam}")
    assert.equal(1, code)
  end)

  it("says in a dry run what it would cost, and adds nothing", function()
    local store = outboxes.new_path()
    local code, output = import(store, FILE, "--dry-run")
    assert.equal(0, code)
    assert.matches("^3 rows, 2 messages, 2 parts\n1 rows have a number again\ncost: [0-9.]+ EUR\nnothing was added",
      output)
    assert.is_nil(io.open(store))
  end)

  it("says that another campaign is in the way", function()
    local store = outboxes.new_path()
    import(store, FILE)
    local words = { "import", "-", "--campaign", "spring", "--from", "MyShop", "--message", "x" }
    local code, _, errors = run(store, words, FILE)
    assert.equal(1, code)
    assert.is_truthy(errors:find('key "spring/37069912345" is that of another message', 1, true), errors)
  end)

  it("needs a store", function()
    local code, _, errors = cli.run(simulator.url, { "outbox", "status" })
    assert.equal(1, code)
    assert.is_truthy(errors:find("--store is missing", 1, true), errors)
    code, _, errors = cli.run(simulator.url, { "outbox", "status", "--store", "/nowhere/at/all.db" })
    assert.is_true(code ~= 0 and errors ~= "", errors)
  end)

  it("alone makes a store: elsewhere a name that is not there was mistyped", function()
    local store = outboxes.new_path()
    for _, words in ipairs({ { "status" }, { "list" }, { "show", "1" }, { "export" }, { "cancel", "1" },
      { "resolve", "1", "--drop" }, { "resume" }, { "pause", "closed" }, { "run" } }) do
      local code, output, errors = run(store, words)
      assert.same({ 1, "" }, { code, output }, words[1])
      assert.is_truthy(errors:find(("there is no outbox %s: `vertexsms outbox import` makes one"):format(store), 1,
        true), errors)
      assert.is_nil(io.open(store), words[1])
    end
    assert.equal(0, (import(store, FILE)))
    assert.equal(0, (run(store, { "status" })))
  end)
end)
