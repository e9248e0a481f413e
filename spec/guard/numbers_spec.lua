local countries = require("vertexsms.guard.countries")
local numbers = require("vertexsms.guard.numbers")

local function judge(allow, deny, to)
  local err = numbers.prefixes(allow, deny)({ number = to })
  return err and err.rule or "passes"
end

describe("allow and deny", function()
  it("take the longest match", function()
    local allow, deny = { "370", "44" }, { "3705", "447" }
    for to, verdict in pairs({
      ["37061234567"] = "passes", ["37051234567"] = "deny", ["442071234567"] = "passes", ["447911123456"] = "deny",
      ["4915112345678"] = "allow", ["3"] = "allow",
    }) do assert.equal(verdict, judge(allow, deny, to), to) end
    assert.equal("passes", judge({ "37051" }, { "3705" }, "37051234567"))
    assert.equal("deny", judge({ "+370" }, { "370" }, "37061234567"))
    assert.equal("passes", judge(nil, { "370" }, "4915112345678"))
    assert.equal("deny", judge(nil, { "370" }, "37061234567"))
  end)

  it("know countries by their codes, without what is another country's", function()
    assert.equal("passes", judge({ "LT" }, nil, "37061234567"))
    assert.equal("allow", judge({ "US" }, nil, "18765551234"))
    assert.equal("passes", judge({ "US", "JM" }, nil, "18765551234"))
    assert.equal("passes", judge({ "1" }, nil, "18765551234"))
    assert.equal("deny", judge({ "1" }, { "JM" }, "16585551234"))
    assert.equal("passes", judge({ "RU" }, nil, "79161234567"))
    assert.equal("allow", judge({ "RU" }, nil, "77011234567"))
    assert.equal("passes", judge({ "JM", "US" }, nil, "18765551234"))
    assert.equal("passes", judge(nil, { "US" }, "18765551234"))
  end)

  it("tell how to allow a number", function()
    local err = numbers.prefixes({ "LT" })({ number = "18765551234" })
    assert.same({ "guarded", "not_sent", false, "to" }, { err.kind, err.outcome, err.retryable, err.field })
    assert.matches('or the country "JM"', err.message, 1, true)
    assert.matches("3705", numbers.prefixes(nil, { "3705" })({ number = "37051234567" }).message, 1, true)
  end)

  it("refuse what is not an international number", function()
    assert.equal("allow", numbers.prefixes({ "LT" })({}).rule)
    for _, wire in ipairs({ { to = "0037061234567" }, { to = "+37061234567" }, { to = "37061234567" } }) do
      assert.equal("37061234567", numbers.canonical(wire))
    end
    for _, to in ipairs({
      "", "370 61", "abc", "000", "٣٧٠", "037061234567", "+0037061234567", "00037061234567", "00",
    }) do
      assert.is_nil(numbers.canonical({ to = to }), to)
    end
    assert.is_nil(numbers.canonical({ to = "861234567", correctBy = "LT" }))
  end)
end)

describe("the table of countries", function()
  it("has each code once, and codes of one to four digits", function()
    local count = 0
    for code, list in pairs(countries.countries) do
      assert.matches("^[1-9][0-9]?[0-9]?[0-9]?$", code)
      count = count + #list
      for _, country in ipairs(list) do assert.matches("^[A-Z][A-Z]$", country) end
    end
    assert.is_true(count > 230)
  end)

  it("says which countries share a code", function()
    assert.same({ "US", "CA" }, countries.countries["1"])
    assert.same({ "GB", "GG", "IM", "JE" }, countries.countries["44"])
    assert.same({ { "370" }, { "LT" } }, { countries.codes.LT, countries.countries["370"] })
    assert.same({ { "76", "77" }, { "KZ" } }, { countries.codes.KZ, countries.countries["76"] })
  end)
end)
