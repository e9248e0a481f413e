-- The lists of what there is, one name a line, hold every file of their folders; what is in them is documented, and the
-- simulator has it.

local markdown = require("spec.support.markdown")
local process = require("spec.support.process")

local LISTS = {
  "lua/vertexsms/api", "lua/vertexsms/simulator/resources", "lua/vertexsms/cli/commands", "lua/vertexsms/host",
}

local function sorted(names)
  table.sort(names)
  return names
end

-- Not a host, but what is asked of whichever there is.
local BESIDE = { ["init.lua"] = true, ["program.lua"] = true }

local function files_in(folder)
  local names = {}
  for _, name in ipairs(process.lines_of("ls " .. folder)) do
    if name:find("%.lua$") and not BESIDE[name] then names[#names + 1] = name:sub(1, -5) end
  end
  return sorted(names)
end

local function listed_in(folder)
  local names = {}
  for name in process.read_file(folder .. "/init.lua"):gmatch('\n  {? ?"([%w_]+)",') do names[#names + 1] = name end
  return sorted(names)
end

for _, folder in ipairs(LISTS) do
  describe("the list in " .. folder, function()
    it("has every file of the folder, and no other", function()
      assert.same(files_in(folder), listed_in(folder))
    end)
  end)
end

-- The patterns and methods of the simulator's routes, read as text: it runs where lua-http is.
local function routes()
  local found = {}
  for _, name in ipairs(listed_in("lua/vertexsms/simulator/resources")) do
    local source = process.read_file(("lua/vertexsms/simulator/resources/%s.lua"):format(name))
    for pattern, method in source:gmatch('pattern = "([^"]+)", methods = { (%u+)') do
      found[#found + 1] = { pattern = pattern, method = method }
    end
  end
  return found
end

local function is_simulated(method, path)
  for _, route in ipairs(routes()) do
    if route.method == method and path:find(route.pattern) then return true end
  end
  return false
end

describe("every endpoint of docs/api.md", function()
  local count = 0
  for _, cells in ipairs(markdown.rows("docs/api.md", "Methods")) do
    local method, path = cells[2]:match("^(%u+) (/[^ ?]*)")
    if method then
      count = count + 1
      it(("%s %s is the simulator's, too"):format(method, path), function()
        assert.is_true(is_simulated(method, (path:gsub("{[^}]+}", "1"))))
      end)
    end
  end
  assert(count >= 10)
end)

describe("every command", function()
  local page = process.read_file("docs/command-line.md")
  for _, name in ipairs(listed_in("lua/vertexsms/cli/commands")) do
    it(name .. " is in docs/command-line.md", function()
      assert.is_truthy(page:find("vertexsms " .. name .. "%f[^%w]"), name)
    end)
  end
end)

describe("every host", function()
  local source = process.read_file("lua/vertexsms/host/init.lua")
  local page = process.read_file("docs/options.md")
  for _, name in ipairs(listed_in("lua/vertexsms/host")) do
    it(name .. " is known to editors, keeps the contract and is in docs/options.md", function()
      assert.is_truthy(source:find('\n---| "' .. name .. '" # ', 1, true))
      assert.is_truthy(page:find("`" .. name .. "`", 1, true))
      assert.is_truthy(io.open(("spec/host/contract/%s.lua"):format(name))):close()
    end)
  end
end)
