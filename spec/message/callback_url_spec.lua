local callback = require("vertexsms.callback")
local calls = require("spec.support.calls")
local urls = require("vertexsms.message.callback_url")

describe("callback.url", function()
  it("adds the secret to what is there", function()
    assert.equal("https://example.com/dlr", callback.url("https://example.com/dlr"))
    assert.equal("https://example.com/dlr?secret=a%20%2F%26%3D%C3%A4",
      callback.url("https://example.com/dlr", { secret = "a /&=ä" }))
    assert.equal("https://example.com/dlr?a=1&secret=x", callback.url("https://example.com/dlr?a=1", { secret = "x" }))
    assert.equal("https://example.com/dlr?secret=x", callback.url("https://example.com/dlr?", { secret = "x" }))
  end)

  it("refuses what is not a URL, and secrets that are none", function()
    for _, base in ipairs({ "", "example.com", "ftp://example.com", "https://", "https://a b", "https://a/#b",
      "https://a/" .. ("x"):rep(2048) }) do
      calls.refused(callback.url, base, { secret = "x" })
    end
    calls.refused(callback.url, "https://a/", { secret = "" })
    calls.refused(callback.url, "https://a/", { track = "xyz" })
    assert.matches("secret", calls.refused(callback.url, "https://a/", { secrt = "x" }).message)
  end)

  it("is 2048 octets long at most", function()
    local long = "https://a/" .. ("x"):rep(2048 - #"https://a/?secret=x")
    assert.equal(2048, #callback.url(long, { secret = "x" }))
    calls.refused(callback.url, long .. "x", { secret = "x" })
  end)

  it("takes for an ID of ours what looks like one", function()
    local id = ("0a"):rep(16)
    assert.equal(id, urls.tracking_id("/?track=" .. id))
    for _, other in ipairs({ id .. "0", id:sub(2), ("0g"):rep(16), "", id .. "&track=" .. id }) do
      assert.is_nil(urls.tracking_id("/?track=" .. other))
    end
    assert.is_nil(urls.tracking_id("/"))
    assert.is_nil(urls.tracking_id(nil))
  end)

  it("refuses a URL that has such a parameter already: it would be unclear which one counts", function()
    for _, base in ipairs({ "https://a/?secret=1", "https://a/?b&secret=", "https://a/?secret=1&b" }) do
      local err = calls.refused(callback.url, base, { secret = "x" })
      assert.same({ "url", 'url already has a parameter "secret" in its query: take it out' },
        { err.field, err.message })
      assert.equal(base, callback.url(base))
      assert.equal(base .. "&track=0a", callback.url(base, { track = "0a" }))
    end
    for _, base in ipairs({ "https://a/?secrets=1", "https://a/?xsecret=1", "https://a/secret=1" }) do
      assert.matches("[?&]secret=x$", callback.url(base, { secret = "x" }))
    end
  end)
end)
