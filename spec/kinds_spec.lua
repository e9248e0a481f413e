-- The words for what went wrong and what became of a request: the core's are the list, and what else names them agrees.

local core = require("vertexsms.core")
local markdown = require("spec.support.markdown")
local process = require("spec.support.process")

local function set_of(list)
  local set = {}
  for _, word in ipairs(list) do set[word] = true end
  return set
end

local KINDS, OUTCOMES = set_of(core.kinds), set_of(core.outcomes)

-- The words of an alias of lua/vertexsms/error.lua, in order.
local function alias(name)
  local words = {}
  local block = process.read_file("lua/vertexsms/error.lua"):match("\n%-%-%-@alias vertexsms%." .. name .. "\n(.-)\n\n")
  for word in assert(block, name):gmatch('%-%-%-| "([%w_]+)" # ') do words[#words + 1] = word end
  return words
end

-- { [file] = source } of the sources in Lua whose tables with a `kind` are errors.
local function sources()
  local found = {}
  local pipe = assert(io.popen("find lua -name '*.lua' ! -path '*/callback/*' ! -path '*/simulator/*'"))
  for file in pipe:lines() do found[file] = process.read_file(file) end
  pipe:close()
  return found
end

local function is_raised_in_lua(word)
  for _, source in pairs(sources()) do
    if source:find('kind = "' .. word .. '"', 1, true) then return true end
  end
  return false
end

describe("a kind of error", function()
  local known = set_of(alias("Kind"))

  it("of the core is known to editors", function()
    assert.is_true(#core.kinds >= 22)
    for _, word in ipairs(core.kinds) do assert.is_true(known[word], word) end
  end)

  it("that is not the core's is raised in Lua", function()
    for word in pairs(known) do assert.is_true(KINDS[word] or is_raised_in_lua(word), word) end
  end)

  it("that is raised or asked for in Lua is one of them", function()
    for file, source in pairs(sources()) do
      for word in source:gmatch('kind = "([%w_]+)"') do assert.is_true(known[word], file .. ": " .. word) end
      for word in source:gmatch('err%.kind [=~]= "([%w_]+)"') do assert.is_true(known[word], file .. ": " .. word) end
    end
  end)
end)

describe("an outcome", function()
  it("of the core is known to editors, and nothing else is", function()
    assert.same(core.outcomes, alias("Outcome"))
  end)
end)

-- The rows of the table of kinds in docs/errors.md: { kinds = { word = true }, from, temporary, outcome }.
local function rows()
  local found = {}
  for _, cells in ipairs(markdown.rows("docs/errors.md", "Kinds")) do
    local row = { kinds = {}, from = cells[2], temporary = cells[3], outcome = cells[4], name = cells[1] }
    for word in cells[1]:gmatch("`([%w_]+)`") do row.kinds[word] = true end
    found[#found + 1] = row
  end
  return found
end

local function judge(status, is_service_error)
  local kind, outcome, _, _, temporary = core.judge({
    status = status, headers_complete = true, request_started = true, service_error = is_service_error,
  })
  return { kind = kind, outcome = outcome, temporary = temporary }
end

describe("docs/errors.md", function()
  it("has a row for each kind, and for nothing else", function()
    local documented, known = {}, set_of(alias("Kind"))
    for _, row in ipairs(rows()) do
      for word in pairs(row.kinds) do documented[word] = true end
    end
    assert.same(known, documented)
  end)

  it("names no other outcome", function()
    for _, row in ipairs(rows()) do
      for word in row.outcome:gmatch("%l+_%l+") do assert.is_true(OUTCOMES[word] or word == "likely_accepted", word) end
    end
  end)

  for _, row in ipairs(rows()) do
    for status in row.from:gmatch("%f[%d]%d%d%d%f[%D]") do
      it(("says of %s what the core does"):format(status), function()
        local verdict = judge(tonumber(status), row.from:find("VertexSMS's own words", 1, true) ~= nil)
        assert.is_true(row.kinds[verdict.kind], verdict.kind .. " is not " .. row.name)
        assert.equal(verdict.temporary and "yes" or "no", row.temporary)
        assert.equal(verdict.outcome, row.outcome:match("^[%l_]+"))
      end)
    end
  end
end)
