-- The short way of outbox:add, for plain messages, and the complete one come to the same: the same results, errors and
-- rows.

local drafts = require("vertexsms.message.draft")
local message = require("spec.support.message")
local outboxes = require("spec.support.outboxes")

local short_way = drafts.plain_fields

teardown(outboxes.remove)
after_each(function() drafts.plain_fields = short_way end)

local function no_short_way() return nil end

-- The ways to add a message; each gives what outbox:add does.
local ways = {
  blocking = function(outbox, ...) return outbox:add(...) end,
  tick = function(outbox, ...)
    local arguments, count, results, is_over = { ... }, select("#", ...), nil, false
    coroutine.wrap(function()
      results = { outbox:add(arguments[1], count > 1 and arguments[2] or nil) }
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
  local rows = assert(outbox:list({ limit = 1000 }))
  local kept = {}
  for i, row in ipairs(rows) do
    kept[i] = comparable(row)
    kept[i].seconds = row.send_before and math.floor(row.send_before - row.created_at + 0.5)
  end
  return kept
end

local function observe(outbox, way, given, options)
  outbox.is_woken = false
  local ok, result, err = pcall(ways[way], outbox, given, options)
  return comparable({
    ok = ok, result = ok and result, raised = not ok and tostring(result), err = err, text = err and tostring(err),
    is_woken = outbox.is_woken,
  })
end

local function assert_same(short, complete, way, given, options)
  drafts.plain_fields = no_short_way
  local expected = observe(complete, way, given, options)
  drafts.plain_fields = short_way
  assert.same(expected, observe(short, way, given, options))
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

local function open_both(way)
  local host = way == "tick" and "tick" or "blocking"
  return outboxes.open({ host = host }), outboxes.open({ host = host })
end

describe("a plain add is what a complete one is", function()
  for way in pairs(ways) do
    it("whatever the message and its options: " .. way, function()
      local short, complete = open_both(way)
      for _, given in ipairs(MESSAGES) do
        for _, options in ipairs(OPTIONS) do assert_same(short, complete, way, given, options or nil) end
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
        assert_same(short, complete, way, message())
        assert_same(short, complete, way, message(), { key = "k" })
      end
      short:close()
      complete:close()
      assert_same(short, complete, way, message())
    end)
  end

  it("and takes the short way", function()
    local outbox = outboxes.open()
    local performed = 0
    outbox.store.perform = function(...)
      performed = performed + 1
      return getmetatable(outbox.store).__index.perform(...)
    end
    assert(outbox:add(message(), { key = "k" }))
    assert.equal(0, performed)
    assert(outbox:add(message({ priority = "high" })))
    assert.equal(1, performed)
    outbox:close()
  end)
end)
