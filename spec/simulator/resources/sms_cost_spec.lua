local cjson = require("cjson")
local process = require("spec.support.process")
local simulators = require("spec.support.simulator")
local web = require("spec.support.web")

describe("simulator: POST /sms/cost", function()
  local simulator

  setup(function() simulator = simulators.start() end)
  teardown(process.stop_all)

  local function message(fields)
    local all = { to = "37069912346", from = "MyShop", message = "a" }
    for name, value in pairs(fields or {}) do all[name] = value end
    return all
  end

  local function refused(fields, text)
    local status, answer = simulator:call("POST", "/sms/cost", message(fields))
    assert.equal(400, status)
    assert.same({ message = text }, answer)
  end

  it("prices each message", function()
    local status, answer = simulator:call("POST", "/sms/cost", message())
    assert.equal(200, status)
    assert.same({ {
      from = "MyShop", to = "37069912346", parts = 1, countryISO = "LT", mccmnc = "24601", pricePerPart = 0.035,
      totalPrice = 0.035, currency = "EUR",
    } }, answer)
    local _, both = simulator:call("POST", "/sms/cost", { message(), message { to = "12025550142" } })
    assert.equal("LT", both[1].countryISO)
    assert.equal("US", both[2].countryISO)
  end)

  it("writes prices as short as they are", function()
    local headers = { ["X-VertexSMS-Token"] = "t", ["Content-Type"] = "application/json" }
    local body = cjson.encode(message { message = ("a"):rep(307) })
    local _, raw = web.request("POST", simulator.url .. "/sms/cost", headers, body)
    assert.truthy(raw:find('"pricePerPart":0.035[,}]'))
    assert.truthy(raw:find('"totalPrice":0.105[,}]'))
    assert.truthy(raw:find('"parts":3[,}]'))
  end)

  it("does not know the network everywhere", function()
    local _, answer = simulator:call("POST", "/sms/cost", message { to = "79407654321" })
    assert.equal("AB", answer[1].countryISO)
    assert.equal(cjson.null, answer[1].mccmnc)
  end)

  it("corrects a national number", function()
    for _, to in ipairs { "69912346", "069912346", "37069912346" } do
      local _, answer = simulator:call("POST", "/sms/cost", message { to = to, correctBy = "LT" })
      assert.equal("37069912346", answer[1].to)
    end
  end)

  it("refuses what has no country or no route, and what POST /sms refuses", function()
    refused({ to = "99999999999" }, "Unrecognised country of recipient 99999999999.")
    refused({ to = "85012345678" }, "No route to recipient 85012345678.")
    refused({ to = cjson.null }, "Missing value for field 'to'.")
    assert.equal(400, (simulator:call("POST", "/sms/cost", "{")))
  end)

  it("sends nothing", function()
    local endpoint = web.endpoint()
    simulator:call("POST", "/sms/cost", message { dlrUrl = endpoint.url })
    local _, ids = simulator:call("POST", "/sms", message { dlrUrl = endpoint.url })
    local _, _, body = endpoint:take("200 OK", "OK")
    assert.equal(ids[1], cjson.decode(body).id)
    endpoint:close()
  end)
end)
