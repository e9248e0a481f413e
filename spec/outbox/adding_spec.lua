local outboxes = require("spec.support.outboxes")
local scripted = require("spec.support.scripted")

local message = outboxes.message
local outbox

setup(function() outbox = outboxes.open() end)
teardown(function()
  outbox:close()
  outboxes.remove()
end)

local function total() return assert(outbox:counts()).total end

describe("outbox:add", function()
  it("keeps a message", function()
    local added = assert(outbox:add(message({ priority = "high", expireIn = 3600, testMode = 1 })))
    assert.same({ "queued", false }, { added.state, added.duplicate })
    local row = assert(outbox:get(added.id))
    assert.same(message({ priority = "high", expireIn = 3600, testMode = "1" }), row.message)
    assert.same({ 0, 0, {} }, { row.attempts, row.failures, row.history })
  end)

  it("says what a database cannot keep, in the caller's words", function()
    local text = "message has U+0000 in it, which a database cannot keep: leave it out"
    for _, field in ipairs({ "from", "priority" }) do -- a plain message, and another one
      local given = message({ message = "a\0b", [field] = field == "from" and "MyShop" or "high" })
      local added, err = outbox:add(given)
      assert.same({ nil, "message", text }, { added, err.field, err.message })
      added, err = outbox:add_many({ message(), given })
      assert.same({ nil, 2, "messages[2]: " .. text }, { added, err.index, err.message })
    end
    local _, err = outbox:add(message(), { key = "a\0b" })
    assert.same({ "key", (text:gsub("^message", "key")) }, { err.field, err.message })
  end)

  it("takes keys of up to 200 octets", function()
    local key = ("k"):rep(200)
    assert.equal(key, assert(outbox:add(message(), { key = key })).key)
    assert.is_true(assert(outbox:add_many({ { message(), key = key } }))[1].duplicate)
    local _, err = outbox:add(message(), { key = key .. "k" })
    assert.equal("key must be at most 200 octets long, but has 201", err.message:match("^[^:]*"))
  end)

  it("gives the first one back for the same message under the same key", function()
    local first = assert(outbox:add(message(), { key = "order-1" }))
    local second = assert(outbox:add(message(), { key = "order-1", send_before = 60 }))
    assert.same({ first.id, "order-1", true }, { second.id, second.key, second.duplicate })
    assert.same({ false, 1 }, { first.duplicate, assert(outbox:get({ key = "order-1" })).duplicates })
    assert.is_true(assert(outbox:cancel(first.id)).state == "cancelled")
    assert.equal("cancelled", assert(outbox:add(message(), { key = "order-1" })).state)
  end)

  it("takes what the database refuses for no conflict", function()
    local refusing = outboxes.open()
    assert(outboxes.query(refusing, refusing.store.dialect == "sqlite"
      and "CREATE TRIGGER spec BEFORE INSERT ON vertexsms_outbox BEGIN SELECT RAISE(ABORT, 'no'); END"
      or "ALTER TABLE vertexsms_outbox ADD CONSTRAINT spec CHECK (recipient <> '37069912345')"))
    for _, options in ipairs({ {}, { key = "order-1" } }) do
      for _, given in ipairs({ message(), message({ priority = "high" }) }) do
        local added, err = refusing:add(given, options)
        assert.is_nil(added)
        assert.same({ "store", "not_sent" }, { err.kind, err.outcome })
      end
    end
    refusing:close()
  end)

  it("counts each time that it was added again, and gives the message back as it is", function()
    for _, given in ipairs({ message(), message({ priority = "high" }) }) do
      local key = "again-" .. (given.priority or "plain")
      local first = assert(outbox:add(given, { key = key }))
      for count = 1, 3 do
        local again = assert(outbox:add(given, { key = key }))
        assert.same({ id = first.id, key = key, state = "queued", duplicate = true }, again)
        assert.equal(count, assert(outbox:get(first.id)).duplicates)
      end
    end
  end)

  it("says what differs where the key is another message's", function()
    assert(outbox:add(message(), { key = "order-2" }))
    local before = total()
    local added, err = outbox:add(message({ to = "37069912346", message = "a secret" }), { key = "order-2" })
    assert.is_nil(added)
    assert.same({ "conflict", "key", "not_sent" }, { err.kind, err.field, err.outcome })
    assert.equal('key "order-2" is that of another message in the outbox, which differs in'
      .. ' to ("37069912345", not "37069912346") and message (another text)', err.message)
    assert.equal(before, total())
  end)

  it("refuses what client:send would refuse, and options that are wrong", function()
    local before = total()
    for field, changes in pairs({ to = { to = "abc" }, from = { from = "far too long a sender" },
      message = { message = "" }, expireIn = { expireIn = 1 } }) do
      local added, err = outbox:add(message(changes))
      assert.is_nil(added)
      assert.same({ "invalid_argument", field }, { err.kind, err.field })
    end
    for field, value in pairs({ key = "", send_before = 0, kye = "x" }) do
      local added, err = outbox:add(message(), { [field] = value })
      assert.is_nil(added)
      assert.same({ "invalid_argument", field }, { err.kind, err.field })
    end
    local _, err = outbox:add(message(), { key = ("k"):rep(201) })
    assert.equal("key must be at most 200 octets long, but has 201", err.message)
    assert.equal(before, total())
  end)

  it("notes until when it must have left", function()
    local row = assert(outbox:get(assert(outbox:add(message(), { send_before = 300 })).id))
    assert.is_true(math.abs(row.send_before - row.created_at - 300) < 1)
  end)

  it("keeps what smart_encoding makes of a text, and refuses the token in a URL", function()
    local server = scripted.start()
    local other = outboxes.open({ client = server:safe({ smart_encoding = true }) })
    local id = assert(other:add(message({ message = "It’s" }))).id
    assert.equal("It's", assert(other:get(id)).message.message)
    local _, err = other:add(message({ dlrUrl = "https://example.com/?t=" .. scripted.token }))
    assert.equal("dlrUrl", err.field)
    other:close()
    server:stop()
  end)
end)

