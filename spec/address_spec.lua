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

describe("a number as people write it", function()
  local function national(text, country)
    local number, reason, correct_by = address.normalize(text, { country = country })
    assert.is_nil(reason)
    return number, correct_by
  end

  it("loses spaces, dots, dashes, slashes, brackets, + and 00", function()
    for _, text in ipairs({
      "37069912345", "+37069912345", "0037069912345", "+370 699 12345", "00 370 699 12345", "+370-699-12345",
      "+370.699.12345", "(+370) 699/12345", "+(370) 699 12345", "(00370) 699 12345", "370 (699) 12345",
      " +370 699 12345 ", "0 0 370 699 12345", "370 - 699 - 12345", "+370 (0)699 12345", "+370(0)69912345",
      "00370 (0) 699 12345", "(+370)(0)699 12345", "+370 ( 0 ) 699 12345",
    }) do
      local number, reason, correct_by = address.normalize(text)
      assert.equal("37069912345", number, text)
      assert.is_nil(reason)
      assert.is_nil(correct_by)
    end
  end)

  it("is the same number with a space before it, whatever it is", function()
    local state, letters = 5, "0123456789+()"
    local function draw(most)
      state = (state * 16807) % 2147483647
      return state % most
    end
    for round = 1, 3000 do
      local text = {}
      for i = 1, draw(18) do
        local at = 1 + draw(round % 2 == 0 and 10 or #letters)
        text[i] = letters:sub(at, at)
      end
      text = table.concat(text)
      for _, options in ipairs({ {}, { country = "LT" } }) do
        assert.same({ address.normalize(" " .. text, options) }, { address.normalize(text, options) }, text)
      end
    end
  end)

  it("is national when it begins with 0, and then needs its country", function()
    for _, text in ipairs({ "0699 12345", "(0699) 12345", "(0)699 12345", "0-699-12345" }) do
      assert.matches("national number: .*name its country$", refused(address.normalize, text))
      assert.same({ "069912345", "LT" }, { national(text, "LT") })
    end
  end)

  it("is a country's, which is named, unless + or 00 says that it is international", function()
    assert.same({ "69912345", "LT" }, { national("699 12345", "LT") })
    assert.same({ "37069912345", "LT" }, { national("370 699 12345", "LT") })
    assert.same({ "442079460018" }, { national("+44 (0)20 7946 0018", "LT") })
    assert.same({ "442079460018" }, { national("0044 20 7946 0018", "LT") })
  end)

  it("is refused where a 0 in brackets may or may not be part of it", function()
    for _, text in ipairs({
      "44 (0)20 7946 0018", "+(0)44 20 7946 0018", "+44 (0)(0)20 7946", "+49 (0171) 1234567", "(0)0370 699 12345",
      "0699 (0)12345",
    }) do
      assert.matches("0 in brackets", refused(address.normalize, text), text)
    end
  end)

  it("has nothing else in it, and says what it has", function()
    for text, what in pairs({
      ["370\194\16069912345"] = "U+00A0", ["370\226\128\17569912345"] = "U+202F",
      ["370\226\128\13769912345"] = "U+2009",
      ["370\226\128\14769912345"] = "U+2013", ["\226\128\17037069912345"] = "U+202A", ["３７０"] = "U+FF13",
      ["٣٧٠"] = "U+0663", ["＋37069912345"] = "U+FF0B",
      ["37069912345\226\128\139"] = "U+200B",
      ["3706991234o"] = '"o"', ["tel:+37069912345"] = '"t"', ["37069912345,37069912346"] = '","',
      ["370\t699"] = '"\\t"',
      ["37069912345\n"] = '"\\n"', ["370\r699"] = '"\\r"', ["3706991\0002345"] = '"\\x00"', ["\255370"] = '"\\xFF"',
      ["3706991234\195"] = '"\\xC3"', ["370\234\156"] = '"\\xEA"',
      ["[370] 69912345"] = '"["', ["3.7E+10"] = '"E"', ["'37069912345"] = [["'"]],
    }) do
      assert.matches("has " .. what .. " in it", refused(address.normalize, text), 1, true)
    end
  end)

  it("has one plus, at its beginning", function()
    for _, text in ipairs({ "++37069912345", "370+69912345", "37069912345+", "+370 699 +12345" }) do
      assert.matches("+ that is not at its beginning", refused(address.normalize, text), 1, true)
    end
  end)

  it("must be a whole number afterwards", function()
    assert.matches("digits", refused(address.normalize, ""))
    assert.matches("digits", refused(address.normalize, "+"))
    assert.matches("digits", refused(address.normalize, "( ) - /"))
    assert.matches("country code", refused(address.normalize, "+0699 12345"))
    assert.matches("country code", refused(address.normalize, "000370 699 12345"))
    assert.matches("7 to 15", refused(address.normalize, "+370 699"))
    assert.matches("7 to 15", refused(address.normalize, "37069912345 37069912346"))
    for _, text in ipairs({ "", "-", ("0"):rep(16), ("1"):rep(16), ("1"):rep(100000) }) do
      local number, reason = address.normalize(text, { country = "LT" })
      assert.is_nil(number)
      assert.is_string(reason)
    end
  end)

  it("is a string, and its country two letters", function()
    for _, value in ipairs({ 37069912345, true, {}, print }) do refused(address.normalize, value) end
    refused(address.normalize, nil)
    for _, country in ipairs({ "lt", "LTU", "", "L\0", "Lietuva", 370, true, {} }) do
      local number, reason = address.normalize("0699 12345", { country = country })
      assert.is_nil(number)
      assert.matches("country must be two capital letters", reason)
    end
    assert.error_matches(function() address.normalize("370", { contry = "LT" }) end, "contry")
    assert.error_matches(function() address.normalize("370", "LT") end, "options must be a table")
  end)

  it("stays what it is whatever is put between its digits, and once it is normalised", function()
    local between = { " ", ".", "-", "/", "  ", " - ", "", "", "", "" }
    for round = 1, 500 do
      local digits = tostring(math.random(1, 9))
      for _ = 1, math.random(6, 14) do digits = digits .. math.random(0, 9) end
      local written = digits:gsub("[0-9]", function(digit) return digit .. between[math.random(#between)] end)
      written = ({ "+", "00", "", "00 ", " +", "(+", "(00" })[round % 7 + 1] .. written .. (round % 7 > 4 and ")" or "")
      assert.equal(digits, (address.normalize(written)), written)
      assert.equal(digits, (address.normalize(digits)))
      assert.equal(digits, (address.msisdn(digits)))
    end
  end)

  it("is an MSISDN or nothing, whatever octets come", function()
    local octets = { "0", "3", "7", "9", "+", "(", ")", " ", "-", ".", "/", "(0)", "00", "\0", "\194\160", "x", "\255" }
    for _ = 1, 3000 do
      local parts = {}
      for i = 1, math.random(0, 14) do parts[i] = octets[math.random(#octets)] end
      local number, reason, correct_by = address.normalize(table.concat(parts))
      assert.is_nil(correct_by)
      if number then assert.equal(number, (address.msisdn(number))) else assert.is_string(reason) end
      number, reason, correct_by = address.normalize(table.concat(parts), { country = "LT" })
      if not number then assert.is_string(reason)
      elseif correct_by then assert.matches("^[0-9]+$", number)
      else assert.equal(number, (address.msisdn(number))) end
    end
  end)

  it("is changed nowhere unasked", function()
    local vertexsms = require("vertexsms")
    local client = vertexsms.safe.new({ token = "t", base_url = "http://127.0.0.1:9" })
    local _, err = client:send({ to = "+370 699 12345", from = "MyShop", message = "a" })
    assert.equal("invalid_argument", err.kind)
    client:close()
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
