local notices = require("vertexsms.base.notices")

describe("notices", function()
  local lines, now, notice

  before_each(function()
    lines, now = {}, 100
    notice = notices.new({
      write = function(line) lines[#lines + 1] = line end, burst = 2, seconds = 10, now = function() return now end,
    })
  end)

  it("are written as long as there are few", function()
    notice("a")
    notice("b")
    now = now + 10
    notice("c")
    assert.same({ "a", "b", "c" }, lines)
  end)

  it("are counted beyond that, and the next one says how many", function()
    for _ = 1, 5 do notice("a") end
    now = now + 9
    notice("a")
    now = now + 1
    notice("b")
    notice("c")
    assert.same({ "a", "a", "b (4 like this were left out before)" }, lines)
    now = now + 10
    notice("d")
    assert.equal("d (1 like this were left out before)", lines[4])
  end)

  it("may not come all at once after a long silence", function()
    now = now + 1000
    for _ = 1, 5 do notice("a") end
    assert.equal(2, #lines)
  end)
end)
