-- Also what a program loads: a script only what it uses, and a host that must not wait all of it at once.

local late = require("vertexsms.base.late")
local process = require("spec.support.process")

describe("a late function", function()
  it("is loaded by the first call, with the others of its module, and takes its own place", function()
    local functions, loads = {}, 0
    package.preload["spec.late"] = function()
      loads = loads + 1
      return { add = function(a, b) return a + b, nil, "more" end, other = function() return "other" end }
    end
    late.add(functions, "spec.late", { "add", "other" }, error)
    assert.equal(0, loads)
    assert.same({ 3, nil, "more" }, { functions.add(1, 2) })
    assert.equal(require("spec.late").add, functions.add)
    assert.equal(require("spec.late").other, functions.other)
    assert.equal(1, loads)
  end)
end)

-- The methods that a file of vertexsms.api has, as the list in its init.lua must have them.
describe("the list of resources", function()
  it("has each method of each file", function()
    local listed = {}
    require("vertexsms.api").add_to(listed)
    for _, path in ipairs(process.lines_of("ls lua/vertexsms/api/*.lua")) do
      local name = path:match("([^/]+)%.lua$")
      for method, fn in pairs(name == "init" and {} or require("vertexsms.api." .. name)) do
        assert.is_function(listed[method], method)
        pcall(listed[method])
        assert.equal(fn, listed[method])
        listed[method] = nil
      end
    end
    assert.same({}, listed)
  end)
end)

describe("a client", function()
  local function loaded_by(script)
    local _, output = process.run({ process.lua(), "-e", script .. [[
      local names = {}
      for name in pairs(package.loaded) do names[#names + 1] = name end
      print(table.concat(names, " "))
    ]] })
    return output
  end

  local NEW = 'require("vertexsms").new { token = "token-of-the-spec", %s }'
  local LATER = { "vertexsms.api.rates", "vertexsms.request.together" }

  it("of a script loads no more than it needs", function()
    local names = loaded_by(NEW:format('host = "blocking"'))
    assert.matches("vertexsms.client", names, 1, true)
    for _, name in ipairs({ "vertexsms.guard", "vertexsms.tracking", "vertexsms.store", "vertexsms.host.luv" }) do
      assert.not_matches(name, names, 1, true)
    end
    for _, name in ipairs(LATER) do assert.not_matches(name, names, 1, true) end
    assert.matches("vertexsms.guard", loaded_by(NEW:format('guard = { allow = { "370" } }')), 1, true)
  end)

  it("of a host that must not wait has loaded all", function()
    local names = loaded_by(NEW:format('host = "tick"'))
    for _, name in ipairs(LATER) do assert.matches(name, names, 1, true) end
  end)
end)
