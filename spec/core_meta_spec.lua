-- The annotations for editors agree with what is there: core.meta.lua with the core's exports, client.meta.lua with the
-- methods that it was made of.

local core = require("vertexsms.core")
local message = require("spec.support.message")
local process = require("spec.support.process")

local CORE_META = process.read_file("lua/vertexsms/core.meta.lua")

local function sorted(names)
  table.sort(names)
  return names
end

local function names_in(pattern)
  local names = {}
  for name in CORE_META:gmatch(pattern) do names[#names + 1] = name end
  return sorted(names)
end

local function names_of(values, kind)
  local names = {}
  for name, value in pairs(values) do
    if (type(value) == "function") == (kind == "function") then names[#names + 1] = name end
  end
  return sorted(names)
end

-- One object of each class of userdata.
local function objects()
  local engine = assert(core.engine({ token = "t", base_url = "http://127.0.0.1:1", queue_limit = 1 }))
  local path = os.tmpname()
  finally(function()
    engine:close()
    os.remove(path)
  end)
  return {
    Engine = engine,
    Sends = engine:sends(),
    Ticket = assert(engine:submit({ method = "GET", path = "/" })),
    Ranges = assert(core.ip_ranges({})),
    OldFile = assert(core.old_file(path)),
    Store = assert(core.store({ path = path })),
    Batch = core.plain_batches({ message() }, 1, 1).packed[1],
  }
end

describe("lua/vertexsms/core.meta.lua", function()
  it("has every function of the core, and no other", function()
    assert.same(names_of(core, "function"), names_in("\nfunction core%.([%w_]+)%("))
  end)

  it("has every value of the core", function()
    local block = CORE_META:match("\n%-%-%-@class vertexsms%.core\n(.-)\nlocal core")
    for _, name in ipairs(names_of(core, "value")) do assert.matches("---@field " .. name .. " ", block, 1, true) end
  end)

  it("has every method of each userdata, and no other", function()
    local classes = objects()
    local documented = names_in("\n%-%-%-@class vertexsms%.core%.(%w+): userdata")
    assert.same(names_of(classes, "value"), documented)
    for class, object in pairs(classes) do
      local methods = debug.getmetatable(object).__index
      assert.same(names_of(methods, "function"), names_in("\nfunction " .. class .. ":([%w_]+)%("), class)
    end
  end)

  it("says of each parameter what it is", function()
    local comment = ""
    for line in CORE_META:gmatch("([^\n]*)\n") do
      for parameter in (line:match("^function [%w_.:]+%((.-)%)") or ""):gmatch("[%w_]+") do
        assert.is_truthy(comment:find("\n---@param " .. parameter .. " ", 1, true), line)
      end
      comment = line:find("^%-%-") and comment .. "\n" .. line or ""
    end
  end)
end)

-- { file = source } of every module.
local function sources()
  local found, pipe = {}, assert(io.popen("find lua -name '*.lua'"))
  for file in pipe:lines() do found[file] = process.read_file(file) end
  pipe:close()
  return found
end

describe("the annotations", function()
  it("name no type that is declared nowhere, and declare none twice", function()
    local declared = {}
    for file, source in pairs(sources()) do
      for kind, name in source:gmatch("%-%-%-@(%l+) (vertexsms%.[%w_.]+)") do
        -- the methods of these stand in several files
        local is_scattered = name == "vertexsms.SafeClient" or name == "vertexsms.SafeOutbox"
        local is_new = (kind == "class" or kind == "alias") and not is_scattered
        assert.is_false(is_new and declared[name] ~= nil, name .. " in " .. file)
        if kind == "class" or kind == "alias" then declared[name] = file end
      end
    end
    for file, source in pairs(sources()) do
      for line in source:gmatch("\n *(%-%-%-@%l+ [^\n]*)") do
        for name in line:gmatch("%f[%w_]vertexsms%.[%w_.]*%u[%w_]*") do
          assert.is_truthy(declared[name], file .. ": " .. line)
        end
      end
    end
  end)

  it("of a client that raises are made of those of one that does not", function()
    local pipe = assert(io.popen("luajit tools/annotations.lua"))
    local made = pipe:read("*a")
    pipe:close()
    assert.is_true(made == process.read_file("lua/vertexsms/client.meta.lua"), "run `make annotations`")
    for name in pairs(require("vertexsms.client").methods) do
      assert.matches("\nfunction Client:" .. name .. "%(", made)
    end
  end)

  it("of an outbox that raises are made of those of one that does not", function()
    local pipe = assert(io.popen("luajit tools/annotations.lua outbox"))
    local made = pipe:read("*a")
    pipe:close()
    assert.is_true(made == process.read_file("lua/vertexsms/outbox.meta.lua"), "run `make annotations`")
    for _, name in ipairs({ "add", "add_many", "run", "stop", "get", "list", "counts", "status", "cancel" }) do
      assert.matches("\nfunction Outbox:" .. name .. "%(", made)
    end
  end)

  it("are not found by require", function()
    for _, name in ipairs({ "vertexsms.core.meta", "vertexsms.client.meta", "vertexsms.outbox.meta" }) do
      assert.is_false((pcall(require, name)))
    end
  end)

  it("give each form of the client its class", function()
    local source = process.read_file("lua/vertexsms/init.lua")
    assert.matches("\n%-%-%-@return vertexsms%.Client\nfunction M%.new%(", source)
    assert.matches("\n%-%-%-@return vertexsms%.SafeClient|nil\n[^\n]+\nfunction M%.safe%.new%(", source)
  end)
end)
