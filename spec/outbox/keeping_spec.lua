local outboxes = require("spec.support.outboxes")

local outbox

before_each(function() outbox = outboxes.open({ keep = { texts = 100, rows = 1000 } }) end)
after_each(function() outbox:close() end)
teardown(outboxes.remove)

local function set(id, columns)
  assert(outboxes.query(outbox, "UPDATE vertexsms_outbox SET " .. columns .. " WHERE id = $1", id))
end

local function add(changes) return assert(outbox:add(outboxes.message(changes))).id end

describe("keeping", function()
  it("calls unknown what a worker had in hand that says nothing any more", function()
    local dead, alive = add(), add()
    set(dead, "state = 'sending', worker = 'w', lease_until = {now} - 1")
    set(alive, "state = 'sending', worker = 'w', lease_until = {now} + 50")
    assert.is_nil(outboxes.sweep(outbox))
    local row = assert(outbox:get(dead))
    assert.same({ "unknown", "lease", "its worker stopped before the outcome was known" },
      { row.state, row.changed_by, row.reason })
    assert.is_nil(row.worker)
    assert.equal("sending", outboxes.state(outbox, alive))
  end)

  it("of very many leases ends some at a time, and a worker all of them before it goes", function()
    local list = {}
    for i = 1, 2500 do list[i] = outboxes.message() end
    assert(outbox:add_many(list))
    assert(outboxes.query(outbox, "UPDATE vertexsms_outbox SET state = 'sending', worker = 'w', lease_until = 1"))
    local err, has_more = outboxes.sweep(outbox)
    assert.same({ nil, true, 1000 }, { err, has_more, assert(outbox:counts()).unknown })
    local client = require("vertexsms").safe.new({ token = "t", base_url = "http://127.0.0.1:1", host = "blocking" })
    local turns, slept = 0, 0
    client.host = setmetatable({
      can_wait = function() return true end, sleep = function(seconds) slept = slept + seconds end,
    }, { __index = client.host })
    outbox.client = client
    assert(outbox:run({ until_empty = true, on_progress = function() turns = turns + 1 end }))
    assert.equal(2500, assert(outbox:counts()).unknown)
    assert.same({ 2, 0 }, { turns, slept }) -- 1000, then 500, without a pause
  end)

  it("calls unconfirmed what no report came for, when it has expired", function()
    local over, open = add(), add()
    set(over, "state = 'sending'")
    set(open, "state = 'sending'")
    set(over, "state = 'unknown', expires_at = {now} - 1")
    set(open, "state = 'unknown', expires_at = {now} + 50")
    outboxes.sweep(outbox)
    assert.same({ "unconfirmed", "unknown" }, { outboxes.state(outbox, over), outboxes.state(outbox, open) })
  end)

  it("waits for a scheduled message longer", function()
    local id = add({ scheduled = "2999-01-01T00:00:00Z" })
    set(id, "state = 'sending', worker = 'w', lease_until = 1")
    outboxes.sweep(outbox)
    set(id, "expires_at = 1")
    outboxes.sweep(outbox)
    assert.equal("unknown", outboxes.state(outbox, id))
    local rows = assert(outboxes.query(outbox, "SELECT expires_at FROM vertexsms_outbox WHERE id = $1", id))
    assert.is_true(rows[1].expires_at > 32e9)
  end)

  it("lets lapse what has not left in time", function()
    local id = add()
    set(id, "send_before = {now} - 1")
    outboxes.sweep(outbox)
    assert.equal("lapsed", outboxes.state(outbox, id))
  end)

  it("drops texts, and then whole messages with their history and their keys", function()
    local id = assert(outbox:add(outboxes.message(), { key = "k" })).id
    local other = add()
    assert(outbox:cancel(id))
    set(id, "finished_at = {now} - 101")
    outboxes.sweep(outbox)
    local row = assert(outbox:get(id))
    assert.same({ to = "37069912345", from = "MyShop" }, row.message)
    assert.is_true(assert(outbox:add(outboxes.message(), { key = "k" })).duplicate)
    set(id, "finished_at = {now} - 1001")
    outboxes.sweep(outbox)
    local _, err = outbox:get(id)
    assert.equal("not_found", err.kind)
    assert.same({}, assert(outboxes.query(outbox, "SELECT * FROM vertexsms_outbox_history")))
    assert.equal("queued", outboxes.state(outbox, other))
  end)

  it("drops what was accepted, too, when no report can come any more", function()
    local old, new = add(), add()
    for _, id in ipairs({ old, new }) do
      set(id, "state = 'sending'")
      set(id, "state = 'accepted', expires_at = {now} - 900")
    end
    set(old, "expires_at = {now} - 1001")
    outboxes.sweep(outbox)
    local _, err = outbox:get(old)
    assert.equal("not_found", err.kind)
    assert.equal("accepted", outboxes.state(outbox, new))
  end)

  it("knows when no report comes any more for what a report has settled before its worker died", function()
    local id = add()
    set(id, "state = 'sending', worker = 'w', lease_until = {now} + 50, tracking_id = '" .. ("a"):rep(32) .. "'")
    outbox:settle(("a"):rep(32), { id = "7", state = "pending" })
    assert.equal("accepted", outboxes.state(outbox, id))
    local rows = assert(outboxes.query(outbox, "SELECT expires_at - {now} AS remaining FROM vertexsms_outbox"))
    assert.is_true(math.abs(rows[1].remaining - 259200 - 3600) < 60)
  end)

  it("does not wait for a clock that was set back", function()
    local waiting, held = add(), add()
    set(waiting, "due_at = {now} + 86400")
    set(held, "state = 'sending', worker = 'w', lease_until = {now} + 86400")
    assert(outboxes.query(outbox, "UPDATE vertexsms_outbox_settings SET next_at = {now} + 86400,"
      .. " resume_at = {now} + 7200"))
    outboxes.sweep(outbox)
    local rows = assert(outboxes.query(outbox, "SELECT due_at, lease_until, {now}"
      .. " AS now FROM vertexsms_outbox ORDER BY id"))
    assert.is_true(rows[1].due_at <= rows[1].now)
    -- Its worker may be alive: one whose leases last an hour says something every twenty minutes.
    assert.is_true(rows[2].lease_until > rows[2].now + 3590 and rows[2].lease_until <= rows[2].now + 3661)
    assert.same({ { next_at = 0, resume_at = 0 } },
      assert(outboxes.query(outbox, "SELECT next_at, resume_at FROM vertexsms_outbox_settings")))
  end)
end)
