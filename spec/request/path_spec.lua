local paths = require("vertexsms.request.path")

describe("path.segment", function()
  it("encodes all octets but the unreserved", function()
    assert.equal("AZaz09-._~", paths.segment("AZaz09-._~", "id"))
    for octet = 0x20, 0xFF do
      local char = string.char(octet)
      if not char:find("[%w%-._~/?\\\127]") then
        assert.equal(("x%%%02X"):format(octet), paths.segment("x" .. char, "id"))
      end
    end
  end)

  it("refuses what could become another path, and names it", function()
    for text, reason in pairs({
      [""] = "empty", ["."] = "'.'", [".."] = "'..'", ["a..b"] = "'..'", ["a/b"] = "'/'", ["a?b"] = "'?'",
      ["a\\b"] = "backslash", ["a\nb"] = "control", ["a\0"] = "control", ["\127"] = "control",
      [("a"):rep(257)] = "at most 256 octets",
    }) do
      local segment, err = paths.segment(text, "id")
      assert.is_nil(segment)
      assert.same({ "invalid_argument", "id" }, { err.kind, err.field })
      assert.matches("id .*" .. reason:gsub("%p", "%%%0"), err.message)
    end
  end)
end)

describe("path.whole", function()
  it("leaves what is encoded, and encodes what must be", function()
    for text, encoded in pairs({
      ["/"] = "/", ["/a/b-c._~!$&'()*+,;=:@"] = "/a/b-c._~!$&'()*+,;=:@", ["/a b"] = "/a%20b", ["/a%20b"] = "/a%20b",
      ["/é"] = "/%C3%A9", ["/[1]"] = "/%5B1%5D", ["/a/"] = "/a/", ["/%2F%3f"] = "/%2F%3f", ["/a\"<>^`{|}"] =
        "/a%22%3C%3E%5E%60%7B%7C%7D",
    }) do
      assert.equal(encoded, paths.whole(text))
    end
  end)

  it("refuses traps, encoded ones too", function()
    for _, text in ipairs({
      "", "a", "//..", "/a/..", "/%2e%2e", "/.%2E", "/%00", "/%0d", "/%7f", "/a?b", "/a#b", "/a\\b", "/%", "/%4",
      "/%4g", "/%g4", "/a\0",
    }) do
      local path, err = paths.whole(text)
      assert.is_nil(path)
      assert.equal("path", err.field)
    end
  end)
end)

describe("path.query", function()
  it("is in order, encoded", function()
    assert.equal("a=1&b=%20%2B&c=false&d=x&d=2", paths.query({ d = { "x", 2 }, c = false, b = " +", a = 1 }))
    assert.equal("a=9007199254740991", paths.query({ a = 2 ^ 53 - 1 }))
    assert.is_nil(paths.query({}))
  end)

  it("refuses what has no text", function()
    for _, value in ipairs({ 1.5, 0 / 0, math.huge, 2 ^ 53, print, { {} }, { a = 1 }, { 1, b = 2 } }) do
      local query, err = paths.query({ a = value })
      assert.is_nil(query)
      assert.equal("query", err.field)
    end
    assert.equal("query", select(2, paths.query({ "a" })).field)
  end)
end)
