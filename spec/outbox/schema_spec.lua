local core = require("vertexsms.core")
local dialects = require("vertexsms.outbox.dialect")
local outboxes = require("spec.support.outboxes")
local process = require("spec.support.process")
local schema = require("vertexsms.outbox.schema")
local statements = require("vertexsms.outbox.statements")

teardown(outboxes.remove)

local function version_of(outbox)
  return assert(outboxes.query(outbox, "SELECT version FROM vertexsms_schema WHERE name = 'outbox'"))[1].version
end

describe("the schema", function()
  it("is made once, and found again", function()
    local path = outboxes.new_path()
    local first = outboxes.open({ store = path })
    assert(first:add(outboxes.message()))
    local second = outboxes.open({ store = path })
    assert.equal(1, assert(second:counts()).total)
    assert.equal(schema.VERSION, version_of(second))
    first:close()
    second:close()
  end)

  it("is made by one of many processes that begin at the same time", function()
    local path = outboxes.new_path()
    local script = ([[
      local outbox = require("vertexsms.outbox").open { store = %q, host = "blocking" }
      print(outbox:add({ to = "37069912345", from = "MyShop", message = "x" }).id)
    ]]):format(path)
    local started = {}
    for i = 1, 4 do started[i] = process.start({ process.lua(), "-e", script }) end
    for _, one in ipairs(started) do assert.equal(0, one:wait(), one:output()) end
    local outbox = outboxes.open({ store = path })
    assert.equal(4, assert(outbox:counts()).queued)
    outbox:close()
  end)

  it("of a newer library is refused", function()
    local path = outboxes.new_path()
    local outbox = outboxes.open({ store = path })
    assert(outboxes.query(outbox, "UPDATE vertexsms_schema SET version = 99 WHERE name = 'outbox'"))
    outbox:close()
    local refused, err = require("vertexsms.outbox").safe.open({ store = path, host = "blocking" })
    assert.is_nil(refused)
    assert.same({ "invalid_argument", "store" }, { err.kind, err.field })
    assert.is_truthy(err.message:find("newer version of this library: its outbox has version 99", 1, true), err.message)
  end)
end)

describe("the table", function()
  local outbox

  before_each(function() outbox = outboxes.open() end)
  after_each(function() outbox:close() end)

  local function insert(column, value)
    return outboxes.query(outbox, ([[INSERT INTO vertexsms_outbox (recipient, sender, message, %s)
      VALUES ('37069912345', 'MyShop', 'by hand', %s) RETURNING id]]):format(column, value))
  end

  -- To SQLite the type of a column is a hint: a date would be later than any time, and no worker can reckon with it.
  it("takes no text for a number, as PostgreSQL does not", function()
    for _, each in ipairs({
      { "send_before", "datetime('now', '+5 minutes')" }, { "send_before", "'soon'" }, { "send_before", "x'00'" },
      { "expire_in", "'3 days'" }, { "expire_in", "'360.5'" }, { "coding", "'ucs2'" }, { "coding", "x'08'" },
    }) do
      local rows, err = insert(each[1], each[2])
      assert.is_nil(rows, each[2])
      assert.same({ "store", "failed", "not_sent" }, { err.kind, err.code, err.outcome })
    end
    assert.equal(0, assert(outbox:counts()).total)
  end)

  it("takes a number however it is written", function()
    for _, each in ipairs({
      { "send_before", "{now} + 300" }, { "send_before", "4000000000" }, { "send_before", "'4e9'" },
      { "expire_in", "'360'" }, { "expire_in", "360" }, { "coding", "8" }, { "send_before", "NULL" },
    }) do
      assert(insert(each[1], each[2]))
    end
  end)
end)

describe("the dialects", function()
  it("have the same names", function()
    for name in pairs(dialects.sqlite) do assert.is_string(dialects.postgresql[name], name) end
    for name in pairs(dialects.postgresql) do assert.is_string(dialects.sqlite[name], name) end
  end)

  it("leave no name in a text", function()
    for _, name in ipairs({ "sqlite", "postgresql" }) do
      for key, text in pairs(statements.of(name)) do assert.is_nil(text:find("{%l"), key) end
    end
  end)

  it("agree with the machine on what time it is", function()
    local outbox = outboxes.open()
    local now = assert(outboxes.query(outbox, "SELECT " .. dialects[outbox.store.dialect].now .. " AS now"))[1].now
    assert.is_true(math.abs(now - core.time()) < 2, tostring(now))
    outbox:close()
  end)
end)
