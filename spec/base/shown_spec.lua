local shown = require("vertexsms.base.shown")

describe("a value in a message", function()
  it("is what the caller wrote", function()
    local values = {
      { "", '""' }, { "abc", '"abc"' }, { 5, "5" }, { 0.5, "0.5" }, { true, "true" }, { nil, "nil" }, { {}, "a table" },
      { print, "a function" }, { math.huge, "an infinity" }, { 0 / 0, "NaN" },
    }
    for i = 1, 10 do assert.equal(values[i][2], shown.value(values[i][1])) end
    assert.equal("null", shown.value(require("vertexsms.json").null))
    assert.equal("a userdata", shown.value(io.stdout))
    assert.equal("a number (5)", shown.type_and_value(5))
    assert.equal('a string ("5")', shown.type_and_value("5"))
    assert.equal("nil", shown.type_and_value(nil))
    assert.equal("a table", shown.type_and_value({}))
  end)

  it("has nothing in it that is invisible, or only looks like something else", function()
    local texts = {
      ["a\nb\r\t"] = [["a\nb\r\t"]], ["\0\27[31m\127"] = [["\x00\x1B[31m\x7F"]], ['"\\'] = [["\"\\"]],
      ["\226\128\1703"] = [["\u{202A}3"]], ["\208\144"] = [["\u{410}"]], ["\240\159\152\128"] = [["\u{1F600}"]],
      ["\255\195"] = [["\xFF\xC3"]], ["\128"] = [["\x80"]], ["\195\169\169"] = [["\xC3\xA9\xA9"]],
    }
    for text, expected in pairs(texts) do assert.equal(expected, shown.text(text)) end
  end)

  it("begins with whole characters", function()
    for text, beginning in pairs({
      [""] = "", abcd = "abcd", abcde = "abcd", ["abc\195\169"] = "abc", ["ab\195\169"] = "ab\195\169",
      ["ab\195\169x"] = "ab\195\169", ["a\240\159\152\128"] = "a", ["\240\159\152\128a"] = "\240\159\152\128",
      ["ab\226\130\172"] = "ab",
    }) do
      assert.equal(beginning, shown.beginning(text, 4), text)
    end
  end)

  it("is short", function()
    assert.equal('"' .. ("x"):rep(60) .. '"', shown.text(("x"):rep(60)))
    local long = shown.text(("a"):rep(500) .. ("b"):rep(500))
    assert.equal(62, #long)
    assert.matches('^"a+%.%.%.b+"$', long)
  end)

  it("is a URL without what may be a secret in it", function()
    local urls = {
      ["https://example.com/dlr?secret=x"] = '"https://example.com/dlr?..."', ["http://u:p@w@h/"] = '"http://***@h/"',
      ["https://h/#secret"] = '"https://h/#..."', ["u:p@h"] = '"***@h"', ["x"] = '"x"',
      ["http%3A%2F%2Fu:p%40h"] = '"***%40h"', ["http:\\\\u:p@h"] = '"***@h"',
    }
    for url, expected in pairs(urls) do assert.equal(expected, shown.url(url)) end
  end)

  it("is one of those to choose from", function()
    assert.equal('"a", "b" or "c"', shown.choice({ "a", "b", "c" }))
    assert.equal("8 or 16", shown.choice({ 8, 16 }))
    assert.equal('"a"', shown.choice({ "a" }))
  end)
end)
