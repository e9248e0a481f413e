local duration = require("vertexsms.base.duration")

describe("a wait in words", function()
  it("is rounded up, and as coarse as people say it", function()
    for seconds, words in pairs({
      [0] = "0 seconds", [0.2] = "1 second", [1] = "1 second", [59.5] = "60 seconds", [119] = "119 seconds",
      [120] = "2 min", [121] = "3 min", [3541] = "1 h", [3600] = "1 h", [3601] = "1 h 1 min",
      [87300] = "24 h 15 min", [86400] = "24 h", [366 * 86400] = "8784 h",
    }) do
      assert.equal(words, duration.words(seconds))
    end
  end)
end)
