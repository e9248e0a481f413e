local campaigns = require("vertexsms.cli.outbox.campaign")

local function at_place(place, reason) return ("message %d: %s"):format(place, reason) end

local function new(fields) return campaigns.new("spring", fields or { from = "MyShop" }, at_place) end

describe("a campaign", function()
  it("has one message for a number, under a key", function()
    local campaign = new({ from = "MyShop", priority = "low" })
    assert.same({ 1 }, { campaign:add("37069912345", "a") })
    assert.same({ 2 }, { campaign:add("069912346", "b", "LT") })
    assert.same({}, { campaign:add("37069912345", "a") })
    assert.same({ nil, 1 }, { campaign:add("37069912345", "b") })
    assert.same({ 2, 1 }, { campaign.count, campaign.repeated })
    assert.same({ "spring/37069912345", "spring/069912346" }, campaign:keys(1, 2))
    assert.same({ { to = "069912346", from = "MyShop", message = "b", priority = "low", correctBy = "LT" } },
      campaign:messages(2, 2))
    campaign.send_before = 60
    assert.same({ { { to = "37069912345", from = "MyShop", message = "a", priority = "low" },
      key = "spring/37069912345", send_before = 60 } }, campaign:items(1, 1))
  end)

  it("goes in steps", function()
    local campaign, steps = new(), {}
    for i = 1, 5 do campaign:add(tostring(i), "a") end
    assert.is_nil(campaign:each_step(2, function(first, last) steps[#steps + 1] = first .. "-" .. last end))
    assert.same({ "1-2", "3-4", "5-5" }, steps)
    assert.equal(3, campaign:each_step(2, function(first) return first > 2 and first or nil end))
  end)

  it("says what is wrong with its keys and options, and where", function()
    local campaign = campaigns.new(("x"):rep(190), { from = "MyShop" }, at_place)
    campaign:add("3706991", "a")
    campaign:add("3706991234", "a")
    assert.matches("^message 2: key must be at most 200 octets long, but has 201%.", campaign:refusal())
    campaign = new()
    campaign:add("37069912345", "a")
    assert.is_nil(campaign:refusal())
    campaign.send_before = -1
    assert.matches("^%-%-send%-before must be from ", campaign:refusal())
    assert.equal("message 1: no", campaign:located({ message = "messages[1]: no", index = 1 }))
    assert.equal("no", campaign:located({ message = "no" }))
  end)

  it("has the name of its file", function()
    assert.equal("spring", campaigns.name_of("/tmp/spring.csv"))
    assert.equal("a.b", campaigns.name_of("a.b.txt"))
  end)
end)
