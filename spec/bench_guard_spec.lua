-- What `make guard` says of numbers; the counting itself is checked by running it.

local baselines = require("bench.guard.baseline")

local TEXT = baselines.format({ libcurl = "7.88.1", gcc = "12.2.0" }, {
  ["blocking.instructions"] = 100000, ["tick.garbage"] = 5000,
})

local function verdicts(figures)
  local verdict = {}
  for _, figure in ipairs(baselines.compare(baselines.parse(TEXT), figures)) do
    verdict[figure.name] = figure.grown and "grown" or figure.shrunk and "shrunk" or "same"
  end
  return verdict
end

describe("the guard's baseline", function()
  it("reads what it wrote", function()
    local baseline = baselines.parse(TEXT)
    assert.same({ libcurl = "7.88.1", gcc = "12.2.0" }, baseline.versions)
    assert.same({ ["blocking.instructions"] = 100000, ["tick.garbage"] = 5000 }, baseline.figures)
  end)

  it("allows three percent", function()
    assert.same({ ["blocking.instructions"] = "same" }, verdicts({ ["blocking.instructions"] = 102999 }))
    assert.same({ ["blocking.instructions"] = "grown" }, verdicts({ ["blocking.instructions"] = 103001 }))
  end)

  it("notices what has become less, and what it has never counted", function()
    assert.same({ ["tick.garbage"] = "shrunk" }, verdicts({ ["tick.garbage"] = 4800 }))
    assert.same({ ["tick.instructions"] = "grown" }, verdicts({ ["tick.instructions"] = 1 }))
  end)

  it("says which versions are others", function()
    local baseline = baselines.parse(TEXT)
    assert.same({}, baselines.other_versions(baseline, { libcurl = "7.88.1", gcc = "12.2.0", more = "1" }))
    assert.same({ "gcc is 13.1.0 here, 12.2.0 in the baseline", "libcurl is none here, 7.88.1 in the baseline" },
      baselines.other_versions(baseline, { gcc = "13.1.0" }))
  end)

  it("is there, with every version that its numbers depend on", function()
    local file = assert(io.open("bench/guard/baseline.txt"))
    local baseline = baselines.parse(file:read("*a"))
    file:close()
    for _, name in ipairs({ "libcurl", "openssl", "gcc" }) do assert.is_string(baseline.versions[name]) end
    assert.is_number(baseline.figures["blocking.instructions.lua5.4"])
    assert.is_number(baseline.figures["engine.allocations.lua5.4"])
  end)
end)
