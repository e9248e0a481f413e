-- A field of a message is written down once: annotations, documentation and simulator agree with it.

local cjson = require("cjson")
local fields = require("vertexsms.message.fields")
local markdown = require("spec.support.markdown")
local process = require("spec.support.process")
local simulators = require("spec.support.simulator")

local function names(list, is_viber)
  local found = {}
  for _, field in ipairs(list) do
    if field.viber or not is_viber then found[#found + 1] = field.name end
  end
  table.sort(found)
  return found
end

-- The fields of a class of the annotations: { { name, type }, ... }.
local function annotated(file, class)
  local found = {}
  local block = process.read_file(file):match("\n%-%-%-@class " .. class .. "\n(.-)\n\n")
  for name, kind in block:gmatch("%-%-%-@field ([%w_]+) (%S+)") do found[#found + 1] = { name = name, type = kind } end
  return found
end

local function type_of(field)
  local words = {}
  for i, value in ipairs(field.values or {}) do
    words[i] = type(value) == "string" and ('"%s"'):format(value) or value
  end
  if field.type == "integer or string" then
    for _, value in ipairs(field.values) do words[#words + 1] = value end
  end
  local kind = field.values and table.concat(words, "|") or field.type
  return field.required and kind or kind .. "|nil"
end

describe("the fields of a message", function()
  it("are those of vertexsms.Message, of the same types", function()
    local expected = {}
    for i, field in ipairs(fields) do expected[i] = { name = field.name, type = type_of(field) } end
    assert.same(expected, annotated("lua/vertexsms/message/fields.lua", "vertexsms.Message"))
  end)

  it("of Viber are those of vertexsms.ViberMessage, without im", function()
    local found = annotated("lua/vertexsms/api/viber.lua", "vertexsms.ViberMessage")
    assert.equal("im", table.remove(found).name)
    local expected = {}
    for _, field in ipairs(fields) do
      if field.viber then expected[#expected + 1] = { name = field.name, type = type_of(field) } end
    end
    assert.same(expected, found)
  end)

  it("are those of the table in docs/api.md", function()
    local found = {}
    for _, cells in ipairs(markdown.rows("docs/api.md", "Sending")) do
      for name in cells[1]:gmatch("`([%w_]+)`") do found[#found + 1] = { name = name } end
    end
    assert.same(names(fields), names(found))
  end)
end)

local GOOD = { to = "37069912345", from = "MyShop", message = "text" }

-- What makes the others possible.
local WITH = { coding = { udh = "%05%00%03%CC%02%01" }, udh = { coding = 0 } }

describe("the simulator", function()
  local simulator

  setup(function() simulator = simulators.start() end)
  teardown(process.stop_all)

  local function post(path, name, value)
    local message = {}
    for key, good in pairs(GOOD) do message[key] = good end
    for key, good in pairs(WITH[name] or {}) do message[key] = good end
    message[name] = value
    local status, answer = simulator:call("POST", path, cjson.encode(message))
    return status, type(answer) == "table" and answer.message or answer
  end

  local function assert_refused(path, name, value)
    local status, words = post(path, name, value)
    assert.equal(400, status, name)
    assert.matches("field '" .. name .. "'", words, 1, true)
  end

  for _, field in ipairs(fields) do
    local name = field.name
    it("knows " .. name, function()
      assert_refused("/sms", name, { nested = true })
      if field.viber then assert_refused("/viber", name, { nested = true }) end
    end)

    if field.required then
      it("wants " .. name, function() assert_refused("/sms", name, "") end)
    end

    if field.values then
      it("takes the same values of " .. name, function()
        for _, value in ipairs(field.values) do assert.equal(200, (post("/sms", name, value))) end
        assert_refused("/sms", name, "9")
      end)
    end

    if field.most then
      it("has the same bounds of " .. name, function()
        assert.equal(200, (post("/sms", name, field.least)))
        assert.equal(200, (post("/sms", name, field.most)))
        assert_refused("/sms", name, field.least - 1)
        assert_refused("/sms", name, field.most + 1)
      end)
    end
  end

  it("knows no other", function()
    local source = process.read_file("lua/vertexsms/simulator/message.lua")
    for list, is_viber in pairs({ SMS_FIELDS = false, VIBER_FIELDS = true }) do
      local found = {}
      for name in source:match("local " .. list .. " = (%b{})"):gmatch('"([%w_]+)"') do
        if name ~= "im" then found[#found + 1] = { name = name } end
      end
      assert.same(names(fields, is_viber), names(found))
    end
  end)
end)
