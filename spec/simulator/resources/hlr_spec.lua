local cjson = require("cjson")
local process = require("spec.support.process")
local simulators = require("spec.support.simulator")
local web = require("spec.support.web")

describe("simulator: POST /hlr", function()
  local simulator, endpoint

  setup(function()
    simulator = simulators.start()
    endpoint = web.endpoint()
  end)
  teardown(function()
    endpoint:close()
    process.stop_all()
  end)

  local function look_up(msisdn)
    local lookup = { msisdn = msisdn, callBackUrl = endpoint.url .. "/hlr?secret=hidden" }
    local status, ids = simulator:call("POST", "/hlr", lookup)
    assert.equal(200, status)
    local _, _, body = endpoint:take("200 OK", "OK")
    local result = cjson.decode(body)
    assert.equal(("%d"):format(ids[1]), result.id)
    return result
  end

  it("answers with a number, and the result comes to callBackUrl", function()
    local headers = { ["X-VertexSMS-Token"] = "t", ["Content-Type"] = "application/json" }
    local body = cjson.encode { msisdn = "37069912345", callBackUrl = endpoint.url }
    local _, raw = web.request("POST", simulator.url .. "/hlr", headers, body)
    assert.equal("[1203877133]", raw)
    local _, _, report = endpoint:take("200 OK", "OK")
    assert.same({
      id = "1203877133", error = "0", imsi = "2460237069912345", country = "LT", mcc = "246", mnc = "02",
      operatorId = 102, operator = "BITE",
    }, cjson.decode(report))
    simulator:expect("^POST /hlr 200 1203877133 for 37069912345$")
    simulator:expect("^hlr 1203877133 error 0 %-> http://127.0.0.1:%d+ 200 OK$")
  end)

  it("fails by the number's last digits", function()
    for _, code in ipairs { "40", "41", "43", "51", "53" } do
      local result = look_up("370699123" .. code)
      assert.same({ id = result.id, error = code }, result)
    end
  end)

  it("does not know every country", function()
    assert.equal("20", look_up("99999999999").error)
    assert.equal("20", look_up("79407654321").error)
  end)

  it("says that a number is ported, as an object or an array", function()
    local origin = { operatorId = 101, operator = "Telia", country = "LT" }
    local object = look_up("37069912377")
    assert.equal("Tele2", object.operator)
    assert.same(origin, object.ported)
    assert.same({ origin }, look_up("37069912378").ported)
  end)

  it("always has an IMSI of 16 digits", function()
    for _, msisdn in ipairs { "37069912345", "3706991", "12025550142", "372512345678901" } do
      assert.truthy(look_up(msisdn).imsi:find("^" .. ("%d"):rep(16) .. "$"))
    end
  end)

  it("refuses a request that cannot be", function()
    for text, lookup in pairs {
      ["Missing value for field 'msisdn'."] = { callBackUrl = endpoint.url },
      ["Invalid value for field 'msisdn'. It must be a valid MSISDN: an international number, digits only."] =
        { msisdn = "++37069912345", callBackUrl = endpoint.url },
      ["Invalid value for field 'callBackUrl'. It must be an absolute http or https URL."] =
        { msisdn = "37069912345", callBackUrl = "example.com" },
    } do
      local status, answer = simulator:call("POST", "/hlr", lookup)
      assert.equal(400, status)
      assert.same({ message = text }, answer)
    end
    for _, body in ipairs { "", "[]", "1", "{" } do
      assert.equal(400, (simulator:call("POST", "/hlr", body)))
    end
  end)

  it("takes a plus, a number as a number, and null as nothing", function()
    assert.equal("BITE", look_up("+37069912345").operator)
    assert.equal(200, (simulator:call("POST", "/hlr", '{"msisdn":37069912345,"callBackUrl":null}')))
  end)

  it("does without a callBackUrl", function()
    assert.equal(200, (simulator:call("POST", "/hlr", { msisdn = "37069912345" })))
  end)

  it("prints no query", function()
    look_up("37069912345")
    simulator:expect("^hlr %d+ error 0 %-> http://127.0.0.1:%d+/hlr 200 OK$")
    assert.is_nil(simulator:output():find("hidden", 1, true))
  end)
end)
