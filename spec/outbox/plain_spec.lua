-- The short way of outbox:add and of outbox:add_many, for plain messages, and the complete one come to the same: the
-- same results, errors and rows.

local drafts = require("vertexsms.message.draft")
local message = require("spec.support.message")
local outboxes = require("spec.support.outboxes")

local short_way = drafts.plain_fields

teardown(outboxes.remove)
after_each(function() drafts.plain_fields = short_way end)

local function no_short_way() return nil end

-- The ways to add; each gives what the method does.
local ways = {
  blocking = function(outbox, method, ...) return outbox[method](outbox, ...) end,
  tick = function(outbox, method, ...)
    local arguments, count, results, is_over = { ... }, select("#", ...), nil, false
    coroutine.wrap(function()
      results = { outbox[method](outbox, arguments[1], count > 1 and arguments[2] or nil) }
      is_over = true
    end)()
    while not is_over do
      outbox.store.handle:wait(1)
      outbox:update()
    end
    return results[1], results[2]
  end,
}

-- Times and names of places differ, and nothing else may.
local DIFFERENT = { created_at = true, changed_at = true, send_before = true, store = true }

local function comparable(value)
  if type(value) ~= "table" then return value end
  local copy = {}
  for key, part in pairs(value) do
    if not DIFFERENT[key] then copy[key] = comparable(part) end
  end
  return copy
end

local function rows_of(outbox)
  local rows = assert(outbox:list({ limit = 10000 }))
  local kept = {}
  for i, row in ipairs(rows) do
    kept[i] = comparable(row)
    kept[i].seconds = row.send_before and math.floor(row.send_before - row.created_at + 0.5)
  end
  return kept
end

local function observe(outbox, way, method, given, options)
  outbox.is_woken = false
  local ok, result, err = pcall(ways[way], outbox, method, given, options)
  return comparable({
    ok = ok, result = ok and result, raised = not ok and tostring(result), err = err, text = err and tostring(err),
    is_woken = outbox.is_woken,
  })
end

local function assert_same(short, complete, way, method, given, options)
  drafts.plain_fields = no_short_way
  local expected = observe(complete, way, method, given, options)
  drafts.plain_fields = short_way
  assert.same(expected, observe(short, way, method, given, options))
end

local MESSAGES = {
  message(), message({ to = "+37069912345", from = "+37060000000" }), message({ message = "ąčę €" }),
  message({ message = ("x"):rep(2000) }), message({ message = ("\"\\"):rep(30) }), message({ message = "" }),
  message({ message = "a\0b" }), message({ message = "\255" }), message({ to = "x" }), message({ from = "" }),
  message({ to = 37069912345 }), message({ priority = "high" }), message({ priority = "normal" }),
  message({ dlrUrl = "https://example.com/" }), message({ sned = 1 }), { message() }, {}, { to = "37069912345" },
  setmetatable({}, { __index = message() }), setmetatable(message(), {}), "x", false,
  setmetatable(message(), { __index = { priority = "high" } }),
  setmetatable({}, { __index = function() error("boom", 0) end }),
}

local OPTIONS = {
  false, {}, { key = "k" }, { key = "k" }, { key = "other", send_before = 60 }, { key = "other" },
  { key = "" }, { key = ("k"):rep(201) }, { key = "\255" }, { key = "a\0b" }, { key = 1 }, { send_before = 0 },
  { send_before = 0.5 }, { kye = "x" }, setmetatable({}, { __index = { key = "k" } }),
}

local function item(given, options)
  local one = { given }
  for name, value in pairs(options or {}) do one[name] = value end
  return one
end

local function many(count, options)
  local list = {}
  for i = 1, count do list[i] = item(message(), options and { key = options .. i }) end
  return list
end

