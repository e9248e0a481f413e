-- `operator`, `rates` and `mccmnc`: what VertexSMS knows, as tables, JSON and CSV.

local cjson = require("cjson")
local cli = require("spec.support.cli")
local process = require("spec.support.process")
local simulators = require("spec.support.simulator")
local web = require("spec.support.web")

describe("vertexsms", function()
  local simulator

  setup(function() simulator = simulators.start() end)
  teardown(process.stop_all)

  it("operator says who it is", function()
    local code, output = cli.run(simulator.url, { "operator", "102" })
    assert.equal(0, code)
    assert.equal("name     BITE\ncountry  LT\nmcc      246\nmnc      02 021\n", output)
    local _, json = cli.run(simulator.url, { "operator", "102", "--json" })
    assert.same({ "02", "021" }, cjson.decode(json).mnc)
    assert.equal(1, (cli.run(simulator.url, { "operator", "999" })))
  end)

  it("rates lists prices", function()
    local code, output = cli.run(simulator.url, { "rates", "--country", "LV" })
    assert.equal(0, code)
    assert.same({
      "COUNTRY      OPERATOR  NETWORK  MCC  MNC    EUR",
      "Latvia   LV  LMT       LMT      247  01   0.048",
      "Latvia   LV  Tele2     Tele2    247  02    0.05",
      "Latvia   LV  Bite      Bite     247  05   0.048",
      "Latvia   LV  Default   Default  247       0.052",
    }, cli.lines(output))
    local _, json = cli.run(simulator.url, { "rates", "--json" })
    assert.equal("0.039", cjson.decode(cli.lines(json)[1]).Rate)
  end)

  it("rates --csv prints what VertexSMS wrote", function()
    local _, raw = simulator:call("GET", "/rates?CountryISO=LV&format=csv")
    local _, output = cli.run(simulator.url, { "rates", "--country", "LV", "--csv" })
    assert.equal(raw, output)
  end)

  it("rates keeps columns in line, whatever alphabet stands in them, and the terminal safe", function()
    local endpoint = web.endpoint()
    local running = cli.start(endpoint.url, { "rates" })
    endpoint:take("200 OK", cjson.encode {
      { CountryName = "Côte d’Ivoire", CountryCode = "CI", Operator = "日本", MCC = "612", Rate = "0.1" },
      { CountryName = "Togo", CountryCode = "TG", Operator = "\27[31mred", MCC = "615", Rate = "0.12345" },
    })
    local lines = {}
    for i = 1, 3 do lines[i] = running:line() end
    assert.same({
      "COUNTRY            OPERATOR     NETWORK  MCC  MNC      EUR",
      "Côte d’Ivoire  CI  日本                  612           0.1",
      "Togo           TG  \\x1B[31mred           615       0.12345",
    }, lines)
    assert.equal(0, running:wait())
    endpoint:close()
  end)

  it("mccmnc lists all pages", function()
    local code, output = cli.run(simulator.url, { "mccmnc", "LT" })
    assert.equal(0, code)
    assert.same({
      "COUNTRY  MCC  MNC  OPERATOR ID", "LT       246  01           101", "LT       246  03           103",
      "LT       246  02           102", "LT       246  021          102",
    }, cli.lines(output))
    local _, json = cli.run(simulator.url, { "mccmnc", "LT", "--json" })
    assert.equal(4, #cli.lines(json))
    assert.equal("021", cjson.decode(cli.lines(json)[4]).mnc)
  end)

  it("mccmnc fails with a page that fails", function()
    local endpoint = web.endpoint()
    local running = cli.start(endpoint.url, { "mccmnc", "LT" })
    endpoint:take("200 OK", '[{"country":"LT","mcc":"246","mnc":"01","operatorId":1}]')
    endpoint:take("403 Forbidden", '{"message":"Enough."}')
    assert.equal("failed: Enough.", running:line())
    assert.equal(1, running:wait())
    endpoint:close()
  end)
end)
