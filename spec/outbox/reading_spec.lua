local outboxes = require("spec.support.outboxes")

local message = outboxes.message
local outbox

setup(function() outbox = outboxes.open() end)
teardown(function()
  outbox:close()
  outboxes.remove()
end)

describe("reading the outbox", function()
  it("finds a message by its ID and by its key", function()
    local id = assert(outbox:add(message(), { key = "a" })).id
    assert.equal(id, assert(outbox:get({ key = "a" })).id)
    assert(outbox:cancel(id, "anna"))
    local history = assert(outbox:get({ key = "a" })).history
    assert.same({ 1, "queued", "cancelled", "anna" }, { #history, history[1].from, history[1].to, history[1].by })
    assert.is_true(history[1].at > 1e9)
  end)

  it("says that there is none", function()
    for _, name in ipairs({ 4711, { key = "b" } }) do
      local row, err = outbox:get(name)
      assert.same({ nil, "not_found" }, { row, err.kind })
    end
    local _, err = outbox:get({ key = "b" })
    assert.equal('no message in the outbox has the key "b"', err.message)
    for _, name in ipairs({ "1", 0, 1.5, {}, { key = 1 }, { key = "a", id = 1 } }) do
      local row
      row, err = outbox:get(name)
      assert.same({ nil, "invalid_argument", "id" }, { row, err.kind, err.field })
    end
  end)

  it("lists a page at a time, all or those of one state", function()
    local other = outboxes.open()
    for number = 1, 5 do assert(other:add(message({ message = tostring(number) }))) end
    assert(other:cancel(2))
    local function texts(options)
      local list = {}
      for i, row in ipairs(assert(other:list(options))) do list[i] = row.message.message end
      return table.concat(list, " ")
    end
    assert.equal("1 2 3 4 5", texts())
    assert.equal("1 2", texts({ limit = 2 }))
    assert.equal("3 4", texts({ limit = 2, after = 2 }))
    assert.equal("2", texts({ state = "cancelled" }))
    assert.equal("3 4", texts({ state = "queued", after = 1, limit = 2 }))
    assert.equal("", texts({ state = "unknown" }))
    for field, value in pairs({ state = "sent", after = -1, limit = 0, page = 1 }) do
      local list, err = other:list({ [field] = value })
      assert.same({ nil, "invalid_argument", field }, { list, err.kind, err.field })
    end
    other:close()
  end)

  it("counts each state, and says how it is", function()
    local other = outboxes.open({ rate = 5 })
    assert(other:add_many({ message(), message() }))
    assert(other:cancel(1))
    local counts = assert(other:counts())
    assert.same({ 1, 1, 0, 2 }, { counts.queued, counts.cancelled, counts.sending, counts.total })
    local status = assert(other:status())
    assert.same({ 5, counts, {} }, { status.rate, status.counts, status.workers })
    assert.is_true(status.oldest > 1e9)
    assert.is_nil(status.paused)
    assert(other:pause("the shop is closed", "anna"))
    status = assert(other:status())
    assert.same({ "the shop is closed", "anna" }, { status.paused, status.paused_by })
    assert(other:resume())
    assert.is_nil(assert(other:status()).paused)
    other:close()
  end)
end)
