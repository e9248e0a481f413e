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

  local CERTAIN = { committed = false, temporary = true, kind = "busy" }
  local NOT_DONE = { temporary = true, kind = "unreachable" }
  local DONE = { temporary = true, kind = "unreachable", is_done = true }

  -- Fails once at a step that has this statement.
  local function fail_at(outbox, sql, failure)
    local store, has_failed = outbox.store, false
    local function is_it(step)
      for _, statement in ipairs(step) do
        if statement.sql == sql then return true end
      end
    end
    local function answer(perform, step)
      if has_failed or not is_it(step) then return perform(step) end
      has_failed = true
      if failure.is_done then assert(perform(step)) end
      return nil, require("vertexsms.store").failure({
        kind = failure.kind, message = "it failed", committed = failure.committed, temporary = failure.temporary,
      })
    end
    local class = getmetatable(store)
    store.perform = function(self, step, host)
      return answer(function(one) return class.perform(self, one, host) end, step)
    end
    store.perform_all = function(self, steps, host)
      local answers = {}
      for i, step in ipairs(steps) do
        local result, err = self:perform(step, host)
        answers[i] = { result = result, err = err }
      end
      return answers
    end
    outbox.client.host = setmetatable({ report = function() end }, { __index = outbox.client.host })
    return function() return has_failed end
  end

  for words, failure in pairs({ ["was done"] = DONE, ["was not done"] = NOT_DONE, ["failed"] = CERTAIN }) do
    it("counts a message once that was taken in a step which, as far as is known, " .. words, function()
      local outbox = open({ per_recipient = { 1, 600 }, budget = { parts = 10, seconds = 600 } })
      outbox:add(message())
      server:script(OK)
      local has_failed = fail_at(outbox, outbox.sql.claim_one, failure)
      outbox:run({ until_empty = true, on_progress = function()
        if (outbox:get(1).reason or ""):find("per_recipient", 1, true) then outbox:stop() end
      end })
      assert.is_true(has_failed())
      assert.same({ "accepted", { 1, 1 } }, { outbox:get(1).state, used(outbox) })
    end)

    it("gives back no more than was counted when the step that says so " .. words, function()
      local outbox = open({ budget = { parts = 10, seconds = 600 } })
      outbox:add(message())
      server:script({ status = 400, body = "{}" })
      local has_failed = fail_at(outbox, outbox.sql.end_as, failure)
      outbox:run({ until_empty = true })
      assert.is_true(has_failed())
      assert.equal("rejected", outbox:get(1).state)
      assert.same({ failure == NOT_DONE and 1 or 0 }, used(outbox)) -- too often rather than too rarely
    end)
  end

  it("has no store of its own", function()
    local _, err = outboxes.safe.open({ store = folder .. "/x.db", client = server:safe(),
      guard = { store = "postgresql://me:secret@db/shop" } })
    assert.equal("guard.store must be left out: an outbox's guard counts in the outbox's store", err.message)
  end)
end)
