-- Asks a real simulator from the command line.

local cjson = require("cjson")
local cli = require("spec.support.cli")
local inboxes = require("spec.support.inbox")
local process = require("spec.support.process")

describe("vertexsms simulator", function()
  local inbox

  setup(function() inbox = inboxes.start { "--dlr-delay", "3600" } end)
  teardown(process.stop_all)
  before_each(function() inbox:call("DELETE", "/_simulator/messages") end)

  local function run(...)
    return cli.run(inbox.url, { "simulator", ... })
  end

  it("messages lists them, for people and for programs, the terminal kept safe", function()
    local id = inbox:send { message = "Hi\n\27[31m there" }
    local code, output = run("messages")
    assert.equal(0, code)
    assert.same({
      "ID          TO           FROM    STATE    PARTS  TEXT",
      id .. "  37069912345  MyShop  pending      1  Hi \\x1B[31m there",
    }, cli.lines(output))
    local _, json = run("messages", "--to", "37069912345", "--json")
    assert.equal(id, cjson.decode(json).id)
  end)

  it("code prints the digits, or fails", function()
    inbox:send()
    local code, output = run("code", "--to", "37069912345")
    assert.same({ 0, "4815\n" }, { code, output })
    local errors
    code, output, errors = run("code", "--to", "37069912346", "--wait", "0.05")
    assert.same({ 1, "" }, { code, output })
    assert.equal('no code with to "37069912346" came within 0.05 s: No message matches.\n', errors)
    code, output = run("code", "--to", "37069912346", "--wait", "0", "--json")
    assert.same({ 1, "not_found" }, { code, cjson.decode(output).kind })
  end)

  it("wait waits for a message that is still to come", function()
    local waiting = cli.start(inbox.url, { "simulator", "wait", "--text", "later", "--json" })
    local id = inbox:send { message = "Later" }
    assert.equal(id, cjson.decode((waiting:line())).id)
    assert.equal(0, waiting:wait())
    assert.equal(1, (run("wait", "--text", "never", "--wait", "0")))
  end)

  it("steers", function()
    local id = inbox:send()
    local _, output = run("fail", id, "--error", "21", "--json")
    assert.same({ "undelivered", 21 }, { cjson.decode(output).state, cjson.decode(output).error })
    assert.equal(0, (run("deliver", id)))
    assert.equal("delivered", inbox:message(id).state)
    assert.equal(0, (run("clear")))
    assert.same({}, (inbox:messages()))
  end)

  it("exits 1 for what cannot be, and says why", function()
    local code, _, errors = run("deliver", "1")
    assert.same({ 1, "failed: No message has this ID.\n" }, { code, errors })
    code, _, errors = run("messages", "--state", "lost")
    assert.equal(1, code)
    assert.matches("'state'. It must be one of pending", errors, 1, true)
    code, _, errors = run("fail", "1", "--error", "x")
    assert.equal(1, code)
    assert.matches("is not a valid number", errors, 1, true)
    code, _, errors = cli.run("http://127.0.0.1:1", { "simulator", "messages" })
    assert.equal(1, code)
    assert.matches("could not connect", errors, 1, true)
  end)
end)
