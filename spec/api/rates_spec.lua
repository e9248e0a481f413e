local mutations = require("spec.support.mutations")
local scripted = require("spec.support.scripted")

local EXAMPLE = '[{"CountryName":"Abkhazia","CountryCode":"AB","Operator":"Default","Network":"Default","MCC":"289",'
  .. '"MNC":null,"Rate":"0.039"}]'

local server

setup(function() server = scripted.start() end)
teardown(function() server:stop() end)

describe("client:rates", function()
  it("asks what is documented", function()
    server:script({ body = EXAMPLE })
    local rates = server:safe({ status_base_url = "http://127.0.0.1:1" }):rates()
    assert.same({ {
      CountryName = "Abkhazia", CountryCode = "AB", Operator = "Default", Network = "Default", MCC = "289",
      Rate = "0.039",
    } }, { rates[1] })
    assert.same({ 1, 1 }, { #rates, rates.attempts })
    local request = server:request()
    assert.same({ "GET", "/rates/", "format=json" }, { request.method, request.path, request.query })
    server:script({ body = "[]" })
    assert.equal(0, #server:safe():rates({ format = "json" }))
    assert.equal("format=json", server:request().query)
  end)

  it("asks for a country of the status base URL", function()
    server:script({ body = EXAMPLE })
    server:safe({ base_url = "http://127.0.0.1:1", status_base_url = server.url }):rates({ country = "LT" })
    local request = server:request()
    assert.same({ "/rates", "CountryISO=LT" }, { request.path, request.query })
    server:script({ body = "a;b" })
    server:safe():rates({ country = "LT", format = "csv" })
    assert.equal("CountryISO=LT&format=csv", server:request().query)
  end)

  it("keeps a price that is a number", function()
    server:script({ body = '[{"MCC":289,"MNC":"001","Rate":0.0390}]' })
    local row = server:safe():rates()[1]
    assert.same({ "289", "001", "0.0390" }, { row.MCC, row.MNC, row.Rate })
  end)

  it("takes mcc and mnc in lower case, as VertexSMS's table has them", function()
    server:script({ body = '[{"CountryCode":"LT","mcc":"246","mnc":"02","Rate":"0.039"},{"mcc":289,"mnc":null},5]' })
    assert.equal("protocol", select(2, server:safe():rates()).kind)
    server:script({ body = '[{"CountryCode":"LT","mcc":"246","mnc":"02","Rate":"0.039"},{"mcc":289,"mnc":null}]' })
    local rates = server:safe():rates()
    assert.same({ { CountryCode = "LT", MCC = "246", MNC = "02", Rate = "0.039" }, { MCC = "289" } },
      { rates[1], rates[2] })
    server:script({ body = '[{"CountryCode":"LT","mcc":"246","mnc":"02","Rate":"0.039"}]' })
    assert.equal("0.039", server:safe():rate_for("246", "02").Rate)
  end)

  it("gives CSV as it came", function()
    local csv = 'CountryName,Rate\r\n"Bonaire, Sint Eustatius",0.039\r\n'
    server:script({ body = csv, headers = { ["Content-Type"] = "text/csv" } })
    assert.equal(csv, server:safe():rates({ format = "csv" }))
    assert.equal("format=csv", server:request().query)
    for _, body in ipairs({ "", "\n", "<html>", '{"message":"no"}', "[]" }) do
      server:script({ body = body })
      assert.equal("protocol", select(2, server:safe():rates({ format = "csv" })).kind)
    end
  end)

  it("checks its options", function()
    local client = server:safe()
    assert.equal("country", select(2, client:rates({ country = "lt" })).field)
    assert.equal("format", select(2, client:rates({ format = "xml" })).field)
    assert.matches('did you mean "country"?', select(2, client:rates({ Contry = "LT" })).message, 1, true)
    assert.has_error(function() client:rates("LT") end)
  end)

  it("makes a result or an error of whatever comes", function()
    local client = server:safe()
    mutations.feed(server, EXAMPLE, function() return client:rates() end, function(rates)
      for _, row in ipairs(rates) do
        assert(row.Rate == nil or row.Rate:find("^%-?%d"))
        assert(row.MCC == nil or type(row.MCC) == "string")
      end
    end)
    mutations.feed(server, EXAMPLE, function()
      local rate, err = client:rate_for("289", "01")
      if err and err.kind == "not_found" then return {} end
      return rate, err
    end)
  end)
end)

describe("client:rate_for", function()
  local function row(operator, network, mcc, mnc, rate, country)
    local function text(value) return value and '"' .. value .. '"' or "null" end
    return ('{"CountryName":"X","CountryCode":%s,"Operator":%s,"Network":%s,"MCC":%s,"MNC":%s,"Rate":%s}')
      :format(text(country or "LT"), text(operator), text(network), text(mcc), text(mnc), text(rate))
  end

  local function rate_for(rows, ...)
    server:script({ body = "[" .. table.concat(rows, ",") .. "]" })
    return server:safe():rate_for(...)
  end

  local DEFAULT = row("Default", "Default", "246", nil, "0.01")
  local OTHERS = row("All other carriers", "All other carriers", "246", nil, "0.02")
  local ALL = row("All", "All", "246", nil, "0.03")
  local EXACT = row("Bite", "Bite", "246", "021", "0.04")
  local ELSEWHERE = row("All", "All", "289", nil, "0.09", "AB")

  it("takes the most precise row", function()
    for _, case in ipairs({
      { "network", "0.04", { DEFAULT, ELSEWHERE, OTHERS, ALL, EXACT } }, { "all", "0.03", { ALL, DEFAULT, OTHERS } },
      { "others", "0.02", { DEFAULT, OTHERS } }, { "default", "0.01", { ELSEWHERE, DEFAULT } },
    }) do
      local rate = rate_for(case[3], "246", "021")
      assert.same({ case[1], case[2], "LT", 1 }, { rate.match, rate.Rate, rate.CountryCode, rate.attempts })
    end
    local request = server:request()
    assert.same({ "/rates/", "format=json" }, { request.path, request.query })
  end)

  it("compares MNCs as they are written", function()
    for _, mnc in ipairs({ "21", "020", "210" }) do
      assert.equal("default", rate_for({ EXACT, DEFAULT }, "246", mnc).match)
    end
  end)

  it("does not take another network's row for a general one", function()
    local rate, err = rate_for({ EXACT, row("Bite", "All", "246", nil, "1"), row("All", "Bite", "246", nil, "1"),
      row("All", "All", "246", "010", "1"), ELSEWHERE }, "246", "02")
    assert.is_nil(rate)
    assert.same({ "not_found", false }, { err.kind, err.retryable })
    assert.matches("mcc 246, mnc 02", err.message)
  end)

  it("is as precise as the less precise of operator and network", function()
    local mixed = row("All", "Default", "246", nil, "1")
    assert.equal("0.02", rate_for({ mixed, OTHERS }, "246", "02").Rate)
    assert.same({ "1", "default" }, { rate_for({ mixed }, "246", "02").Rate, rate_for({ mixed }, "246", "02").match })
  end)

  it("knows the rate of a country without an MNC", function()
    assert.equal("default", rate_for({ EXACT, DEFAULT }, "246").match)
    assert.equal("not_found", select(2, rate_for({ EXACT }, "246")).kind)
  end)

  it("finds the row of the country where it has no MCC", function()
    local country = row("Default", "Default", nil, nil, "0.05")
    assert.equal("0.05", rate_for({ country, EXACT }, "246", "02").Rate)
    assert.equal("not_found", select(2, rate_for({ country }, "246", "02")).kind)
  end)

  it("does not choose between equals that differ", function()
    local rate = rate_for({ EXACT, row("Tele2", "Tele2", "246", "021", "0.05") }, "246", "021")
    assert.is_true(rate.ambiguous)
    assert.is_nil(rate.Rate)
    assert.same({ "0.04", "0.05", "network" }, { rate.rows[1].Rate, rate.rows[2].Rate, rate.match })
    rate = rate_for({ EXACT, row("Tele2", "Tele2", "246", "021", "0.04") }, "246", "021")
    assert.is_nil(rate.ambiguous)
    assert.equal("0.04", rate.Rate)
  end)

  it("asks for the price of a number, not for a table", function()
    server:script({ body = '[{"from":"x","to":"37069912345","parts":1,"countryISO":"LT","mccmnc":"24601",'
      .. '"pricePerPart":0.035,"totalPrice":0.035,"currency":"EUR"}]' })
    local rate = server:safe():rate_for("+37069912345")
    rate.elapsed = nil
    assert.same({ match = "cost", CountryCode = "LT", MCC = "246", MNC = "01", Rate = "0.035", currency = "EUR",
      attempts = 1 }, rate)
    local request = server:request()
    assert.equal("/sms/cost", request.path)
    assert.equal('{"from":"37069912345","message":"1","to":"37069912345"}', request.body)
    server:script({ body = '[{"mccmnc":null,"totalPrice":0.035}]' })
    rate = server:safe():rate_for("37069912345", { from = "MyShop" })
    assert.equal("0.035", rate.Rate)
    assert.is_nil(rate.MCC)
    assert.matches('"from":"MyShop"', server:request().body, 1, true)
  end)

  it("checks its arguments", function()
    local client = server:safe()
    for _, wrong in ipairs({ { "24", nil, "mcc" }, { "246", "0211", "mnc" }, { "246", "", "mnc" },
      { "37069912345", "02", "mcc" }, { "abc", nil, "mcc" }, { "246", { from = "x" }, "msisdn" },
      { "37069912345", { from = "not a sender" }, "from" }, { "37069912345", { form = "x" }, "form" } }) do
      local rate, err = client:rate_for(wrong[1], wrong[2])
      assert.is_nil(rate)
      assert.same({ "invalid_argument", wrong[3] }, { err.kind, err.field })
    end
    assert.has_error(function() client:rate_for(246, "02") end)
    assert.has_error(function() client:rate_for("246", 2) end)
  end)
end)
