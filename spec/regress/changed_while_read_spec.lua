-- Whatever takes memory of Lua's may run a finalizer, and that may change the very table that is read, and collect what
-- it took out. The core went on with octets that were freed: they went over the wire.

local core = require("vertexsms.core")
local scripted = require("spec.support.scripted")

local newproxy = rawget(_G, "newproxy")

-- Calls a function when the collector runs next.
local function call_at_collection(fn)
  if not newproxy then return setmetatable({}, { __gc = fn }) and nil end
  getmetatable(newproxy(true)).__gc = fn
end

-- Calls `read`; the first time that it takes memory, `tables` are emptied, and the memory of what was in them is used.
local function read_while_emptied(tables, read, ...)
  local is_armed, kept = true, {}
  collectgarbage()
  collectgarbage("stop")
  call_at_collection(function()
    if not is_armed then return end
    for _, one in ipairs(tables) do
      for key in pairs(one) do one[key] = nil end
    end
    collectgarbage()
    for length = 1, 200 do kept[length] = ("#"):rep(length) .. tostring(length) end
    for i = 1, 50 do kept[#kept + 1] = ("#"):rep(4000 + i) end
  end)
  local pause, factor = collectgarbage("setpause", 0), collectgarbage("setstepmul", 1000000)
  collectgarbage("restart")
  local result, second, third = read(...)
  is_armed = false
  collectgarbage("setpause", pause)
  collectgarbage("setstepmul", factor)
  return result, second, third
end

describe("a finalizer that empties a table while it is read", function()
  -- Made anew each time: a constant would be kept by the function.
  local function word(letter, count) return letter:rep(count) .. tostring(count) end

  local function message()
    local to, from = "3706" .. math.random(1000000, 9999999), "Shop" .. math.random(100, 999)
    return { to = to, from = from, message = word("text ", 800) }
  end

  local function assert_whole(expected, actual)
    if actual ~= nil then assert.equal(expected, actual) end
  end

  it("leaves a message as it was, or none", function()
    for _ = 1, 6 do
      local one = message()
      local expected = core.plain_message(one)
      assert_whole(expected, (read_while_emptied({ one }, core.plain_message, one)))
    end
  end)

  it("leaves its fields as they were, or none", function()
    for _ = 1, 6 do
      local one = message()
      one.to = "+" .. one.to
      local to, from = core.plain_fields(one)
      local read_to, read_from = read_while_emptied({ one }, core.plain_fields, one)
      assert_whole(to, read_to)
      assert_whole(from, read_from)
    end
  end)

  it("leaves JSON as it was, or none", function()
    for _ = 1, 6 do
      local inner = { [word("name", 20)] = word("value", 600), [word("other", 30)] = "b" }
      local value = { [word("first", 25)] = inner, [word("last", 40)] = word("value", 500) }
      local expected = core.plain_json(value)
      assert_whole(expected, (read_while_emptied({ inner, value }, core.plain_json, value)))
    end
  end)

  it("leaves the fields of a request as they were, or none, or the request is refused", function()
    local server = scripted.start()
    finally(function() server:stop() end)
    local engine = core.engine({ token = "token-of-the-finalizer-spec", base_url = server.url })
    for _ = 1, 3 do
      local headers = { [word("X-Name", 20)] = word("value", 60), [word("X-Other", 30)] = word("text", 50) }
      local expected = {}
      for name, value in pairs(headers) do expected[name:lower()] = value end
      local request = { method = "POST", path = "/sms", body = "{}", headers = headers }
      server:script({ body = "[]" })
      local ticket, refusal = read_while_emptied({ headers }, engine.submit, engine, request)
      if ticket then
        assert.is_true(ticket:wait(5))
        assert.equal("ok", ticket:response().kind)
        local received = server:request().headers
        for name, value in pairs(expected) do assert_whole(value, received[name]) end
      else
        assert.same({ "invalid_argument", "headers" }, { refusal.kind, refusal.field })
      end
    end
    engine:close()
  end)
end)