describe("outbox:add_many", function()
  it("adds all of them, in order", function()
    assert(outbox:add(message({ message = "3" }), { key = "many-3" }))
    local added = assert(outbox:add_many({
      message({ message = "1" }), { message({ message = "2" }), key = "many-2", send_before = 60 },
      { message({ message = "3" }), key = "many-3" },
    }))
    assert.same({ 3, false, "many-2", true }, { #added, added[1].duplicate, added[2].key, added[3].duplicate })
    assert.is_true(added[1].id < added[2].id)
    assert.equal("2", assert(outbox:get(added[2].id)).message.message)
  end)

  it("takes the same key twice for one message", function()
    local added = assert(outbox:add_many({ { message(), key = "twice" }, { message(), key = "twice" } }))
    assert.same({ added[1].id, true }, { added[2].id, added[2].duplicate })
  end)

  it("adds none where one is wrong", function()
    assert(outbox:add(message(), { key = "taken" }))
    local before = total()
    local added, err = outbox:add_many({ message(), { message({ message = "other" }), key = "taken" }, message() })
    assert.is_nil(added)
    assert.same({ "conflict", 2 }, { err.kind, err.index })
    assert.is_truthy(err.message:find('messages[2]: key "taken"', 1, true), err.message)
    added, err = outbox:add_many({ message(), message({ to = "x" }) })
    assert.is_nil(added)
    assert.same({ "invalid_argument", 2, "to" }, { err.kind, err.index, err.field })
    added, err = outbox:add_many({ message(), { message(), send_before = -1 } })
    assert.is_nil(added)
    assert.same({ 2, "send_before" }, { err.index, err.field })
    local many = {}
    for i = 1, 10001 do many[i] = message() end
    added, err = outbox:add_many(many)
    assert.same({ nil, "messages" }, { added, err.field })
    assert.is_truthy(err.message:find("at most 10000 can be added at once", 1, true), err.message)
    for _, list in ipairs({ {}, { "x" }, { a = 1 } }) do
      added, err = outbox:add_many(list)
      assert.is_nil(added)
      assert.equal("invalid_argument", err.kind)
    end
    assert.equal(before, total())
  end)

  it("refuses an item that says more than it would take", function()
    local before = total()
    for words, item in pairs({
      ['messages[2]: "kye" is not an option of outbox:add_many; the options are key, send_before'] =
        { message(), kye = "a" },
      ['messages[2]: "send_befor" is not an option of outbox:add_many; did you mean "send_before"?'] =
        { message(), key = "a", send_befor = 300 },
      ['messages[2]: an item must be one message and its options, such as { message, key = "order-4711" }, but this one'
        .. " has a value at 2, too"] = { message(), message() },
    }) do
      local added, err = outbox:add_many({ message(), item })
      assert.same({ nil, words, 2 }, { added, err and err.message, err and err.index })
    end
    assert.equal(before, total())
  end)
end)
