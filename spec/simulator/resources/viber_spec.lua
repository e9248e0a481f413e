local cjson = require("cjson")
local process = require("spec.support.process")
local message = require("spec.support.message")
local simulators = require("spec.support.simulator")
local web = require("spec.support.web")

describe("simulator: POST /viber", function()
  local simulator

  setup(function() simulator = simulators.start() end)
  teardown(process.stop_all)

  local function post(fields)
    return simulator:call("POST", "/viber", message(fields))
  end

  it("answers like /sms, one part whatever the length", function()
    local status, ids, head = post { message = ("ш"):rep(1000) }
    assert.equal(200, status)
    assert.truthy(ids[1]:find("^%d+$"))
    assert.equal("1", head["x-vertexsms-amount-sent"])
  end)

  it("counts code points, not octets", function()
    assert.equal(200, (post { message = ("😀"):rep(1000) }))
    local status, answer = post { message = ("a"):rep(1001) }
    assert.equal(400, status)
    assert.same({ message = "Invalid value for field 'message'. Text must be at most 1000 characters." }, answer)
  end)

  it("takes im as it is given, an object", function()
    assert.equal(200, (post { im = { action = { url = "https://example.com", title = "go to example.com" } } }))
    assert.equal(200, (post { im = cjson.null }))
    local status, answer = post { im = "https://example.com" }
    assert.equal(400, status)
    assert.same({ message = "Invalid value for field 'im'. It must be an object." }, answer)
  end)

  it("does not know the fields of SMS alone", function()
    assert.equal(200, (post { coding = 9, udh = "x", expireIn = 1 }))
  end)

  it("refuses what /sms refuses", function()
    assert.equal(400, (post { from = "invalid sender ID" }))
    assert.equal(400, (post { to = "abc" }))
    assert.equal(400, (post { priority = "urgent" }))
  end)

  it("is reported delivered, then seen; or undelivered alone", function()
    local endpoint = web.endpoint()
    local _, ids = post { dlrUrl = endpoint.url }
    local seen = {}
    for i = 1, 2 do
      local _, _, body = endpoint:take("200 OK", "OK")
      assert.equal(ids[1], cjson.decode(body).id)
      seen[i] = cjson.decode(body).status
    end
    table.sort(seen)
    assert.same({ "1", "3" }, seen)
    post { dlrUrl = endpoint.url, testMode = "2" }
    local _, _, body = endpoint:take("200 OK", "OK")
    assert.equal("2", cjson.decode(body).status)
    local _, status = simulator:call("GET", "/sms/status/" .. ids[1])
    assert.equal("delivered", status.status)
    assert.equal("Viber", status.type)
    endpoint:close()
  end)
end)
