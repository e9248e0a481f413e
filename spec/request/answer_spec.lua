local answer = require("vertexsms.request.answer")
local json = require("vertexsms.json")

describe("answer.length", function()
  it("is that of a list without holes", function()
    assert.equal(0, answer.length({}))
    assert.equal(2, answer.length({ "a", json.null }))
    for _, value in ipairs({ "x", 5, true, { a = 1 }, { 1, a = 2 }, { 1, nil, 3 } }) do
      assert.is_nil(answer.length(value))
    end
    assert.is_nil(answer.length(nil))
  end)
end)

describe("answer.describe", function()
  local function describe_of(body, headers) return answer.describe(body, headers or {}) end
  local HTML = { ["content-type"] = "text/html" }

  it("shows what came, on one line", function()
    assert.equal('Content-Type text/html, begins with "<h1>503</h1>"', describe_of("<h1>503</h1>", HTML))
    assert.equal('no Content-Type, begins with "a b"', describe_of("a\r\n\0\tb"))
    assert.equal("no Content-Type, empty", describe_of(""))
    assert.equal("Content-Type text/html, empty", describe_of("", HTML))
    assert.equal('no Content-Type, begins with "x"', describe_of("\239\187\191x"))
    assert.equal('no Content-Type, begins with "' .. ("x"):rep(40) .. '..."', describe_of(("x"):rep(41)))
    assert.equal(('no Content-Type, begins with "%s"'):format(("ė"):rep(20)), describe_of(("ė"):rep(20)))
    assert.equal(('no Content-Type, begins with "x%s..."'):format(("ė"):rep(19)), describe_of("x" .. ("ė"):rep(20)))
    assert.equal('no Content-Type, begins with "?a?"', describe_of("\255a\254"))
  end)

  it("names a compression that was not asked for", function()
    assert.equal("Content-Type application/json, Content-Encoding gzip, which was not asked for",
      describe_of("\31\139\8", { ["content-type"] = "application/json", ["content-encoding"] = "gzip" }))
    assert.equal('no Content-Type, begins with "x"', describe_of("x", { ["content-encoding"] = "Identity" }))
  end)
end)
