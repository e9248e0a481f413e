local ascii = require("vertexsms.base.ascii")

local EVERY_OCTET = {}
for code = 0, 255 do EVERY_OCTET[code] = string.char(code) end

describe("ASCII", function()
  it("has 26 letters in two cases", function()
    for code, octet in pairs(EVERY_OCTET) do
      local is_large, is_small = code >= 65 and code <= 90, code >= 97 and code <= 122
      assert.equal(is_large and string.char(code + 32) or octet, ascii.lower(octet))
      assert.equal(is_small and string.char(code - 32) or octet, ascii.upper(octet))
    end
    assert.equal("content-id", ascii.lower("Content-ID"))
    assert.is_true(ascii.is_same("DELIVERED", "delivered"))
    assert.is_false(ascii.is_same("DELIVERED\0", "delivered"))
  end)

  it("has 33 control characters and 6 of space", function()
    for code, octet in pairs(EVERY_OCTET) do
      local is_control = code < 32 or code == 127
      assert.equal(is_control, ascii.has_controls(octet))
      assert.equal(is_control and "?" or octet, ascii.without_controls(octet, "?"))
      assert.equal(code == 32 or code >= 9 and code <= 13, ascii.trim(octet) == "")
    end
    assert.equal("a b", ascii.trim(" \t\r\n\v\fa b \n"))
    assert.equal("", ascii.trim(""))
  end)

  it("is quoted as Lua would read it", function()
    local load = rawget(_G, "loadstring") or load
    for _, text in ipairs({ "", "a", '"', "\\", "\n\0\1279", "\196\141ia", "a\"b\\c" }) do
      assert.equal(text, load("return " .. ascii.quoted(text))())
    end
    assert.equal('"\196\141\\0001"', ascii.quoted("\196\141\0001"))
  end)

  it("is in the order of its octets", function()
    local list = { "b", "a", "B", "", "\255", "a\0", "ab", "Z" }
    ascii.sort(list)
    assert.same({ "", "B", "Z", "a", "a\0", "ab", "b", "\255" }, list)
    assert.is_false(ascii.is_less("a", "a"))
  end)
end)
