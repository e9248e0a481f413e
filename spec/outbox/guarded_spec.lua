-- What the outbox asks a guard, and when; the guard here is a simple one.

local errors = require("vertexsms.error")
local outboxes = require("spec.support.outboxes")
local scripted = require("spec.support.scripted")
local stores = require("vertexsms.store")

local message = outboxes.message
local server

setup(function() server = scripted.start() end)
teardown(function()
  server:stop()
  outboxes.remove()
end)

local FINE = { body = '["1281532560"]' }

-- Lets `limit` messages through, and none to a number that ends in 0.
local function new_guard(limit)
  local guard = { seen = {}, taken_count = 0, outcomes = {} }
  function guard:schema() -- luacheck: ignore 212
    return { { sql = "CREATE TABLE IF NOT EXISTS spec_guard (id integer PRIMARY KEY, used integer)" },
      { sql = "INSERT INTO spec_guard VALUES (1, 0) ON CONFLICT DO NOTHING" } }
  end
  function guard:examine(_, draft)
    self.seen[#self.seen + 1] = draft.wire.to
    if draft.wire.to:find("0$") then
      return nil, errors.new({ kind = "cancelled", message = "this number is blocked", field = "to" })
    end
    return { to = draft.wire.to }
  end
  function guard:statements() -- luacheck: ignore 212
    return { { sql = "UPDATE spec_guard SET used = used + 1 WHERE used < $1 RETURNING used",
      params = { n = 1, limit }, must = "guard:limit" } }
  end
  function guard:taken(_, result, first)
    self.taken_count = self.taken_count + 1
    assert(result[first].rows[1].used <= limit)
  end
  function guard:explain(_, name) -- luacheck: ignore 212
    return errors.new({ kind = "cancelled", message = "too many: " .. name, retry_after = 3600, temporary = true })
  end
  function guard:give_back() -- luacheck: ignore 212
    return { { sql = "UPDATE spec_guard SET used = used - 1" } }
  end
  guard.take_back = guard.give_back
  function guard:difference() return {} end -- luacheck: ignore 212
  function guard:outcome(_, err)
    self.outcomes[#self.outcomes + 1] = err and err.outcome or "accepted"
    return {}
  end
  function guard:report() return {} end -- luacheck: ignore 212
  return guard
end

-- The first claim ends as if the connection to the store had been lost: it was written, or it was not.
local function lose_first_claim(outbox, is_written)
  local store, perform_all = outbox.store, outbox.store.perform_all
  function store.perform_all(self, steps, host)
    if #steps == 0 then return perform_all(self, steps, host) end
    store.perform_all = nil
    local answers = is_written and perform_all(self, steps, host) or {}
    for i = 1, #steps do
      answers[i] = { err = stores.failure({ kind = "unreachable", message = "it is away", temporary = true }) }
    end
    return answers
  end
end

local function used(outbox) return assert(outboxes.query(outbox, "SELECT used FROM spec_guard"))[1].used end

describe("an outbox with a guard", function()
  it("takes what the guard lets through, puts off what is too much, and fails what is blocked", function()
    local guard = new_guard(2)
    local outbox = outboxes.open({ client = server:safe(), guard = guard })
    for _, to in ipairs({ "37069912340", "37069912341", "37069912342", "37069912343" }) do
      assert(outbox:add(message({ to = to })))
    end
    server:script(FINE, FINE, FINE)
    assert(outbox:run({ on_progress = function()
      if assert(outbox:counts()).accepted == 2 then outbox:stop() end
    end }))
    local row = assert(outbox:get(1))
    assert.same({ "failed", "this number is blocked", "to", 0 }, { row.state, row.reason, row.field, row.attempts })
    assert.same({ "accepted", "accepted" }, { outboxes.state(outbox, 2), outboxes.state(outbox, 3) })
    row = assert(outbox:get(4))
    assert.same({ "queued", "too many: guard:limit", 0 }, { row.state, row.reason, row.attempts })
    assert.is_true(row.due_at > row.created_at + 3000)
    assert.same({ 2, 2, 2 }, { used(outbox), guard.taken_count, #server:requests() })
    outbox:close()
  end)

  it("gives back what was counted for a message that was certainly not accepted", function()
    local guard = new_guard(5)
    local outbox = outboxes.open({ client = server:safe(), guard = guard })
    for number = 1, 3 do assert(outbox:add(message({ message = tostring(number) }))) end
    server:script({ status = 400, body = "{}" }, { status = 500, body = "{}" }, FINE)
    assert(outbox:run({ concurrency = 1, until_empty = true }))
    assert.same({ "rejected", "unknown", "accepted" }, guard.outcomes)
    assert.equal(2, used(outbox))
    outbox:close()
  end)

  for _, is_written in ipairs({ true, false }) do
    it(("counts a message once whose first claim %s written, which is not known"):format(is_written and "was"
      or "was not"), function()
      local outbox = outboxes.open({ client = server:safe(), guard = new_guard(5) })
      assert(outbox:add(message({ message = "first" })))
      server:script(FINE)
      assert(outbox:run({ until_empty = true }))
      assert(outbox:add(message({ message = "second" })))
      lose_first_claim(outbox, is_written)
      server:script(FINE)
      assert(outbox:run({ until_empty = true }))
      assert.equal("accepted", outboxes.state(outbox, 2))
      assert.same({ 2, 1 }, { used(outbox), #server:requests() })
      outbox:close()
    end)
  end
end)
