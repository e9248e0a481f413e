local campaigns = require("vertexsms.cli.outbox.campaign")
local filling = require("vertexsms.cli.outbox.filling")
local interruption = require("vertexsms.cli.interruption")
local outboxes = require("spec.support.outboxes")

local defer, happened = interruption.defer, interruption.happened

after_each(function() interruption.defer, interruption.happened = defer, happened end)
teardown(outboxes.remove)

local function campaign_of(count)
  local campaign = campaigns.new("spring", { from = "MyShop" }, function(place, reason)
    return ("message %d: %s"):format(place, reason)
  end)
  for i = 1, count do campaign:add(("3706%07d"):format(i), "Hi") end
  return campaign
end

describe("a campaign on its way into an outbox", function()
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
    outbox.add_many = function()
      return nil, { kind = "store", code = "cancelled", message = "the store failed", outcome = "unknown" }
    end
    _, err = filling.add(outbox, campaign_of(1))
    assert.same({ "store", "unknown" }, { err.kind, err.outcome })
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
