local cjson = require("cjson")
local cli = require("spec.support.cli")
local numbers = require("vertexsms.base.number")
local outboxes = require("spec.support.outboxes")
local process = require("spec.support.process")
local simulators = require("spec.support.simulator")

local simulator

setup(function() simulator = simulators.start(nil, nil, 300) end)
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
    assert.is_truthy(errors:find('line 5 of stdin: number "0699" in column "number" begins with 0', 1, true), errors)
    assert.is_truthy(errors:find("or name its country with --correct-by LT\n", 1, true), errors)
    assert.is_truthy(errors:find("line 6 of stdin: has the number of line 3 and another text", 1, true), errors)
    assert.is_nil(io.open(store))
  end)

  it("names a column that no row has once", function()
    local store = outboxes.new_path()
    for text, known in pairs({
      [FILE] = '"name", "number"', ['{"to":"37069912345"}\n{"to":"37069912346","town":"Kaunas"}\n'] = '"to", "town"',
    }) do
      local code, output, errors = run(store, { "import", "-", "--campaign", "spring", "--from", "MyShop", "--message",
        "Hi {nam} {name}" }, text)
      assert.same({ 1, "" }, { code, output })
      assert.equal(('not sent: the file has no column "nam", which --message names; it has %s\n'):format(known), errors)
    end
    local _, _, errors = run(store, { "import", "-", "--campaign", "spring", "--from", "MyShop", "--message",
      "Hi {town}" }, '{"to":"37069912345"}\n{"to":"37069912346","town":"Kaunas"}\n')
    assert.equal('not sent: line 1 of stdin: has no column "town", which --message names\n', errors)
    assert.is_nil(io.open(store))
  end)

  it("says in a dry run what it would cost, and adds nothing", function()
    local store = outboxes.new_path()
    local code, output = import(store, FILE, "--dry-run")
    assert.equal(0, code)
    assert.matches("^3 rows, 2 messages, 2 parts\n1 rows have a number again\ncost: [0-9.]+ EUR\nnothing was added",
      output)
    assert.is_nil(io.open(store))
  end)

  it("says in a dry run what is there already, and what is in the way", function()
    local store = outboxes.new_path()
    import(store, "name,number\nAnn,37069912345\n")
    local code, output, errors = import(store, FILE, "--dry-run")
    assert.same({ 0, "" }, { code, errors })
    assert.is_truthy(output:find("\n1 are in the outbox already\ncost: ", 1, true), output)
    code, output = import(store, FILE, "--dry-run", "--json")
    assert.same({ 0, 1 }, { code, cjson.decode(output).there_before })
    code, output, errors = import(store, "name,number\nEve,37069912345\n", "--dry-run")
    assert.equal(1, code)
    assert.is_truthy(output:find("\n1 are in the outbox already\n", 1, true), output)
    assert.equal("line 2 of stdin: the campaign already has another message for this number: it differs in message"
      .. " (another text)\n", errors)
    local outbox = outboxes.open({ store = store })
    assert.equal(1, assert(outbox:counts()).total)
    outbox:close()
  end)

  it("asks the guard in a dry run, by the rules that count nothing", function()
    local store, path = outboxes.new_path(), os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write('{ "allow": ["37069912345"], "max_parts": 2 }')
    file:close()
    local code, output, errors = import(store, FILE, "--dry-run", "--guard", path)
    local many = { "name,number" }
    for i = 1, 1001 do many[i + 1] = "Ann,37069912345" .. ("%04d"):format(i) end
    many[#many + 1] = "Bob,37069912346"
    local _, _, later = import(store, table.concat(many, "\n"), "--dry-run", "--guard", path)
    assert.is_truthy(later:find("line 1003 of stdin: the guard's allow has no prefix of to", 1, true), later)
    os.remove(path)
    assert.equal(1, code)
    assert.matches("^3 rows, 2 messages", output)
    assert.is_truthy(errors:find("line 3 of stdin: the guard's allow has no prefix of to", 1, true), errors)
  end)

  it("adds nothing where another message of the campaign is there, and names the line", function()
    local store, lines = outboxes.new_path(), { "name,number" }
    import(store, "name,number\nEve,37069912345\n")
    for i = 1, 1000 do lines[#lines + 1] = ("Eve,3706%07d"):format(i) end -- more than one step
    lines[#lines + 1] = "Ann,37069912345"
    local code, output, errors = import(store, table.concat(lines, "\n"))
    assert.same({ 1, "" }, { code, output })
    assert.equal("not sent: line 1002 of stdin: the campaign already has another message for this number: it differs"
      .. " in message (another text)\n", errors)
    local outbox = outboxes.open({ store = store })
    assert.equal(1, assert(outbox:counts()).total)
    outbox:close()
  end)

  it("names the option also of what the outbox itself refuses", function()
    local store = outboxes.new_path()
    local code, output, errors = import(store, FILE, "--send-before", "0")
    assert.same({ 1, "" }, { code, output })
    assert.equal("not sent: --send-before must be from 0.001 to 2592000 seconds, not 0\n", errors)
  end)

  it("adds all of a file that is more than one step", function()
    local store, lines = outboxes.new_path(), { "name,number" }
    for i = 1, 1001 do lines[#lines + 1] = ("Eve,3706%07d"):format(i) end
    local code, output = import(store, table.concat(lines, "\n"))
    assert.same({ 0, "added 1001 messages of campaign spring\n" }, { code, output })
    local outbox = outboxes.open({ store = store })
    assert.equal(1001, assert(outbox:counts()).queued)
    outbox:close()
  end)

  it("gives each message the fields of the command line, and takes the numbers of the column that it names", function()
    local store = outboxes.new_path()
    local code, _, errors = import(store, "name,to,mobile\nAnn,37069900001,069912345\n", "--to-column", "mobile",
      "--correct-by", "LT", "--priority", "high", "--expire-in", "3600")
    assert.same({ 0, "" }, { code, errors })
    local outbox = outboxes.open({ store = store })
    assert.same({ to = "069912345", correctBy = "LT", priority = "high", expireIn = 3600, from = "MyShop",
      message = "Hi Ann" }, assert(outbox:get(1)).message)
    outbox:close()
    code, _, errors = import(store, FILE, "--to-column", "mobil")
    assert.same({ 1, 'not sent: --to-column "mobil" is not the title of a column; the file has "name", "number"\n' },
      { code, errors })
  end)

  it("tells what is wrong with a row, of the first twenty, and how many more there are", function()
    local store, lines = outboxes.new_path(), { "name,number" }
    for i = 1, 25 do lines[#lines + 1] = ("%d,06%07d"):format(i, i) end
    local code, _, errors = import(store, table.concat(lines, "\n"))
    assert.equal(1, code)
    assert.is_truthy(errors:find("25 of 25 rows cannot be used\nline 2 of stdin: number ", 1, true), errors)
    assert.is_truthy(errors:find("\nline 21 of stdin: number [^\n]*\nand 5 more\n$"), errors)
  end)

  it("says once what is wrong in every row", function()
    local code, _, errors = import(outboxes.new_path(), FILE, "--expire-in", "60")
    assert.same({ 1, "not sent: --expire-in must be from 360 to 432000 seconds, not 60\n" }, { code, errors })
  end)

  it("refuses a file without rows", function()
    local code, _, errors = import(outboxes.new_path(), "name,number\n")
    assert.same({ 1, "not sent: the file has no rows\n" }, { code, errors })
  end)

  it("says in a dry run the cost of all messages", function()
    local function cost_of(text)
      local _, output = import(outboxes.new_path(), text, "--dry-run", "--json")
      return numbers.read(cjson.decode(output).cost)
    end
    local one = cost_of("name,number\nAnn,37069912345\n")
    assert.is_true(one > 0)
    assert.is_true(math.abs(2 * one - cost_of(FILE)) < 1e-9)
  end)

  it("finds its store by VERTEXSMS_OUTBOX, where --store does not name another", function()
    local store, env = outboxes.new_path(), {}
    env.VERTEXSMS_OUTBOX = store
    import(store, FILE)
    local code, output = cli.run(simulator.url, { "outbox", "status" }, nil, env)
    assert.equal(0, code)
    assert.matches("^queued +2\n", output)
    code = cli.run(simulator.url, { "outbox", "status", "--store", store .. ".other" }, nil, env)
    assert.equal(1, code)
  end)

  it("needs a store", function()
    local code, _, errors = cli.run(simulator.url, { "outbox", "status" })
    assert.equal(1, code)
    assert.is_truthy(errors:find("failed: --store is missing", 1, true), errors)
    code, _, errors = cli.run(simulator.url, { "outbox", "status", "--store", "/nowhere/at/all.db" })
    assert.is_true(code ~= 0 and errors ~= "", errors)
  end)

  it("alone makes a store: elsewhere a name that is not there was mistyped", function()
    local store = outboxes.new_path()
    for _, words in ipairs({ { "status" }, { "list" }, { "show", "1" }, { "export" }, { "cancel", "1" },
      { "resolve", "1", "--drop" }, { "resume" }, { "pause", "closed" }, { "run" } }) do
      local is_question = ("status list show export"):find(words[1], 1, true) ~= nil
      local code, output, errors = run(store, words)
      assert.same({ 1, "" }, { code, output }, words[1])
      assert.equal(("%s: there is no outbox %s: `vertexsms outbox import` makes one\n"):format(
        is_question and "failed" or "not sent", store), errors)
      assert.is_nil(io.open(store), words[1])
    end
    assert.equal(0, (import(store, FILE)))
    assert.equal(0, (run(store, { "status" })))
  end)
end)
