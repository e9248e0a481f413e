local await = require("spec.support.await")
local campaigns = require("vertexsms.cli.outbox.campaign")
local cli = require("spec.support.cli")
local filling = require("vertexsms.cli.outbox.filling")
local interruption = require("vertexsms.cli.interruption")
local outboxes = require("spec.support.outboxes")
local process = require("spec.support.process")

local defer, happened = interruption.defer, interruption.happened

after_each(function() interruption.defer, interruption.happened = defer, happened end)
teardown(function()
  process.stop_all()
  outboxes.remove()
end)

local function campaign_of(count)
  local campaign = campaigns.new("spring", { from = "MyShop" }, function(place, reason)
    return ("message %d: %s"):format(place, reason)
  end)
  for i = 1, count do campaign:add(("3706%07d"):format(i), "Hi") end
  return campaign
end

-- A file of one message more than a step, and a store in which that one takes until it is interrupted.
local function hanging()
  local outbox, numbers = outboxes.open(), {}
  for i = 1, filling.STEP + 1 do numbers[i] = ("3706%07d"):format(i) end
  assert(outboxes.query(outbox, ([[CREATE TRIGGER hang BEFORE INSERT ON vertexsms_outbox WHEN NEW.recipient = '%s'
    BEGIN SELECT (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n); END]])
    :format(numbers[#numbers])))
  local path = outboxes.new_path() .. ".csv"
  local file = assert(io.open(path, "w"))
  file:write("number\n", table.concat(numbers, "\n"), "\n")
  file:close()
  return outbox, path
end

-- Processor time is spent after the first step only where the second one hangs.
local function await_work(running)
  local _, child = process.run({ "pgrep", "-P", running.pid })
  local function ticks()
    return tonumber(process.read_file(("/proc/%d/stat"):format(child)):match("%) " .. ("[^ ]+ "):rep(11) .. "([0-9]+)"))
  end
  local first = ticks()
  assert.is_true(await(function() return ticks() > first + 20 end, 25))
end

describe("a campaign on its way into an outbox", function()
  for name, words in pairs({
    ["outbox import"] = { "outbox", "import", "FILE", "--store", "STORE" },
    ["send --outbox"] = { "send", "--to", "@FILE", "--outbox", "STORE" },
  }) do
    it(("ends at Ctrl-C, and %s says how many were added"):format(name), function()
      local outbox, path = hanging()
      local store, all = outbox.store.handle:name(), {}
      for i, word in ipairs(words) do all[i] = word:gsub("FILE", path):gsub("STORE", store) end
      for _, word in ipairs({ "--campaign", "spring", "--from", "MyShop", "--message", "Hi" }) do
        all[#all + 1] = word
      end
      local running = cli.start("http://127.0.0.1:1", all)
      assert.is_true(await(function() return assert(outbox:counts()).total == filling.STEP end, 25))
      await_work(running)
      running:signal("INT")
      assert.equal(130, running:wait())
      assert.is_truthy(running:output():find("1000 messages were added; the same command again adds the rest\n"
        .. "not sent: interrupted (safe to try again)\n", 1, true), running:output())
      assert.equal(filling.STEP, assert(outbox:counts()).total)
      outbox:close()
    end)
  end

  it("ends after a step where a signal has come, and the next time goes on", function()
    local outbox, campaign = outboxes.open(), campaign_of(2 * filling.STEP + 1)
    local steps, is_deferred = 0, false
    interruption.defer = function() is_deferred = true end
    interruption.happened = function() return steps == 1 end
    local add_many = outbox.add_many
    outbox.add_many = function(...)
      assert.is_true(is_deferred)
      steps = steps + 1
      return add_many(...)
    end
    local result, err = filling.add(outbox, campaign)
    assert.same({ nil, "cancelled", "not_sent", true }, { result, err.kind, err.outcome, err.retryable })
    assert.equal(filling.STEP, assert(outbox:counts()).total)
    interruption.happened = function() return false end
    assert.same({ added = filling.STEP + 1, duplicates = filling.STEP }, assert(filling.add(outbox, campaign)))
    outbox:close()
  end)

  it("ends where a signal has made the store give up a step", function()
    local outbox = outboxes.open()
    interruption.defer = function() end
    outbox.add_many = function()
      return nil, { kind = "store", code = "cancelled", message = "the store failed", outcome = "not_sent" }
    end
    local _, err = filling.add(outbox, campaign_of(1))
    assert.same({ "cancelled", "interrupted" }, { err.kind, err.message })
    for code, result in pairs({ cancelled = "unknown", full = "not_sent" }) do
      outbox.add_many = function()
        return nil, { kind = "store", code = code, message = "the store failed", outcome = result }
      end
      _, err = filling.add(outbox, campaign_of(1))
      assert.same({ "store", result }, { err.kind, err.outcome })
    end
    outbox:close()
  end)

  it("says of an error which message of the campaign it is about", function()
    local outbox = outboxes.open()
    interruption.defer = function() end
    outbox.add_many = function(_, items)
      if #items == filling.STEP then return {} end
      return nil, { kind = "invalid_argument", message = "messages[2]: no", index = 2 }
    end
    local _, err = filling.add(outbox, campaign_of(filling.STEP + 5))
    assert.equal(("message %d: no"):format(filling.STEP + 2), err.message)
    outbox:close()
  end)
end)
