-- Lines out of octets that come in pieces.

local lines = require("vertexsms.mcp.lines")

describe("lines", function()
  it("come out whole, however they come in", function()
    local input = lines.new()
    assert.same({}, input:feed("ab"))
    assert.same({ "abc", "", "d" }, input:feed("c\n\r\nd\ne"))
    assert.same({ "ef" }, input:feed("f\n"))
  end)

  it("that are too long are said to be, and those after them are read", function()
    local input, longest = lines.new(), ("x"):rep(lines.LINE_MAX)
    assert.same({ longest }, input:feed(longest .. "\n"))
    assert.same({}, input:feed(longest))
    for _ = 1, 20 do assert.same({}, input:feed(longest)) end
    assert.equal(0, #input.pieces)
    assert.same({ false, "a" }, input:feed("x\na\n"))
  end)
end)
