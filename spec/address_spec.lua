local address = require("vertexsms.address")

local function refused(check, value)
  local result, reason = check(value)
  assert.is_nil(result, ("%q"):format(tostring(value)))
  assert.is_string(reason)
  return reason
end

describe("an MSISDN", function()
  it("loses its plus and nothing else", function()
    assert.equal("37069912345", (address.msisdn("37069912345")))
    assert.equal("37069912345", (address.msisdn("+37069912345")))
    assert.is_nil(select(2, address.msisdn("37069912345")))
  end)

  it("has 7 to 15 digits", function()
    assert.equal("6834123", (address.msisdn("6834123")))
    assert.equal(("1"):rep(15), (address.msisdn("+" .. ("1"):rep(15))))
    assert.matches("7 to 15", refused(address.msisdn, "123456"))
    assert.matches("7 to 15", refused(address.msisdn, ("1"):rep(16)))
  end)

  it("begins with a country code", function()
    assert.matches("country code", refused(address.msisdn, "0037069912345"))
    assert.matches("country code", refused(address.msisdn, "+069912345"))
  end)

  it("is ASCII digits from the first to the last octet", function()
    for _, bad in ipairs({
      "", "+", "++37069912345", "37069912345+", " 37069912345", "37069912345 ", "370 699 12345", "370-699-12345",
      "(370)69912345", "37069912345\n", "\n37069912345", "37069912345\r", "37069912345\0", "3706991\0002345",
      "３７０６９９１２３４５", "٣٧٠٦٩٩١٢٣٤٥", "3706991234x", "3.7069912e10", "0x37069912345", "-37069912345",
      "tel:+37069912345", "＋37069912345", "37069912345\226\128\139",
    }) do
      refused(address.msisdn, bad)
    end
  end)

  it("is a string", function()
    assert.matches("number", refused(address.msisdn, 37069912345))
    assert.matches("nil", refused(address.msisdn, nil))
    assert.matches("table", refused(address.msisdn, {}))
  end)
end)

describe("a sender", function()
  it("is up to 11 Latin letters, digits, spaces and dots", function()
    for _, good in ipairs({
      "A", "MyShop", "My Shop", "My.Shop 24", "12345678901", "0", "00370699", "ABCDEFGHIJK", ".",
    }) do
      assert.equal(good, (address.sender(good)))
    end
  end)

  it("is an MSISDN otherwise", function()
    assert.equal("37069912345", (address.sender("+37069912345")))
    assert.equal("370699123456", (address.sender("370699123456")))
    assert.equal(("1"):rep(15), (address.sender(("1"):rep(15))))
    refused(address.sender, ("1"):rep(16))
    refused(address.sender, "037069912345")
    refused(address.sender, "+1234")
  end)

  it("has nothing else in it", function()
    for _, bad in ipairs({
      "", "ABCDEFGHIJKL", "invalid sender ID", "Žalgiris", "My-Shop", "My_Shop", "Shop!", "Shop\n", "Shop\0", "Shop\t",
      "\0", "Шоп", "Shop\194\160", "A&B", "１２３", "@shop", "Shop\r\nX: y",
    }) do
      assert.matches("1 to 11", refused(address.sender, bad))
    end
  end)

  it("is a string", function()
    assert.matches("number", refused(address.sender, 12345))
    assert.matches("nil", refused(address.sender, nil))
  end)
end)
