-- `accents` without `lossy` did nothing: the tiers were gathered in a table constructor, and ipairs stopped at the nil
-- that stood for the one that was not wanted.

local text = require("vertexsms.text")

describe("text.simplify", function()
  it("strips accents without the lossy tier", function()
    assert.equal("Vasara", (text.simplify("Vasar\196\133", { accents = true })))
  end)
end)
