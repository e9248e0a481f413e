local core = require("vertexsms.core")
local json = require("vertexsms.json")

describe("json", function()
  it("refuses what is no JSON", function()
    for _, text in ipairs({ "", "{", "[1,]", "NaN", "[Infinity]", "[0x10]", "[01]", ("["):rep(33) .. ("]"):rep(33) }) do
      assert.is_nil((json.decode(text)))
    end
  end)

  it("leaves the host's cjson as it was", function()
    local cjson = require("cjson")
    assert.equal(16, cjson.decode("[0x10]")[1])
  end)

  it("decodes identifiers exactly once their numbers are quoted", function()
    assert.same({ "12815325601281532560", "370600000012345" },
      json.decode(core.quote_numbers("[12815325601281532560, 370600000012345]")))
  end)

  it("does not make sense of what makes none", function()
    for _, text in ipairs({ "[01]", "[0x10]", "[+1]", "[1 2]", "[-]", "[1" }) do
      assert.is_nil((json.decode(core.quote_numbers(text))))
    end
  end)
end)

describe("core.invalid_utf8", function()
  it("names the first byte that is wrong", function()
    assert.is_nil(core.invalid_utf8(""))
    assert.is_nil(core.invalid_utf8("a\0\195\169\226\130\172\240\159\152\128"))
    for text, position in pairs({
      ["\128"] = 1, ["a\192\128"] = 2, ["\224\128\128"] = 1, ["\237\160\128"] = 1, ["\244\144\128\128"] = 1,
      ["ab\195"] = 3, ["\240\159\152"] = 1, ["\195\40"] = 1, ["\255"] = 1, ["ok\248\136\128\128\128"] = 3,
    }) do
      assert.equal(position, core.invalid_utf8(text))
    end
  end)
end)
