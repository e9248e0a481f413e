-- Where things are: every module of Lua has a spec that can be found, and every spec a module, or a reason to stand
-- alone.
--
-- lua/vertexsms/a/b.lua is tested in spec/a/b_spec.lua, in the specs of the folder spec/a/b/, or where its head says:
-- "Tested in spec/a/c_spec.lua."

local process = require("spec.support.process")

local function exists(path)
  local file = io.open(path, "rb")
  if file then file:close() end
  return file ~= nil
end

local MODULES = process.lines_of("find lua/vertexsms -name '*.lua' | LC_ALL=C sort")
local SPECS = process.lines_of("find spec -name '*_spec.lua' | LC_ALL=C sort")

-- The comments before the first line of code.
local function head_of(path)
  local lines = {}
  for line in (process.read_file(path) .. "\n"):gmatch("(.-)\n") do
    if line ~= "" and not line:find("^%-%-") then break end
    lines[#lines + 1] = line
  end
  return table.concat(lines, "\n")
end

local function has_specs_in(folder)
  for _, spec in ipairs(SPECS) do
    if spec:sub(1, #folder) == folder then return true end
  end
  return false
end

describe("the module", function()
  for _, path in ipairs(MODULES) do
    it(path .. " has a spec by its path, or says where it is tested", function()
      local name = path:match("^lua/vertexsms/(.*)%.lua$")
      local by_path = exists(("spec/%s_spec.lua"):format(name))
        or has_specs_in(("spec/%s/"):format((name:gsub("/init$", ""))))
      local named = 0
      for spec in head_of(path):gmatch("spec/[%w_/]+_spec%.lua") do
        assert.is_true(exists(spec), spec)
        named = named + 1
      end
      assert.is_true(by_path or named > 0, "say in its head: Tested in spec/..._spec.lua")
    end)
  end
end)

-- Of the whole, of the core, of the repository; of what was a bug; of what users copy.
local OF_MORE = { ["^spec/[^/]+$"] = true, ["^spec/regress/"] = true, ["^spec/examples/"] = true }

local function is_of_more(spec)
  for pattern in pairs(OF_MORE) do
    if spec:find(pattern) then return true end
  end
  return false
end

local function names_spec(spec)
  for _, path in ipairs(MODULES) do
    if head_of(path):find(spec, 1, true) then return true end
  end
  return false
end

describe("the spec", function()
  for _, spec in ipairs(SPECS) do
    it(spec .. " is of a module", function()
      local name, folder = spec:match("^spec/(.*)_spec%.lua$"), spec:match("^spec/(.*)/[^/]+$")
      assert.is_true(is_of_more(spec) or exists(("lua/vertexsms/%s.lua"):format(name))
        or exists(("lua/vertexsms/%s.lua"):format(folder)) or names_spec(spec),
        "let the head of a module say that it is tested here, or move the spec")
    end)
  end
end)
