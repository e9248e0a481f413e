local cjson = require("cjson")
local process = require("spec.support.process")
local simulators = require("spec.support.simulator")
local web = require("spec.support.web")

describe("simulator: GET /sms/status/{id}", function()
  local simulator

  setup(function() simulator = simulators.start() end)
  teardown(process.stop_all)

  local function send(fields, on)
    local message = { to = "37069912345", from = "MyShop", message = "Your code is 4815" }
    for name, value in pairs(fields or {}) do message[name] = value end
    local _, ids = (on or simulator):call("POST", "/sms", message)
    return ids[1]
  end

  local DATE = "^%d%d%d%d%-%d%d%-%d%d %d%d:%d%d:%d%d$"

  it("has the fields that are documented", function()
    local id = send { udh = "%05%00%03%cc%02%01", coding = 0 }
    local status, answer, head = simulator:call("GET", "/sms/status/" .. id)
    assert.equal(200, status)
    assert.equal("application/json", head["content-type"])
    for _, name in ipairs { "createDate", "sentDate", "dlrDate" } do
      assert.truthy(answer[name]:find(DATE))
      answer[name] = nil
    end
    assert.same({
      id = tonumber(id), status = "delivered", type = "SMS", from = "MyShop", to = "37069912345",
      text = "Your code is 4815", udh = "0x050003CC0201", dlrStatus = 1, error = 0,
    }, answer)
    simulator:expect("^GET /sms/status/" .. id .. " 200 delivered$")
  end)

  it("dates in UTC", function()
    local far = simulators.start({}, { TZ = "Pacific/Kiritimati" }) -- UTC+14
    local before = os.date("!%Y-%m-%d %H:%M:%S")
    local _, answer = far:call("GET", "/sms/status/" .. send({}, far))
    local after = os.date("!%Y-%m-%d %H:%M:%S")
    assert.is_true(answer.createDate >= before and answer.createDate <= after)
    far:stop()
  end)

  it("says that a message with testMode 2 failed", function()
    local _, answer = simulator:call("GET", "/sms/status/" .. send { testMode = 2 })
    assert.equal("undelivered", answer.status)
    assert.equal(2, answer.dlrStatus)
    assert.equal(43, answer.error)
    assert.equal(cjson.null, answer.udh)
  end)

  it("begins with pending", function()
    local slow = simulators.start { "--dlr-delay", "3600" }
    local _, answer = slow:call("GET", "/sms/status/" .. send({}, slow))
    assert.equal("pending", answer.status)
    assert.equal(0, answer.dlrStatus)
    assert.equal(cjson.null, answer.sentDate)
    assert.equal(cjson.null, answer.dlrDate)
    slow:stop()
  end)

  it("goes from pending through sent to delivered, and is final when the report comes", function()
    local slow, endpoint, seen = simulators.start { "--dlr-delay", "1" }, web.endpoint(), {}
    local id = send({ dlrUrl = endpoint.url }, slow)
    repeat
      local _, answer = slow:call("GET", "/sms/status/" .. id)
      slow:expect("^GET /sms/status") -- a pipe that is not read would fill up and stop it
      if seen[#seen] ~= answer.status then seen[#seen + 1] = answer.status end
      if answer.status == "sent" then
        assert.truthy(answer.sentDate:find(DATE))
        assert.equal(cjson.null, answer.dlrDate)
      end
    until answer.status == "delivered"
    assert.same({ "pending", "sent", "delivered" }, seen)
    endpoint:take("200 OK", "OK")
    endpoint:close()
    slow:stop()
  end)

  it("refuses what is not an ID, and does not know others", function()
    for _, id in ipairs { "abc", "12a", "-1", "1.5", "%31" } do
      local status, answer = simulator:call("GET", "/sms/status/" .. id)
      assert.equal(400, status)
      assert.is_string(answer.message)
    end
    for _, id in ipairs { "1", "99999999999999999999", "0" .. send() } do
      assert.equal(404, (simulator:call("GET", "/sms/status/" .. id)))
    end
    assert.equal(404, (simulator:call("GET", "/sms/status/")))
    assert.equal(405, (simulator:call("POST", "/sms/status/1", {})))
  end)

  it("keeps a message from other tokens", function()
    local id = send()
    assert.equal(404, (simulator:call("GET", "/sms/status/" .. id, nil, "another token")))
    assert.equal(200, (simulator:call("GET", "/sms/status/" .. id)))
  end)
end)
