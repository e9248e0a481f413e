-- What is public is documented where it stands and named in docs/, and what is documented is tested.

local client = require("vertexsms.client")
local options = require("vertexsms.options")
local process = require("spec.support.process")

local API_PAGE, OPTIONS_PAGE = process.read_file("docs/api.md"), process.read_file("docs/options.md")
local ERRORS_PAGE = process.read_file("docs/errors.md")

local function list(command)
  local lines = process.lines_of(command)
  assert(#lines > 0)
  return lines
end

local API = list("ls lua/vertexsms/api/*.lua | grep -v /init.lua")

-- { [method] = { file, comment, parameters } }, of the functions that stand at the left margin.
local function methods_in(files)
  local found = {}
  for _, file in ipairs(files) do
    local comment = {}
    for line in (process.read_file(file) .. "\n"):gmatch("([^\n]*)\n") do
      local name, parameters = line:match("^function %u%w*:([%w_]+)%((.-)%)")
      if name then found[name] = { file = file, comment = table.concat(comment, "\n"), parameters = parameters } end
      if line:find("^%-%-") then comment[#comment + 1] = line else comment = {} end
    end
  end
  return found
end

local METHODS, OUTBOX_METHODS = methods_in(require("tools.methods")), methods_in(require("tools.outbox_methods"))

describe("every method of an outbox", function()
  for name, method in pairs(OUTBOX_METHODS) do
    it(name .. " is annotated, and in docs/outbox.md", function()
      assert.matches("^%-%-%- %u", method.comment)
      assert.matches("\n%-%-%-@return ", method.comment)
      for parameter in method.parameters:gmatch("[%w_.]+") do
        assert.matches("\n---@param " .. parameter .. " ", method.comment, 1, true)
      end
      assert.is_truthy(process.read_file("docs/outbox.md"):find("outbox:" .. name .. "[%( `]"), name)
    end)
  end
end)

describe("every method", function()
  for name in pairs(client.methods) do
    it(name .. " is annotated", function()
      local method = assert(METHODS[name], "not found in the sources")
      assert.matches("^%-%-%- %u", method.comment)
      assert.matches("\n%-%-%-@return ", method.comment)
      for parameter in method.parameters:gmatch("[%w_.]+") do
        assert.matches("\n---@param " .. parameter .. " ", method.comment, 1, true)
      end
    end)

    it(name .. " is named in docs/api.md", function()
      assert.is_truthy(API_PAGE:find("client:" .. name .. "[%( ]"), "client:" .. name)
    end)
  end

  for name, method in pairs(METHODS) do
    if method.file:find("/api/", 1, true) then
      it(name .. " says which endpoint it asks, and how surely that is known", function()
        assert.is_not_nil(client.methods[name])
        assert.matches("%[%l+%]", method.comment)
        assert.is_truthy(method.comment:find("/%l") or name == "request")
      end)
    end
  end
end)

describe("every option", function()
  for _, rule in ipairs(options.rules) do
    it(rule.name .. " is annotated and in docs/options.md", function()
      local source = process.read_file("lua/vertexsms/options.lua")
      assert.is_truthy(source:find("\n---@field " .. rule.name .. " ", 1, true))
      assert.is_truthy(OPTIONS_PAGE:find("`" .. rule.name .. "`", 1, true))
    end)
  end
end)

-- What a class of the annotations has for fields.
local function fields_of(source, class)
  local fields = {}
  local block = assert(source:match("\n%-%-%-@class " .. class .. "\n(.-)\n\n"), class)
  for name in block:gmatch("%-%-%-@field ([%w_]+) ") do fields[#fields + 1] = name end
  assert(#fields > 0)
  return fields
end

describe("every field", function()
  local pages = {
    { "lua/vertexsms/error.lua", "vertexsms.Error", ERRORS_PAGE, "docs/errors.md", { byte = true, last = true } },
    { "lua/vertexsms/message/fields.lua", "vertexsms.Message", API_PAGE, "docs/api.md", {} },
    { "lua/vertexsms/callback/report.lua", "vertexsms.Report", process.read_file("docs/callbacks.md"),
      "docs/callbacks.md", {} },
    { "lua/vertexsms/tracking.lua", "vertexsms.Resolved", process.read_file("docs/tracking.md"), "docs/tracking.md",
      { final = true, error = true, reason = true, class = true } },
  }
  for _, page in ipairs(pages) do
    local file, class, text, path, elsewhere = page[1], page[2], page[3], page[4], page[5]
    for _, name in ipairs(fields_of(process.read_file(file), class)) do
      it(("%s of %s is in %s"):format(name, class, path), function()
        assert.is_truthy(elsewhere[name] or text:find("%f[%w_]" .. name .. "%f[^%w_]"), name)
      end)
    end
  end
end)

-- Where a module of its own is behind them.
local TESTED_ELSEWHERE = { tracking_id = true, resolved = true }

describe("every field of a resource", function()
  local files = { "lua/vertexsms/message/fields.lua" }
  for _, file in ipairs(API) do files[#files + 1] = file end

  for _, file in ipairs(files) do
    local source, resource = process.read_file(file), file:match("([^/]+)%.lua$")
    it("that " .. resource .. " reads or writes is annotated", function()
      for name in source:gmatch('{ name = "([%w_]+)"') do
        assert.is_truthy(source:find("\n%-%-%-@%l+ " .. name .. " "), name)
      end
    end)
  end

  for _, file in ipairs(API) do
    it("that " .. file:match("([^/]+)%.lua$") .. " documents is tested", function()
      local spec = process.read_file((file:gsub("^lua/vertexsms/(.*)%.lua$", "spec/%1_spec.lua")))
      for name in process.read_file(file):gmatch("%-%-%-@field ([%w_]+) ") do
        assert.is_truthy(spec:find("%f[%w_]" .. name .. "%f[^%w_]") or TESTED_ELSEWHERE[name], name)
      end
    end)
  end
end)
