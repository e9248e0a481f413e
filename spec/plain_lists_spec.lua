-- client:send_many and client:cost by the core's short cuts (csrc/lua/batch.c, core.take_ids) and the complete way come
-- to the same: the same requests, results, errors and warnings.

local core = require("vertexsms.base.core")
local message = require("spec.support.message")
local mutations = require("spec.support.mutations")
local plain_sends = require("spec.support.plain_sends")
local scripted = require("spec.support.scripted")

local unpack = rawget(_G, "unpack") or rawget(table, "unpack")

local server, client, events

setup(function()
  server, events = scripted.start(), {}
  client = server:safe({ retry = false, on_warning = function(event) events[#events + 1] = event end })
end)
teardown(function() server:stop() end)

-- What the core answers where only the complete way goes on.
local COMPLETE = {
  list_length = function() return nil end,
  plain_batches = function() return {} end,
  plain_message = function() return nil end,
  take_ids = function() return false end,
  plain_list = function() return nil end,
}

local function without_short_cuts(call)
  local kept = {}
  for name, other in pairs(COMPLETE) do kept[name], core[name] = core[name], other end
  local results = { pcall(call) }
  for name in pairs(COMPLETE) do core[name] = kept[name] end
  return unpack(results, 1, 3)
end

local function seen(answers, send, run)
  events = {}
  server:script(unpack(answers))
  local observed = plain_sends.observe(function()
    local ok, result, err = run(send)
    assert(ok, result)
    return result, err
  end, events)
  observed.requests = {}
  for i, request in ipairs(server:requests()) do observed.requests[i] = request.raw end
  return observed
end

local function assert_same(answers, send)
  local short = seen(answers, send, pcall)
  assert.same(seen(answers, send, without_short_cuts), short)
  return short
end

-- The same numbers in every Lua.
local state = 4815
local function random(most)
  state = (state * 16807) % 2147483647
  return state % most + 1
end

local function any_of(list) return list[random(#list)] end

local TEXTS = {
  "a", "Your code is 4815", ("x"):rep(160), ("x"):rep(161), "ąčę €", ("ą"):rep(70), ("ą"):rep(71), "\"\\\n\0\127",
  "[euro] €", ("long "):rep(300), "\240\159\152\128",
}
local SENDERS = { "MyShop", "A", "12345678901", "37060000000", "+37060000000", "Shop.lt 24" }
local NUMBERS = { "37069912345", "+37069912345", "1234567", "123456789012345", "37060000001" }

local function any_plain()
  return { to = any_of(NUMBERS), from = any_of(SENDERS), message = any_of(TEXTS) }
end

-- Runs of the same text and runs of one.
local function any_list(length)
  local list, one = {}, any_plain()
  for i = 1, length do
    if random(3) == 1 then one = any_plain() end
    list[i] = { to = any_of(NUMBERS), from = one.from, message = random(4) > 1 and one.message or any_of(TEXTS) }
  end
  return list
end

local function ids(first, count)
  local list = {}
  for i = 1, count do list[i] = ('"%d"'):format(first + i) end
  return "[" .. table.concat(list, ",") .. "]"
end

local function answers_for(count, size)
  local answers = {}
  for first = 1, count, size do
    local length = math.min(size, count - first + 1)
    answers[#answers + 1] = { body = ids(first, length), headers = { ["X-VertexSMS-Amount-Sent"] = tostring(length) } }
  end
  return answers
end

local ODD = {
  { to = "1" }, { to = "" }, { to = "+" }, { to = "0370699123" }, { to = "1234567890123456" }, { to = 37069912345 },
  { from = "" }, { from = "no such sender" }, { from = "ą" }, { message = "" }, { message = "\255" },
  { message = ("x"):rep(153 * 255 + 1) }, { message = 5 }, { priority = "high" }, { sned = 1 }, { testMode = 1 },
  { udh = "%05%00%03%CC%02%01", coding = 0 },
}

describe("a list by the short cuts is what the complete way makes of it", function()
  it("whatever its messages, its length and its batches", function()
    for _ = 1, 150 do
      local count, size = random(12), random(6)
      local list = any_list(count)
      local sent = assert_same(answers_for(count, size), function()
        return client:send_many(list, { batch_size = size })
      end)
      assert.equal(count, #sent.result)
      assert.equal(math.ceil(count / size), #sent.requests)
    end
  end)

  it("and the core takes most of them", function()
    local taken, take_ids = 0, core.take_ids
    finally(function() core.take_ids = take_ids end)
    core.take_ids = function(...)
      local is_taken = take_ids(...)
      if is_taken then taken = taken + 1 end
      return is_taken
    end
    server:script(unpack(answers_for(5, 2)))
    assert(client:send_many({ message(), message(), message(), message(), message() }, { batch_size = 2 }))
    assert.equal(3, taken)
    local batches = core.plain_batches({ message(), message({ to = "1" }), message() }, 3, 1)
    assert.same({ "userdata", "boolean", "userdata" },
      { type(batches.packed[1]), type(batches.packed[2]), type(batches.packed[3]) })
    local two = { message(), message(), message(), message({ message = ("x"):rep(161) }) }
    local alike, mixed = unpack(core.plain_batches(two, 4, 2), 1, 2)
    assert.equal(alike[2], alike.common)
    assert.is_nil(mixed.common)
  end)

  it("where a message is another one", function()
    for _, change in ipairs(ODD) do
      for place = 1, 5 do
        local list = { message(), message(), message(), message(), message() }
        list[place] = message(change)
        assert_same(answers_for(5, 2), function() return client:send_many(list, { batch_size = 2 }) end)
      end
    end
    for _, other in ipairs({ setmetatable({}, { __index = message() }), setmetatable(message(), {}), { message() }, {},
      { to = "37069912345" }, "text", 5, false }) do
      assert_same(answers_for(2, 2), function() return client:send_many({ message(), other }) end)
    end
  end)

  it("where the list is none, or an odd one", function()
    local first = {}
    first[2], first[1] = message(), message({ to = "37060000001" })
    local far = { message() }
    far[1e9] = message()
    local halves = { message() }
    halves[1.5] = message()
    for _, list in ipairs({
      {}, { message(), nil, message() }, { [2] = message() }, { message(), n = 1 }, { to = "1" }, first, far, halves,
      { [0] = message(), message() }, { [-1] = message() }, setmetatable({ message() }, {}),
      setmetatable({}, { __index = { message() } }),
    }) do
      assert_same(answers_for(2, 2), function() return client:send_many(list) end)
    end
  end)

  it("whatever is answered", function()
    local list = { message(), message({ to = "37060000001" }), message({ message = "b" }) }
    local function check(answer)
      assert_same({ answer, { body = ids(100, 3) } }, function() return client:send_many(list) end)
    end
    for _, body in ipairs({
      '["1","2","3"]', "[1,2,3]", ' [ "1" ,\n2,"3"\t] ', '["3","2","1"]', '["1","1","2"]', '["1","2","1"]',
      '["9","10","11"]', '["b","aa","ab"]', '["1","2"]', '["1","2","3","4"]', '["1","2",""]', '["1","2","a b"]',
      '["1","2","\\u0033"]', '["1","2",3.0]', '["1","2",03]', '["1","2",null]', '["1","2",["3"]]', '["1","2","3"],',
      '["1","2","3"] x', '["1","2","3",]', '["1","2" "3"]', '["1","2","3"', '["1","2","' .. ("9"):rep(64) .. '"]',
      '["1","2","' .. ("9"):rep(65) .. '"]', "\239\187\191" .. '["1","2","3"]', '["1","2","é"]',
      '["1","2","' .. scripted.token .. '"]',
    }) do
      check({ body = body })
    end
    for _, body in ipairs(mutations.of('["1281532560",1281532561,"a_-9"]')) do check({ body = body }) end
    for _, parts in ipairs({ "3", "4", "0", "x", "", "-1" }) do
      check({ body = '["1","2","3"]', headers = { ["X-VertexSMS-Amount-Sent"] = parts } })
    end
    for _, status in ipairs({ 201, 204, 302, 400, 401, 500, 503 }) do
      check({ status = status, body = '["1","2","3"]' })
    end
  end)

  it("where an attempt is repeated that may have been accepted", function()
    local retrying = server:safe({ retry = { base = 0, server_errors = true } })
    local failed, list = { status = 500 }, { message(), message(), message({ message = "b" }) }
    for _, answers in ipairs({
      { failed, { body = ids(1, 2) }, { body = ids(3, 1) } }, { { body = ids(1, 2) }, failed, { body = ids(3, 1) } },
      { failed, { body = '["1","1"]' }, { body = ids(3, 1) } },
    }) do
      local sent = assert_same(answers, function() return retrying:send_many(list, { batch_size = 2 }) end)
      assert.is_true(sent.result.duplicate_possible)
    end
  end)

  it("where a later batch fails, or is not what it should be", function()
    local list = { message(), message(), message(), message() }
    local fine = { body = ids(1, 2) }
    for _, second in ipairs({
      { status = 400, body = '{"message":"no"}' }, { status = 500 }, { body = "[]" }, { body = '["1"]' },
      { body = '["7","7"]' },
    }) do
      assert_same({ fine, second }, function() return client:send_many(list, { batch_size = 2 }) end)
    end
  end)

  it("of which only the cost is asked", function()
    local row = '{"totalPrice":0.035,"currency":"EUR"}'
    local two, one = { body = ("[%s,%s]"):format(row, row) }, { body = ("[%s]"):format(row) }
    for _ = 1, 20 do
      local list = any_list(3)
      assert_same({ two, one }, function() return client:cost(list, { batch_size = 2 }) end)
    end
  end)

  it("and is as it was checked, whatever becomes of the messages", function()
    local list = { message(), message(), message() }
    local calls = 0
    local changing = server:safe({ retry = false, on_response = function()
      calls = calls + 1
      for _, one in ipairs(list) do one.to, one.message, one.from = "x", "\255", nil end
      list[2], list[3] = nil, nil
      collectgarbage()
    end })
    server:script(unpack(answers_for(3, 1)))
    assert.equal(3, #assert(changing:send_many(list, { batch_size = 1 })))
    assert.equal(3, calls)
    for _, request in ipairs(server:requests()) do
      assert.equal('[{"from":"MyShop","message":"Your code is 4815","to":"37069912345"}]', request.body)
    end
  end)
end)

describe("a packed batch", function()
  it("is no body of any other function's, and no text", function()
    local packed = core.plain_batches({ message() }, 1, 1).packed[1]
    assert.equal("vertexsms batch", getmetatable(packed))
    for _, body in ipairs({ client.engine, io.stderr }) do
      assert.has_error(function() client.engine:perform({ method = "POST", path = "/sms", body = body }) end)
    end
  end)
end)

describe("a large body", function()
  local SENDS, OCTETS = 40, 150000

  local function resident()
    local file = assert(io.open("/proc/self/statm", "rb"))
    local pages = file:read("*a"):match("^%d+ (%d+)")
    file:close()
    return tonumber(pages) * 4096
  end

  it("does not stay with its response until that is collected", function()
    if os.getenv("ASAN_OPTIONS") then return pending("ASan keeps what was freed, to find who still uses it") end
    local request, kept, bodies = { method = "POST", path = "/sms", body = ("x"):rep(OCTETS) }, {}, {}
    for i = 1, SENDS do bodies[i] = "{}" end
    server:script_bodies(bodies)
    assert(client.engine:perform(request))
    local before = resident()
    for i = 2, SENDS do kept[i] = assert(client.engine:perform(request)) end
    assert.equal("ok", kept[SENDS].kind)
    assert.is_true(resident() - before < SENDS * OCTETS / 2)
  end)
end)
