-- A guard of an outbox: taken and counted in one step.

local keeping = require("vertexsms.outbox.keeping")
local message = require("spec.support.message")
local outboxes = require("vertexsms.outbox")
local scripted = require("spec.support.scripted")
local stores = require("spec.support.stores")

if not stores.are_built then return end

local OK = { body = '["1281532560"]', headers = { ["X-VertexSMS-Amount-Sent"] = "1" } }

local server, folder
local files = 0

setup(function() server, folder = scripted.start(), stores.folder() end)
teardown(function()
  server:stop()
  stores.remove(folder)
end)

local function open(guard)
  files = files + 1
  local outbox = outboxes.open({
    store = ("%s/%d.db"):format(folder, files), client = server:safe({ retry = false }), guard = guard,
  })
  finally(function() outbox:close() end)
  return outbox
end

local function used(outbox)
  local found = {}
  for i, limit in ipairs(outbox.guard:status({ to = "37069912345" }).limits) do found[i] = limit.used end
  return found
end

describe("an outbox with a guard", function()
  it("sends what has room, and leaves the rest queued with the reason", function()
    local outbox = open({ per_recipient = { 2, 600 }, budget = { parts = 10, seconds = 600 } })
    for i = 1, 3 do outbox:add(message({ message = "number " .. i })) end
    server:script(OK, OK)
    outbox:run({ concurrency = 1, on_progress = function()
      if outbox:counts().accepted == 2 then outbox:stop() end
    end })
    assert.equal(2, #server:requests())
    assert.same({ 2, 2 }, used(outbox))
    local left = outbox:list({ state = "queued" })
    assert.equal(1, #left)
    assert.matches("per_recipient", left[1].reason, 1, true)
  end)

  it("fails what no time cures", function()
    local outbox = open({ allow = { "LV" } })
    local row = outbox:add(message())
    outbox:run({ until_empty = true })
    assert.equal("failed", outbox:get(row.id).state)
    assert.equal(0, #server:requests())
  end)

  it("asks again in an hour at the latest, and not before", function()
    local outbox = open({ per_recipient = { 1, 86400 } })
    for i = 1, 2 do outbox:add(message({ message = "number " .. i })) end
    server:script(OK)
    outbox:run({ concurrency = 1, on_progress = function()
      local row = outbox:get(2)
      if row.reason then outbox:stop() end
    end })
    for _ = 1, 2 do
      assert.is_nil(keeping.sweep(outbox, function(step) return outbox:perform(step) end))
      local row = outbox:get(2)
      local wait = row.due_at - row.changed_at
      assert.is_true(wait > 3000 and wait <= 3600, tostring(wait))
    end
  end)

  it("pauses the outbox where messages are not sent at all", function()
    local outbox = open({ live = false })
    server:script()
    for i = 1, 2 do outbox:add(message({ message = "number " .. i })) end
    local totals = outbox:run({ until_empty = true })
    assert.matches("live", totals.paused, 1, true)
    assert.same({ 2, 0 }, { outbox:counts().queued, #server:requests() })
  end)

  it("gives back what was rejected, and keeps what may have been billed", function()
    local outbox = open({ budget = { parts = 10, seconds = 600 } })
    outbox:add(message())
    server:script({ status = 400, body = "{}" })
    outbox:run({ until_empty = true })
    assert.same({ 0 }, used(outbox))
    outbox:add(message({ message = "another" }))
    server:script({ status = 502, body = "" })
    outbox:run({ until_empty = true })
    assert.same({ 1 }, used(outbox))
    outbox:add(message({ message = "a third" }))
    server:script({ body = '["1281532560"]', headers = { ["X-VertexSMS-Amount-Sent"] = "3" } })
    outbox:run({ until_empty = true })
    assert.same({ 4 }, used(outbox))
  end)

  it("has no store of its own", function()
    local _, err = outboxes.safe.open({ store = folder .. "/x.db", client = server:safe(),
      guard = { store = "postgresql://me:secret@db/shop" } })
    assert.equal("guard.store must be left out: an outbox's guard counts in the outbox's store", err.message)
  end)
end)
