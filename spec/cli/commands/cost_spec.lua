local cjson = require("cjson")
local cli = require("spec.support.cli")
local process = require("spec.support.process")
local simulators = require("spec.support.simulator")

describe("vertexsms cost", function()
  local simulator

  setup(function() simulator = simulators.start() end)
  teardown(process.stop_all)

  local function cost(...)
    return cli.run(simulator.url, { "cost", "--from", "MyShop", "--message", ("a"):rep(161), ... })
  end

  it("prints a table, and the total of several", function()
    local code, output = cost("--to", "37069912346", "--to", "12025550142")
    assert.equal(0, code)
    assert.same({
      "TO           COUNTRY  NETWORK  PARTS  PER PART  PRICE  CURRENCY",
      "37069912346  LT       24601        2     0.035   0.07  EUR",
      "12025550142  US       310260       2     0.009  0.018  EUR",
      "total                              4            0.088  EUR",
    }, cli.lines(output))
    local _, one = cost("--to", "79407654321")
    assert.same({
      "TO           COUNTRY  NETWORK  PARTS  PER PART  PRICE  CURRENCY",
      "79407654321  AB                    2     0.039  0.078  EUR",
    }, cli.lines(one))
  end)

  it("prints an object for each with --json, prices as text", function()
    local _, output = cost("--json", "--to", "37069912346", "--to", "12025550142")
    assert.same({
      from = "MyShop", to = "12025550142", parts = 2, countryISO = "US", mccmnc = "310260", pricePerPart = "0.009",
      totalPrice = "0.018", currency = "EUR",
    }, cjson.decode(cli.lines(output)[2]))
  end)

  it("exits 1 for what has no price", function()
    local code, output, errors = cost("--to", "99999999999")
    assert.equal(1, code)
    assert.equal("", output)
    assert.equal("failed: Unrecognised country of recipient 99999999999.\n", errors)
  end)
end)
