local urls = require("vertexsms.check.url")

describe("a URL", function()
  it("is http or https, in any case, with a host", function()
    for _, url in ipairs({
      "http://a", "https://example.com/dlr?key=1#part", "HTTPS://Example.com", "http://[::1]:80/",
      "https://a/%41~!$&'()*+,;=:@",
    }) do
      assert.is_nil(urls.check(url))
    end
    for _, url in ipairs({
      "", "x", "//a", "ftp://a", "http://", "http:///a", "http://.a", "http://a b", "http://a\n", "http://a\0",
      "http://a<", "http://ž.lt",
    }) do
      assert.equal("must be an http or https URL, such as https://example.com/dlr", urls.check(url))
    end
  end)

  it("has a bound", function()
    local longest = "http://a/" .. ("b"):rep(2048 - 9)
    assert.is_nil(urls.check(longest))
    assert.equal("must be at most 2048 octets long, but has 2049", urls.check(longest .. "b"))
  end)

  it("has no fragment where a query is to be appended", function()
    assert.is_nil(urls.check_base("http://a?b"))
    for _, url in ipairs({ "http://a#b", "x" }) do
      assert.matches("must be an http or https URL without a fragment", urls.check_base(url), 1, true)
    end
  end)
end)

describe("percent-encoding", function()
  it("leaves the unreserved characters alone", function()
    assert.equal("aZ09-._~", urls.encode("aZ09-._~"))
    assert.equal("%2F%3F%25%20%C5%BE%00", urls.encode("/?% ž\0"))
  end)

  it("is undone", function()
    local all = {}
    for code = 0, 255 do all[#all + 1] = string.char(code) end
    all = table.concat(all)
    assert.equal(all, urls.decode(urls.encode(all)))
    assert.equal("%4", urls.decode("%4"))
  end)

  it("of a path leaves alone what is encoded, and what a path may hold", function()
    assert.equal("/a%2Fb/!$&'()*+,;=:@%20", urls.encode_path("/a%2Fb/!$&'()*+,;=:@ "))
  end)

  it("is a percent sign and two digits", function()
    assert.is_false(urls.has_bare_percent("a%2fb%00"))
    for _, text in ipairs({ "%", "a%2", "%2g", "%%20" }) do assert.is_true(urls.has_bare_percent(text)) end
  end)
end)
