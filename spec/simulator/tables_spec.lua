-- Operators, rates and networks of a country: the same table, seen from three sides.

local cjson = require("cjson")
local process = require("spec.support.process")
local simulators = require("spec.support.simulator")
local web = require("spec.support.web")

describe("simulator:", function()
  local simulator

  setup(function() simulator = simulators.start() end)
  teardown(process.stop_all)

  -- Decoded, an empty array is an empty object.
  local function raw(path)
    local status, body = web.request("GET", simulator.url .. path, { ["X-VertexSMS-Token"] = "t" })
    assert.equal(200, status)
    return body
  end

  describe("GET /operators/{id}", function()
    it("describes a network, codes as text", function()
      local status, answer = simulator:call("GET", "/operators/102")
      assert.equal(200, status)
      assert.same({ name = "BITE", country = "LT", mcc = "246", mnc = { "02", "021" } }, answer)
    end)

    it("refuses what is not an ID, and does not know others", function()
      for _, id in ipairs { "x", "1e2", "-1" } do assert.equal(400, (simulator:call("GET", "/operators/" .. id))) end
      for _, id in ipairs { "0", "999", "99999999999999999999" } do
        assert.equal(404, (simulator:call("GET", "/operators/" .. id)))
      end
    end)
  end)

  describe("GET /rates", function()
    it("lists rates, prices as text", function()
      for _, path in ipairs { "/rates/?format=json", "/rates/", "/rates" } do
        local status, rows = simulator:call("GET", path)
        assert.equal(200, status)
        assert.same({
          CountryName = "Abkhazia", CountryCode = "AB", Operator = "Default", Network = "Default", MCC = "289",
          MNC = cjson.null, Rate = "0.039",
        }, rows[1])
      end
    end)

    it("lists those of a country", function()
      local _, rows = simulator:call("GET", "/rates?CountryISO=LT")
      local operators = {}
      for i, row in ipairs(rows) do
        assert.equal("LT", row.CountryCode)
        operators[i] = ("%s %s %s"):format(row.Operator, row.MNC == cjson.null and "-" or row.MNC, row.Rate)
      end
      assert.same({ "Telia 01 0.035", "Tele2 03 0.0375", "BITE 02 0.035", "BITE 021 0.035",
        "All other carriers - 0.045" }, operators)
    end)

    it("lists nothing, as an array, where there is no rate", function()
      assert.equal("[]", raw("/rates?CountryISO=ZZ"))
    end)

    it("is CSV when it is asked for", function()
      local status, csv, head = simulator:call("GET", "/rates/?format=csv&CountryISO=EE")
      assert.equal(200, status)
      assert.equal("text/csv", head["content-type"])
      assert.equal("CountryName,CountryCode,Operator,Network,MCC,MNC,Rate\r\n"
        .. "Estonia,EE,Telia,Telia,248,01,0.061\r\nEstonia,EE,Elisa,Elisa,248,02,0.061\r\n"
        .. "Estonia,EE,Tele2,Tele2,248,03,0.061\r\nEstonia,EE,All,All,248,,0.061\r\n", csv)
    end)

    it("refuses other formats and countries", function()
      for _, query in ipairs { "format=xml", "format=", "CountryISO=lt", "CountryISO=LTU" } do
        assert.equal(400, (simulator:call("GET", "/rates?" .. query)))
      end
    end)
  end)

  describe("GET /mccmnc/{country}", function()
    it("turns pages, from 1, until there is nothing left", function()
      local rows, page = {}, 1
      repeat
        local status, some = simulator:call("GET", "/mccmnc/LT?Page=" .. page)
        assert.equal(200, status)
        for _, row in ipairs(some) do
          rows[#rows + 1] = ("%s %s %s %d"):format(row.country, row.mcc, row.mnc, row.operatorId)
        end
        page = page + 1
      until #some == 0
      assert.equal(4, page)
      assert.same({ "LT 246 01 101", "LT 246 03 103", "LT 246 02 102", "LT 246 021 102" }, rows)
    end)

    it("begins with the first page", function()
      local _, first = simulator:call("GET", "/mccmnc/LT?Page=1")
      local _, default = simulator:call("GET", "/mccmnc/LT")
      assert.same(first, default)
    end)

    it("is empty, as an array, for a country without networks", function()
      assert.equal("[]", raw("/mccmnc/AB"))
    end)

    it("refuses other pages, and does not know other countries", function()
      for _, page in ipairs { "0", "-1", "x", "1.5", "", "01" } do
        assert.equal(400, (simulator:call("GET", "/mccmnc/LT?Page=" .. page)))
      end
      for _, country in ipairs { "ZZ", "lt", "L" } do
        assert.equal(404, (simulator:call("GET", "/mccmnc/" .. country)))
      end
    end)
  end)

  it("all of them want a token, and know one method", function()
    for _, path in ipairs { "/operators/102", "/rates", "/mccmnc/LT", "/sms/status/1" } do
      assert.equal(401, (simulator:call("GET", path, nil, "")))
      local status, _, head = simulator:call("POST", path, {})
      assert.equal(405, status)
      assert.equal("GET, HEAD", head.allow)
    end
    for _, path in ipairs { "/sms/cost", "/viber", "/hlr", "/senderId", "/senderId/confirm/1" } do
      assert.equal(401, (simulator:call("POST", path, {}, "")))
      local status, _, head = simulator:call("GET", path)
      assert.equal(405, status)
      assert.equal("POST", head.allow)
    end
  end)
end)
