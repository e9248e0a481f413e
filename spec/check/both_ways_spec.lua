local drafts = require("vertexsms.message.draft")
local json = require("vertexsms.json")
local messages = require("vertexsms.message.rules")
local schema = require("vertexsms.check.table")

-- The generator of Park and Miller: the same values in every run and in every Lua.
local seed = 160
local function one_of(list)
  seed = seed * 16807 % 2147483647
  return list[seed % #list + 1]
end

-- Of each field what is right, what is wrong, and nothing.
local VALUES = {
  to = { "37069912345", "+37069912345", "069912345", "60000000", 37069912345, "" },
  from = { "MyShop", "37069912345", "far too long a name", "Šop", "", true },
  message = { "Your code is 4815", "Ačiū", "", "\255", ("x"):rep(40000), {} },
  dlrUrl = { "https://example.com/dlr", "example.com", 5 }, priority = { "high", "urgent" },
  scheduled = { "2015-01-01T13:00:00+02:00", "tomorrow" }, udh = { "%05%00%03%CC%02%01", "0500", "%05" },
  coding = { 0, 1, 2, 3, 0.5, "0" }, testMode = { "1", 2, 3, "x" }, expireIn = { 360, 432000, 1, 0 / 0, "360" },
  correctBy = { "LT", "lt", "LTU" }, Message = { "x" }, [1] = { "x" }, [true] = { 1 },
}
local ADDRESSES = {
  "37069912345", "+37069912345", "++37069912345", "037069912345", "123456", "1234567", ("1"):rep(11), ("1"):rep(12),
  ("1"):rep(15), ("1"):rep(16), "+" .. ("1"):rep(15), "", "+", "A", "My Shop.24", "MyShop12345", "MyShop123456", "Šop",
  "Shop\n", "37069912345\0", "\0", "3706991234x", "MyShop-1", 37069912345,
}
local TEXTS = {
  "Your code is 4815", "", "\0", '\1\31\127"\\/\r\n\t',
  "Ačiū", "€", "\255", "\237\160\128", ("a"):rep(161), ("ž"):rep(71),
  ("^"):rep(80) .. "a",
  ("a"):rep(153 * 255), ("a"):rep(153 * 255 + 1), 5,
}
local NAMES, OTHERS = { "to", "from", "message" }, {}
for key in pairs(VALUES) do OTHERS[#OTHERS + 1] = key end
table.sort(OTHERS, function(a, b) return tostring(a) < tostring(b) end)

-- At most one key that is not known: which of several is named first depends on chance.
local function generate()
  local result, is_odd = {}, one_of({ true, false })
  for _, key in ipairs(NAMES) do
    if one_of({ 1, 2, 3, 4, 5, 6 }) > 1 then result[key] = is_odd and one_of(VALUES[key]) or VALUES[key][1] end
  end
  for _ = 1, one_of({ 0, 0, 1, 2, 3 }) do
    local key = one_of(OTHERS)
    if messages.rules[key] and type(key) == "string" then
      result[key] = is_odd and one_of(VALUES[key]) or VALUES[key][1]
    end
  end
  if one_of({ 1, 2, 3, 4, 5, 6, 7, 8 }) == 1 then result[one_of({ "Message", 1, true })] = "x" end
  return result
end

local function copy(values)
  local result = {}
  for key, value in pairs(values) do result[key] = value end
  return result
end

local function verdict(err)
  return err and { field = err.field, message = err.message }
end

describe("check.table", function()
  -- A table with a metatable is looked at rule by rule, any other at first key by key.
  it("says the same of a table on both ways to look at it", function()
    local right = 0
    for _ = 1, 4000 do
      local values, structural_only = generate(), one_of({ true, false })
      local short = schema.check(values, messages.rules, "the message", structural_only)
      local whole = schema.check(setmetatable(copy(values), {}), messages.rules, "the message", structural_only)
      assert.same(verdict(whole), verdict(short))
      if not whole then right = right + 1 end
    end
    assert.is_true(right > 400 and right < 3600, "the generator makes both")
  end)
end)

describe("message.rules", function()
  it("sees the unusual behind a metatable", function()
    local message = setmetatable({ to = "37069912345", from = "MyShop", message = "x" }, { __index = { coding = 7 } })
    assert.equal("coding", select(2, messages.to_wire(message, true)).field)
  end)

  it("makes the same of a message and of a table that has its fields by a metatable", function()
    for _ = 1, 2000 do
      local values, validate = generate(), one_of({ true, false })
      values.Message, values[1], values[true] = nil, nil, nil
      local wire, err = messages.to_wire(values, validate)
      local inherited, why = messages.to_wire(setmetatable({}, { __index = values }), validate)
      assert.same(wire, inherited)
      assert.same(verdict(err), verdict(why))
    end
  end)

  it("asks a metatable for each field once: what was checked is what is sent", function()
    local asked = {}
    local message = setmetatable({}, { __index = function(_, name)
      asked[name] = (asked[name] or 0) + 1
      return ({ to = "37069912345", from = "MyShop", message = ("x"):rep(asked[name]) })[name]
    end })
    assert.same({ to = "37069912345", from = "MyShop", message = "x" }, messages.to_wire(message, true))
  end)
end)

describe("message.draft", function()
  local client = require("vertexsms").new({ token = "token-of-the-spec" })

  -- Were they not equal, it would depend on a field that is not there whether a message is right.
  it("says the same of a message with the core's short cut and without", function()
    local count, short_cuts = require("vertexsms.text").count, 0
    local function check(values)
      local whole, why = drafts.any(client, values)
      local draft, err = drafts.new(client, values)
      assert.same(verdict(why), verdict(err))
      local object, reason = drafts.object(client, values)
      assert.same({ verdict(why), whole and whole.wire }, { verdict(reason), object })
      if not whole then return assert.is_nil(draft) end
      assert.equal(json.encode(whole.wire), drafts.json(draft))
      assert.same(whole.estimate, draft.estimate)
      if not draft.json then return end
      short_cuts = short_cuts + 1
      local counted, as = count(whole.wire.message)
      assert.same({ counted, as }, { draft.estimate.parts, draft.estimate.encoding })
    end
    for _ = 1, 4000 do
      local values = generate()
      check(values)
      check({ to = values.to, from = values.from, message = values.message })
    end
    for _, to in ipairs(ADDRESSES) do
      for _, from in ipairs(ADDRESSES) do
        for _, text in ipairs(TEXTS) do check({ to = to, from = from, message = text }) end
      end
    end
    assert.is_true(short_cuts > 1000, "most messages are plain")
  end)

  -- What must become of a list: the JSON of its batches and what its messages are counted to become, or the error.
  local function expected_of(list, size)
    local written, estimates = {}, {}
    for i, values in ipairs(list) do
      local draft, err = drafts.any(client, values)
      if not draft then return nil, { field = err.field, message = ("messages[%d]: %s"):format(i, err.message) }, i end
      local number = math.ceil(i / size)
      written[number] = (written[number] or "") .. (written[number] and "," or "") .. json.encode(draft.wire)
      estimates[i] = draft.estimate
    end
    for i, text in ipairs(written) do written[i] = "[" .. text .. "]" end
    return { written = written, estimates = estimates }
  end

  local function of_batches(batches)
    local written, estimates = {}, {}
    for i = 1, #batches do
      local body = drafts.body(batches, i)
      written[i] = type(body) == "string" and body or body:json()
    end
    for i, draft in ipairs(drafts.joined(batches)) do estimates[i] = draft.estimate end
    return { written = written, estimates = estimates }
  end

  local function generate_message()
    local kind = one_of({ 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 })
    if kind == 1 then return generate() end
    if kind == 2 then return { to = one_of(ADDRESSES), from = one_of(ADDRESSES), message = one_of(TEXTS) } end
    if kind == 3 then return setmetatable({}, { __index = { to = "37069912345", from = "MyShop", message = "x" } }) end
    return { to = "+37069912345", from = "MyShop", message = one_of({ "plain", '"quoted"\n', "Ačiū", ("a"):rep(161) }) }
  end

  it("says the same of a list with the core's short cut and without", function()
    local short_cuts, whole, wrong = 0, 0, 0
    for _ = 1, 3000 do
      local list, size = {}, one_of({ 1, 2, 3, 4, 5, 6, 7 })
      for i = 1, one_of({ 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 }) do list[i] = generate_message() end
      local expected, why, index = expected_of(list, size)
      local batches, err = drafts.batches(client, list, size, false)
      assert.same(why, verdict(err))
      if err then
        assert.equal(index, err.index)
        wrong = wrong + 1
      else
        assert.same(expected, of_batches(batches))
        assert.same(expected, of_batches(assert(drafts.batches(client, list, size, true))))
        for i = 1, #batches do
          if batches.packed[i] then short_cuts = short_cuts + 1 else whole = whole + 1 end
        end
      end
    end
    assert.is_true(short_cuts > 1000 and whole > 300 and wrong > 300, "the generator makes all of them")
  end)

  it("leaves the short cut where the drafts are looked at, and where a value is for the service to judge", function()
    local list = { { to = "37069912345", from = "MyShop", message = "x" } }
    assert.is_userdata(drafts.batches(client, list, 1, false).packed[1])
    assert.same(list[1], drafts.batches(client, list, 1, true)[1][1].wire)
    for _, options in ipairs({ { validate = false }, { smart_encoding = true } }) do
      options.token = "token-of-the-spec"
      local batches = drafts.batches(require("vertexsms").new(options), list, 1, false)
      assert.is_nil(batches.packed)
    end
    local inherited = setmetatable({}, { __index = list, __len = function() return 1 end })
    assert.matches("empty", select(2, drafts.batches(client, inherited, 1, false)).message)
  end)

  it("writes a draft that was changed anew", function()
    local draft = drafts.list(client, { { to = "+37069912345", from = "MyShop", message = "x" } })[1]
    assert.is_string(draft.json)
    draft.wire.priority = "low"
    assert.matches("low", drafts.json(draft), 1, true)
  end)
end)
