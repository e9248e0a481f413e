local core = require("vertexsms.core")
local json = require("vertexsms.json")

describe("json", function()
  it("refuses what is not JSON", function()
    for _, text in ipairs({ "", "{", "[1,]", "NaN", "[Infinity]", "[0x10]", "[01]", ("["):rep(33) .. ("]"):rep(33) }) do
      assert.is_nil((json.decode(text)))
    end
  end)

  it("skips a byte order mark, once and at the beginning", function()
    local mark = "\239\187\191"
    assert.same({ "1", "x" }, json.decode(core.quote_numbers(mark .. '[1,"x"]')))
    assert.same({ mark }, json.decode('["' .. mark .. '"]'))
    for _, text in ipairs({ mark, mark .. mark .. "[]", "[]" .. mark, mark:sub(1, 2) .. "[]", "\254\255\0[\0]" }) do
      assert.is_nil((json.decode(text)))
    end
    assert.is_true(json.is_array(mark .. " []"))
    assert.is_false(json.is_array(mark .. "{}"))
  end)

  it("leaves the host's cjson as it was", function()
    local cjson = require("cjson")
    assert.equal(16, cjson.decode("[0x10]")[1])
  end)

  it("decodes identifiers exactly once their numbers are quoted", function()
    assert.same({ "12815325601281532560", "370600000012345" },
      json.decode(core.quote_numbers("[12815325601281532560, 370600000012345]")))
  end)

  -- The core reads most lists of IDs without the decoder.
  it("decodes lists with and without the core's short cut to the same", function()
    local VALUES = {
      '"1281532560"', "1281532560", '""', "0", "01", "-1", "1.5", "1e3", "null", "true", "[]", "{}", '"a b"', '"\\n"',
      '"\\u0041"', '"é"', '"\127"', '"\n"', '"', "", "x", ("9"):rep(40),
    }
    local GAPS, short_cuts = { "", " ", "\r\n\t", "\0", ",", "\239\187\191" }, 0
    local function check(text)
      local list = core.plain_list(text)
      if not list then return end
      short_cuts = short_cuts + 1
      assert.same(list, require("cjson.safe").decode(core.quote_numbers(text)))
    end
    for _, first in ipairs(VALUES) do
      for _, second in ipairs(VALUES) do
        for _, gap in ipairs(GAPS) do
          for _, form in ipairs({ "[%s%s]", "%s[%s]", "[%s%s,%s]", "[%s%s%s,%s]%s", "%s%s", "[%s" }) do
            check(form:format(gap, first, gap, second, gap))
          end
        end
      end
    end
    assert.is_true(short_cuts > 100, "some lists are plain")
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

describe("json.encode", function()
  local function encoded(value) return assert(json.encode(value)) end

  it("writes what JSON has", function()
    assert.equal('{"a":1,"b":[true,false,null],"c":{},"d":"x"}',
      encoded({ d = "x", c = {}, b = { true, false, json.null }, a = 1 }))
    assert.equal('"\\u0000\\n\\r\\t\\"\\\\\\u001f\\u007f/é€😀"', encoded('\0\n\r\t"\\\31\127/é€😀'))
    assert.equal("null", encoded(json.null))
    assert.equal("[[],[1]]", encoded({ json.array({}), json.array({ 1 }) }))
  end)

  it("keeps every digit of a number, and adds none", function()
    for text, value in pairs({
      ["0"] = 0, ["-5"] = -5, ["37069912345"] = 37069912345, ["1000000000000000"] = 1e15, ["9007199254740992"] = 2 ^ 53,
      ["0.1"] = 0.1, ["0.30000000000000004"] = 0.1 + 0.2, ["-2.5"] = -2.5, ["1e+300"] = 1e300,
    }) do
      assert.equal(text, encoded(value))
    end
    if not rawget(math, "tointeger") then return end
    assert.equal("9223372036854775807", encoded(rawget(math, "maxinteger")))
    assert.equal("-9223372036854775808", encoded(rawget(math, "mininteger")))
    assert.equal("2", encoded(2.0))
  end)

  it("refuses what JSON has not", function()
    local loop = {}
    loop[1] = loop
    for _, value in ipairs({
      print, io.stdout, coroutine.create(function() end), 0 / 0, 1 / 0, -1 / 0, "\255", { ["\255"] = 1 }, { 1, nil, 3 },
      { 1, a = 2 }, { [0] = 1 }, { [1.5] = 1 }, { [true] = 1 }, { [1e9] = 1 }, loop, { a = { b = print } },
    }) do
      local text, reason = json.encode(value)
      assert.is_nil(text)
      assert.is_string(reason)
    end
    assert.is_nil((json.encode(nil)))
  end)

  it("reads back the same", function()
    local value = { a = { 1, 2, { b = "c" } }, d = { e = true, f = 0.5 }, [""] = "é" }
    assert.same(value, json.decode(json.encode(value)))
  end)
end)

describe("json.without_nulls", function()
  it("takes them out at every depth", function()
    assert.same({ a = {}, c = { d = 1 }, e = { 1, nil, 3 } },
      json.without_nulls(json.decode('{"a":{"b":null},"c":{"d":1},"e":[1,null,3],"f":null}')))
    assert.is_nil(json.without_nulls(json.null))
    assert.is_false(json.without_nulls(false))
  end)
end)
