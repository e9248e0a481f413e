-- What the server writes down, and where: the audit, and the store.

local clients = require("spec.support.mcp")
local message = require("spec.support.message")
local process = require("spec.support.process")
local sends = require("spec.support.mcp_sends")

if not sends.are_wanted then return end

describe("vertexsms mcp", function()
  local shaken, count = sends.shaken, sends.count

  setup(sends.set_up)
  teardown(sends.tear_down)
  before_each(sends.before)
  after_each(sends.after)

  it("does without a store nothing that sends", function()
    local client = shaken({ VERTEXSMS_OUTBOX = "/nowhere/outbox.db" })
    local refused = client:call("send_sms", message())
    assert.equal("not_sent", refused.error.outcome)
    assert.truthy(refused.error.message:find("cannot be opened", 1, true))
    assert.equal(0, count())
  end)

  it("makes the default folder at the first call that needs it, for this user alone", function()
    local home = os.tmpname()
    os.remove(home)
    local client = shaken({ VERTEXSMS_OUTBOX = "", XDG_STATE_HOME = home .. "/state" })
    client:call("analyze_text", { message = "a" })
    assert.is_nil(io.open(home .. "/state"))
    client:call("list_recent_sends", {})
    local _, mode = process.run { "stat", "-c", "%a", home .. "/state/vertexsms" }
    assert.equal("700\n", mode)
    client:close()
    process.run { "rm", "-r", home }
  end)

  it("does not send when the audit's last line could not be written, and tells it on stderr", function()
    if not io.open("/dev/full") then return end
    local client = shaken({ VERTEXSMS_MCP_AUDIT = "/dev/full" })
    assert.is_true(client:call("analyze_text", { message = "a" }).ok)
    assert.truthy(client:log():find("VERTEXSMS_MCP_AUDIT cannot be written", 1, true))
    local refused = client:call("send_sms", message())
    assert.same({ "internal", "not_sent" }, { refused.error.kind, refused.error.outcome })
    refused = client:call("hlr_lookup", { msisdn = "37069912345" })
    assert.same({ "internal", "not_sent" }, { refused.error.kind, refused.error.outcome })
    assert.equal(0, count() + #client.questions)
  end)

  it("writes a file without the token, should a model take it for an ID or a sender", function()
    local path = os.tmpname()
    local client = shaken({ VERTEXSMS_MCP_AUDIT = path })
    client:call("get_message_status", { id = clients.TOKEN })
    client:call("register_sender", { name = clients.TOKEN, type = "AlphaNumeric" })
    client:close()
    local lines = process.read_file(path)
    os.remove(path)
    assert.matches('"id":"*****************"', lines, 1, true)
    assert.is_nil(lines:find(clients.TOKEN, 1, true))
  end)

  it("writes a line for each call before its answer, without numbers and texts", function()
    local client = shaken()
    client:call("send_sms", message())
    local line = client:audit()[1]
    assert.same({ "send_sms", "accepted", "370******45", 17, "spec", true },
      { line.tool, line.outcome, line.arguments.to, line.arguments.message.octets, line.client, line.ok })
    client:call("analyze_text", { message = "Your code is 4815" })
    assert.equal(line.arguments.message.hmac, client:audit()[2].arguments.message.hmac)
    assert.is_nil(client:log():find("4815", 1, true))
    assert.is_nil(client:log():find("37069912345", 1, true))
  end)

  it("writes the line whatever the client is called, and whatever number it has given", function()
    local client = sends.start()
    local name = "x" .. ("\195\169"):rep(100)
    client:ask("initialize",
      { protocolVersion = "2025-11-25", capabilities = sends.CAN_ASK, clientInfo = { name = name } })
    client.on_question = sends.yes
    assert.equal("accepted", client:call("send_sms", message()).outcome)
    client:write('{"jsonrpc":"2.0","id":"a","method":"tools/call","params":{"name":"list_recent_sends",'
      .. '"arguments":{"count":1e999}}}\n')
    assert.equal("invalid_argument", clients.structured(client:wait("a")).error.kind)
    local audit = client:audit()
    assert.same({ "accepted", name:sub(1, 99) }, { audit[1].outcome, audit[1].client })
    assert.same({ "list_recent_sends", "a number" }, { audit[2].tool, audit[2].arguments.count })
  end)

  it("audits neither numbers nor a person's words, wherever they are put", function()
    local client = shaken()
    client.on_question = function() return { action = "cancel" } end
    local NUMBER = "+370 69912345"
    for _, call in ipairs({
      { "send_sms", message { from = NUMBER } }, { "send_sms", message { to = { NUMBER } } },
      { "send_sms", message { to = 37069912345 } }, { "send_sms", message { message = { a = NUMBER } } },
      { "register_sender", { name = NUMBER, type = "MSISDN" } }, { "hlr_lookup", { msisdn = { a = NUMBER } } },
      { "register_sender", { name = "MyShop", type = "AlphaNumeric", categoryDescription = "of " .. NUMBER } },
      { "correct_phone_number", { number = NUMBER } }, { "confirm_sender", { id = "1", pin = { "69912" } } },
      { "get_sms_cost", message { from = "37069912345", [NUMBER] = 1 } },
    }) do
      client:call(call[1], call[2])
    end
    local audit = client:audit()
    assert.equal(10, #audit)
    assert.is_nil(client:log():find("69912", 1, true), client:log())
    assert.equal("370******45", audit[1].arguments.from)
    assert.same({ "a table", "a number", "a table" },
      { audit[2].arguments.to, audit[3].arguments.to, audit[4].arguments.message })
    assert.same({ "MyShop", "AlphaNumeric", 16 },
      { audit[7].arguments.name, audit[7].arguments.type, audit[7].arguments.categoryDescription.octets })
  end)
end)
