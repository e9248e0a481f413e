local width = require("vertexsms.cli.width")

describe("cli.width", function()
  it("counts columns, not octets", function()
    for text, columns in pairs {
      [""] = 0, ["abc"] = 3, ["Šventė"] = 6, ["日本"] = 4, ["e\204\129"] = 1, ["😀"] = 2, ["a\226\128\139b"] = 2,
      ["\239\188\161"] = 2, ["€"] = 1,
    } do
      assert.equal(columns, width.of(text))
    end
  end)

  it("makes control characters visible", function()
    assert.equal("a\\nb\\r\\t\\x00\\x1B[31m\\x7F", width.printable("a\nb\r\t\0\27[31m\127"))
    assert.equal("\\x9B31m", width.printable("\194\15531m"))
    assert.equal("Šventė 日本", width.printable("Šventė 日本"))
  end)

  it("shortens in the middle, never beyond the columns", function()
    assert.equal("short", width.shorten("short", 5))
    assert.equal("abc...ij", width.shorten("abcdefghij", 8))
    for columns = 4, 20 do
      assert.is_true(width.of(width.shorten(("日本"):rep(10), columns)) <= columns)
    end
  end)
end)
