-- What users may require. Everything else under lua/vertexsms/ is private: it may change its name in any release.

local process = require("spec.support.process")

local PUBLIC = {
  "vertexsms",
  "vertexsms.text",
  "vertexsms.address",
  "vertexsms.json",
  "vertexsms.callback",
  "vertexsms.tracking",
  "vertexsms.outbox",
  "vertexsms.guard",
  "vertexsms.health",
  "vertexsms.simulator",
  "vertexsms.simulator.client",
}

-- At the top of the folder, beside those.
local FACE = { client = true, options = true, error = true }

local IS_PUBLIC = {}
for _, name in ipairs(PUBLIC) do IS_PUBLIC[name] = true end

describe("the public path", function()
  for _, name in ipairs(PUBLIC) do
    -- In a process of its own, where nothing was required before. The simulator needs lua-http, which is LuaJIT's
    -- here, and does without the core: that of another Lua would not load.
    it(name .. " can be required", function()
      local lua = name == "vertexsms.simulator" and "luajit" or process.lua()
      local code, output, errors = process.run({ lua, "-e", ('print(type(require("%s")))'):format(name) })
      assert.same({ 0, "table\n" }, { code, output }, errors)
    end)
  end
end)

describe("the top of lua/vertexsms", function()
  it("has the public modules, and the face behind them", function()
    for _, path in ipairs(process.lines_of("ls lua/vertexsms/*.lua")) do
      local name = path:match("([^/]+)%.lua$"):gsub("%.meta$", "")
      assert.is_true(name == "init" or name == "core" or FACE[name] or IS_PUBLIC["vertexsms." .. name], path)
    end
  end)
end)

describe("what users read", function()
  local pages = "ls README.md docs/*.md; find examples -name '*.lua' -o -name '*.conf' -o -name '*.md'"
  for _, path in ipairs(process.lines_of(pages)) do
    it(path .. " requires what is public", function()
      for name in process.read_file(path):gmatch("require%s*%(?%s*[\"'](vertexsms%f[^%w_][%w_.]*)") do
        assert.is_true(IS_PUBLIC[name], name)
      end
    end)
  end
end)