-- Lists of every message and every option, alone and between plain ones; and what is not a list, or not a usual one.
local function lists()
  local all = {
    {}, { n = 1, message() }, { [2] = message() }, { message(), [3] = message() }, { [0] = message(), message() },
    { message(), [1.5] = message() }, setmetatable({ message() }, {}), setmetatable({}, { __index = { message() } }),
    { message(), message(), message() }, { item(message(), { key = "two" }), item(message(), { key = "two" }) },
    { item(message(), { key = "two" }), item(message({ message = "x" }), { key = "two" }) },
    { item(message(), { key = "mixed" }), message(), item(message(), { send_before = 60 }) },
    { setmetatable({ message() }, { __index = { key = "hidden" } }) }, { { message(), message() } },
    { { message(), kye = "x" } }, { { message(), key = false } }, { { { message() } } }, many(1000), many(500, "many-"),
    many(10001),
  }
  for i, given in ipairs(MESSAGES) do
    for _, options in ipairs(OPTIONS) do all[#all + 1] = { item(given, options or nil) } end
    all[#all + 1] = { given }
    all[#all + 1] = { message(), item(given, { key = "of " .. i }), message() }
  end
  for _, options in ipairs(OPTIONS) do
    local other = message({ priority = "low" })
    all[#all + 1] = { item(message(), { key = "first" }), item(message(), options or nil), other }
  end
  return all
end

local function open_both(way)
  local host = way == "tick" and "tick" or "blocking"
  return outboxes.open({ host = host }), outboxes.open({ host = host })
end

describe("a plain add is what a complete one is", function()
  for way in pairs(ways) do
    it("whatever the message and its options: " .. way, function()
      local short, complete = open_both(way)
      for _, given in ipairs(MESSAGES) do
        for _, options in ipairs(OPTIONS) do assert_same(short, complete, way, "add", given, options or nil) end
      end
      local rows = rows_of(complete)
      assert.is_true(#rows > 30)
      assert.same(rows, rows_of(short))
      short:close()
      complete:close()
    end)

    it("where the store fails: " .. way, function()
      local short, complete = open_both(way)
      local refuse = "CREATE TRIGGER spec BEFORE INSERT ON vertexsms_outbox BEGIN SELECT RAISE(ABORT, 'no'); END"
      for _, sql in ipairs({ refuse, "DROP TRIGGER spec", "DROP TABLE vertexsms_outbox" }) do
        for _, outbox in ipairs({ short, complete }) do
          assert(outboxes.query(outbox, sql))
        end
        assert_same(short, complete, way, "add", message())
        assert_same(short, complete, way, "add", message(), { key = "k" })
        assert_same(short, complete, way, "add_many", { message(), { message(), key = "k" } })
      end
      short:close()
      complete:close()
      assert_same(short, complete, way, "add", message())
      assert_same(short, complete, way, "add_many", { message() })
    end)

    it("in a list, too: " .. way, function()
      local short, complete = open_both(way)
      for _, list in ipairs(lists()) do assert_same(short, complete, way, "add_many", list) end
      local rows = rows_of(complete)
      assert.is_true(#rows > 100)
      assert.same(rows, rows_of(short))
      short:close()
      complete:close()
    end)
  end

  it("and says of its options what the check of all of them does", function()
    local outbox = outboxes.open()
    for i, options in ipairs(OPTIONS) do
      local expected = options and require("vertexsms.outbox.adding").check_options(options)
      local added, err = outbox:add(message(), options or nil)
      assert.equal(expected and tostring(expected) or nil, err and tostring(err) or nil)
      assert.equal(not expected, added ~= nil, i)
    end
    outbox:close()
  end)

  it("and takes the short way", function()
    local outbox = outboxes.open()
    local performed = 0
    outbox.store.perform = function(...)
      performed = performed + 1
      return getmetatable(outbox.store).__index.perform(...)
    end
    assert(outbox:add(message(), { key = "k" }))
    assert.equal(0, performed)
    assert(outbox:add_many({ message(), { message(), key = "l" }, { message(), send_before = 60 } }))
    assert.equal(0, performed)
    assert(outbox:add(message({ priority = "high" })))
    assert(outbox:add_many({ message({ priority = "high" }) }))
    assert(outbox:add_many(setmetatable({ message() }, { __len = function() error("it was asked") end })))
    assert.equal(3, performed)
    outbox:close()
  end)
end)
