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

  it("may be added by a module that is loaded late itself", function()
    local functions, more = {}, {}
    package.preload["spec.outer"] = function()
      late.add(more, "spec.inner", { "inner" }, error)
      return { outer = print }
    end
    package.preload["spec.inner"] = function() return { inner = print } end
    late.add(functions, "spec.outer", { "outer" }, error)
    assert.is_nil(late.load_all())
    assert.same({ print, print }, { functions.outer, more.inner })
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
    local code, output = process.run({ process.lua(), "-e", script .. [[
      for name in pairs(package.loaded) do print(name) end
    ]] })
    assert.equal(0, code, output)
    local names = {}
    for name in output:gmatch("[^\n]+") do names[name] = true end
    return names
  end

  local NEW = 'require("vertexsms").new { token = "token-of-the-spec", %s }'
  -- What a client loads when it is called.
  local LATER = {
    "vertexsms.request.together", "vertexsms.request.plain", "vertexsms.request.complete", "vertexsms.message.rules",
  }
  for _, path in ipairs(process.lines_of("ls lua/vertexsms/api/*.lua")) do
    local name = path:match("([^/]+)%.lua$")
    if name ~= "init" then LATER[#LATER + 1] = "vertexsms.api." .. name end
  end

  it("of a script loads no more than it needs", function()
    local names = loaded_by(NEW:format('host = "blocking"'))
    assert.is_true(names["vertexsms.client"])
    for _, name in ipairs({ "vertexsms.guard", "vertexsms.tracking", "vertexsms.store", "vertexsms.host.luv" }) do
      assert.is_nil(names[name], name)
    end
    for _, name in ipairs(LATER) do assert.is_nil(names[name], name) end
    assert.is_true(loaded_by(NEW:format('guard = { allow = { "370" } }'))["vertexsms.guard"])
  end)

  it("of a host that must not wait has loaded all", function()
    local names = loaded_by(NEW:format('host = "tick"'))
    for _, name in ipairs(LATER) do assert.is_true(names[name], name) end
  end)
end)
