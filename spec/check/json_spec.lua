local json = require("vertexsms.json")
local written = require("vertexsms.check.json")

describe("JSON that a person wrote", function()
  it("is decoded as any", function()
    for _, text in ipairs({
      "{}", "[]", "null", "7", '"a"', '{"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]}', '{"a":"\\"b\\":","b":"{\\\\"}',
      '\239\187\191{"a":[[],{}],"":null,"\\u0061\\u0062":1}',
    }) do
      assert.same(json.decode(text), (written.decode(text)), text)
    end
    assert.equal(json.null, written.decode("null"))
  end)

  it("has no key twice in an object", function()
    for text, words in pairs({
      ['{"a":1,"a":1}'] = '"a" twice in one object',
      ['{"a":1,\n"b":{},\n\n"a" : 2}'] = '"a" twice in one object, in lines 1 and 4',
      ['\n{"a":1,"a":2}'] = '"a" twice in one object, both in line 2',
      ['{"a":1,"\\u0061":2}'] = '"a" twice in one object',
      ['[7,{"b":[{"a":{}},{"c":"\\\\","c":[]}]}]'] = '"c" twice in one object',
      ['{"":1,"":2}'] = '"" twice in one object',
      ['{"a":{"b":1,\n"b":2},"a":3}'] = '"b" twice in one object, in lines 1 and 2',
    }) do
      local value, reason = written.decode(text)
      assert.is_nil(value)
      assert.equal("has " .. words .. ": leave one of them out", reason)
    end
  end)

  it("is JSON", function()
    for _, text in ipairs({ "", "{", '{"a":1,}', '{"a" 1}' }) do
      local value, reason = written.decode(text)
      assert.is_nil(value)
      assert.matches("^is not JSON: .", reason)
    end
  end)
end)
