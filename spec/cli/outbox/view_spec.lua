local cjson = require("cjson")
local cli = require("spec.support.cli")
local outboxes = require("spec.support.outboxes")
local process = require("spec.support.process")

local outbox, store

setup(function()
  outbox = outboxes.open()
  store = outbox.store.handle:name()
  assert(outbox:add_many({ { outboxes.message({ message = '=1+1, "x"' }), key = "a" }, outboxes.message() }))
end)
teardown(function()
  outbox:close()
  process.stop_all()
  outboxes.remove()
end)

local function run(...)
  local words = { "outbox", ... }
  words[#words + 1], words[#words + 2] = "--store", store
  return cli.run("http://127.0.0.1:1", words)
end

describe("vertexsms outbox", function()
  it("decides about messages, and shows them", function()
    local code, output = run("cancel", "2", "--by", "anna")
    assert.equal(0, code)
    assert.matches("queued %-> cancelled  by anna\n$", output)
    code = run("cancel", "2")
    assert.equal(1, code)
    local _, shown = run("show", "2", "--json")
    local row = cjson.decode(shown)
    assert.same({ "cancelled", "anna", 1 }, { row.state, row.changed_by, #row.history })
    local _, _, errors = run("resolve", "1", "--resend")
    assert.is_truthy(errors:find("its state is queued", 1, true), errors)
    _, _, errors = run("show", "99")
    assert.is_truthy(errors:find("no message in the outbox has the ID 99", 1, true), errors)
  end)

  it("lists and counts", function()
    local _, output = run("list", "--state", "queued")
    assert.equal(2, #cli.lines(output))
    assert.matches("^ *1  queued  37069912345 ", cli.lines(output)[2])
    _, output = run("status", "--json")
    assert.equal(2, cjson.decode(output).counts.total)
    _, output = run("status")
    assert.matches("^queued +1\n", output)
    local code, _, errors = run("list", "--state", "sent")
    assert.equal(1, code)
    assert.is_truthy(errors:find("'--state' must be one of 'queued', 'sending'", 1, true), errors)
  end)

  it("names what is wrong as it was typed", function()
    for words, reason in pairs({
      [{ "list", "--limit", "0" }] = "--limit must be from 1 to 10000, not 0",
      [{ "list", "--limit", "x" }] = '--limit must be a number, such as 100, not "x"',
      [{ "list", "--after=-1" }] = "--after must be from 0 to ",
      [{ "show", "x" }] = 'the ID must be a number, such as 17, not "x"',
      [{ "run", "--rate", "1,5" }] = '--rate must be a number, such as 50, not "1,5"',
      [{ "run", "--rate", "0" }] = "--rate must be from 0.001 to 100000 messages a second, not 0",
      [{ "run", "--batch-size", "0" }] = "--batch-size must be from 1 to 500, not 0",
      [{ "run", "--url", "x" }] = "--url must be ",
    }) do
      local code, output, errors = run((rawget(table, "unpack") or rawget(_G, "unpack"))(words))
      assert.same({ 1, "" }, { code, output }, reason)
      assert.is_truthy(errors:find(reason, 1, true), reason .. " is not in " .. errors)
    end
  end)

  it("takes the name that send has for the store", function()
    local code, output = cli.run("http://127.0.0.1:1", { "outbox", "status", "--outbox", store })
    assert.equal(0, code)
    assert.matches("\nin all +2\n", output)
    local _, help = cli.run("http://127.0.0.1:1", { "outbox", "status", "--help" })
    assert.is_nil(help:find("--outbox", 1, true))
  end)

  it("says for how long nothing is sent, and what for", function()
    assert(outboxes.query(outbox, [[UPDATE vertexsms_outbox SET due_at = {now} + 900, reason = 'the guard said no'
      WHERE state = 'queued']]))
    local _, output = run("status")
    assert.matches("\nwaits +[0-9]+ s more\nwaits for +the guard said no\n", output)
    assert(outboxes.query(outbox, "UPDATE vertexsms_outbox_settings SET resume_at = {now} + 60"))
    assert(outboxes.query(outbox, [[UPDATE vertexsms_outbox SET reason = 'no route to host' WHERE state = 'queued']]))
    _, output = run("status", "--json")
    local status = cjson.decode(output)
    assert.equal("no route to host", status.waits_for)
    assert.is_true(status.waits > 30 and status.waits <= 60)
    assert(outboxes.query(outbox, "UPDATE vertexsms_outbox_settings SET resume_at = 0"))
    assert(outboxes.query(outbox, "UPDATE vertexsms_outbox SET due_at = 0, reason = NULL WHERE state = 'queued'"))
    assert.is_nil(assert(outbox:status()).waits)
  end)

  it("pauses and goes on", function()
    assert.equal(0, (run("pause", "closed", "--by", "anna")))
    assert.same({ "closed", "anna" }, { assert(outbox:status()).paused, assert(outbox:status()).paused_by })
    assert.equal(0, (run("resume")))
    assert.is_nil(assert(outbox:status()).paused)
  end)

  it("exports as a spreadsheet reads it, without formulas", function()
    local _, output = run("export", "--csv")
    local lines = cli.lines(output)
    assert.matches("^id,key,state,to,from,message,", lines[1])
    assert.is_truthy(lines[2]:find([[1,a,queued,37069912345,MyShop,"'=1+1, ""x""",]], 1, true), lines[2])
    assert.equal(3, #lines)
    local added = os.date("!%Y-%m-%dT%H:%M:%SZ", math.floor(assert(outbox:get(1)).created_at))
    assert.is_truthy(lines[2]:find(",0," .. added .. ",", 1, true), lines[2])
    assert.matches(",[0-9]+%-[0-9][0-9]%-[0-9][0-9]T[0-9:]+Z$", lines[2])
    _, output = run("export", "--state", "queued")
    assert.equal(1, #cli.lines(output))
    assert.equal("a", cjson.decode(output).key)
    assert.equal("number", type(cjson.decode(output).created_at))
  end)
end)
