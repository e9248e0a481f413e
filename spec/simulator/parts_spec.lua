local parts = require("vertexsms.simulator.parts")

describe("simulator.parts", function()
  local SHA, EMOJI = "ш", "😀"

  it("counts septets of the GSM alphabet: 160 in one part, 153 in each of many", function()
    assert.equal(1, parts.count(("a"):rep(160)))
    assert.equal(2, parts.count(("a"):rep(161)))
    assert.equal(2, parts.count(("a"):rep(306)))
    assert.equal(3, parts.count(("a"):rep(307)))
  end)

  it("takes every character of the GSM alphabet as one septet", function()
    local all = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
      .. "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
    assert.equal(1, parts.count(all .. ("a"):rep(160 - 127)))
    assert.equal(2, parts.count(all .. ("a"):rep(161 - 127)))
  end)

  it("counts an extension character as two septets", function()
    for _, character in ipairs { "\f", "^", "{", "}", "\\", "[", "~", "]", "|", "€" } do
      assert.equal(1, parts.count(("a"):rep(158) .. character))
      assert.equal(2, parts.count(("a"):rep(159) .. character))
    end
  end)

  it("never splits an escape pair over two parts", function()
    assert.equal(3, parts.count(("a"):rep(152) .. "€" .. ("a"):rep(152)))
    assert.equal(2, parts.count(("a"):rep(151) .. "€" .. ("a"):rep(153)))
  end)

  it("counts UTF-16 units of any other text: 70 in one part, 67 in each of many", function()
    assert.equal(1, parts.count(SHA:rep(70)))
    assert.equal(2, parts.count(SHA:rep(71)))
    assert.equal(2, parts.count(SHA:rep(134)))
    assert.equal(3, parts.count(SHA:rep(135)))
    assert.equal(1, parts.count(EMOJI:rep(35)))
    assert.equal(2, parts.count(EMOJI:rep(36)))
  end)

  it("never splits a surrogate pair over two parts", function()
    assert.equal(3, parts.count(SHA:rep(66) .. EMOJI .. SHA:rep(66)))
    assert.equal(2, parts.count(SHA:rep(65) .. EMOJI .. SHA:rep(67)))
  end)

  it("knows valid UTF-8", function()
    assert.is_true(parts.is_utf8("ш€😀"))
    assert.is_false(parts.is_utf8("\255"))
    assert.is_false(parts.is_utf8("\209"))
  end)
end)
