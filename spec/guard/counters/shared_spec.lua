-- Counters in an ngx.shared dict, in a real nginx: one step after another, and workers that race.

local nginxes = require("spec.support.nginx")
local socket = require("socket")

-- nginx brings its own LuaJIT.
if require("spec.support.process").lua() ~= "luajit" then return end

local HTTP = [[
  lua_shared_dict limits 1m;
  lua_shared_dict small 12k;
  init_by_lua_block {
    shared = require "vertexsms.guard.counters.shared"
    names = require "vertexsms.guard.limits"
    dict, small = ngx.shared.limits, ngx.shared.small
    local client = assert(require("vertexsms").safe.new {
      token = "t0ken", base_url = "http://127.0.0.1:1", retry = false,
      guard = { store = "limits", per_recipient = { 3, 600 }, budget = { parts = 500, seconds = 600 } },
    })
    passages, guarded = require("vertexsms.guard.passage"), client
    function facts(number, parts) return { number = number or "1", prefix = "1", billed = parts or 1 } end
    function limits(options) return names.compile({ options }) end
  }
]]

local SERVER = [[
  location = /run {
    content_by_lua_block {
      ngx.req.read_body()
      local function words(...)
        local list = { ... }
        for i = 1, select("#", ...) do list[i] = tostring(list[i]) end
        ngx.print(table.concat(list, " | "))
      end
      words(assert(loadstring(ngx.req.get_body_data()))())
    }
  }
  location = /send {
    content_by_lua_block {
      local drafts = { { wire = { to = ngx.var.arg_to, from = "MyShop", message = "Hi" }, estimate = { parts = 1 } } }
      local err = passages.enter(guarded, drafts)
      ngx.print(err and err.rule or "sent")
    }
  }
]]

describe("counters in an ngx.shared dict", function()
  local nginx

  setup(function() nginx = nginxes.start({ workers = 4, http = HTTP, server = SERVER }) end)
  teardown(function() nginx:stop() end)
  before_each(function()
    nginx:get("/run", "for _, each in ipairs { dict, small } do each:flush_all() each:flush_expired() end")
  end)

  local function run(code)
    local status, body = nginx:get("/run", code)
    assert.equal(200, status, nginx:log())
    return body
  end

  it("count, refuse, and give back", function()
    assert.equal("true | nil | recipient | 2 | true | 1", run([[
      local now = 1000
      local counters = shared.new(dict, function() return now end)
      local list = limits({ per_recipient = { 2, 60 } })
      local first = facts()
      local ok = counters:take(list, { first })
      counters:take(list, { facts() })
      local no, full = counters:take(list, { facts() })
      assert(full.retry_after > 60 and full.retry_after <= 67.5)
      now = now + 20
      counters:give_back(list, { first })
      local again = counters:take(list, { facts() })
      now = now + 50
      return ok, no, full.limit.family, full.used, again, counters:look(list, facts())[1].used]]))
  end)

  it("count all of a list, or none", function()
    assert.equal("nil | 2 | 2 | 2", run([[
      local counters = shared.new(dict)
      local list = limits({ per_recipient = { 5, 60 }, budget = { parts = 3, seconds = 60 } })
      counters:take(list, { facts("1"), facts("2") })
      local ok, full = counters:take(list, { facts("1"), facts("2") })
      local found = counters:look(list, facts("1"))
      return ok, full.index, found[2].used, found[1].used + counters:look(list, facts("2"))[1].used]]))
  end)

  it("hold a limit in every window", function()
    assert.equal("ok", run([[
      local now, times = 1000, {}
      local counters = shared.new(dict, function() return now end)
      local list = limits({ per_recipient = { 5, 10 } })
      for _ = 1, 3000 do
        now = now + math.random() * 2
        if counters:take(list, { facts() }) then
          times[#times + 1] = now
          local oldest = times[#times - 5]
          assert(not oldest or now - oldest >= 10)
        end
      end
      assert(#times > 1000)
      return "ok"]]))
  end)

  -- A list of what was taken, counted anew each time, against two workers that take turns.
  it("have what was counted in the slot at hand and the eight before it, whichever worker looks", function()
    assert.equal("ok", run([[
      local now, taken = 1000, {}
      local workers = {}
      for i = 1, 2 do workers[i] = shared.new(dict, function() return now end) end
      local list = limits({ per_recipient = { 6, 8 }, budget = { parts = 9, seconds = 16 } })
      local function expected(number, width)
        local sum, slot = 0, math.floor(now / width)
        for _, one in ipairs(taken) do
          local is_counted = not number or one.number == number
          if is_counted and slot - math.floor(one.taken / width) <= 8 then sum = sum + (number and 1 or one.billed) end
        end
        return sum
      end
      for step = 1, 4000 do
        now = now + math.random() * (step % 50 == 0 and 40 or 2)
        local worker, one = workers[math.random(2)], facts(tostring(math.random(3)), math.random(0, 2))
        if worker:take(list, { one }) then taken[#taken + 1] = one end
        if #taken > 0 and math.random(10) == 1 then
          worker:give_back(list, { table.remove(taken, math.random(math.max(1, #taken - 5), #taken)) })
        end
        local found = workers[math.random(2)]:look(list, one)
        assert(found[1].used == expected(one.number, 1) and found[2].used == expected(nil, 2), step)
      end
      assert(#taken > 1000)
      return "ok"]]))
  end)

  it("count on with what an earlier version has left in the dict, where one slot is all that is known", function()
    assert.equal("nil | 3 | true", run([[
      local now = 1000
      local counters = shared.new(dict, function() return now end)
      local list = limits({ per_recipient = { 3, 8 } })
      for _ = 1, 3 do
        assert(counters:take(list, { facts() }))
        now = now + 1
      end
      local any = "guard:recipient:1000:any:1"
      local newest, age = dict:get(any)
      assert(newest == 1002 and age == 3)
      dict:set(any, newest)
      local ok, full = counters:take(list, { facts() })
      now = now + 6
      return ok, full.used, counters:take(list, { facts() })]]))
  end)

  it("begin again when the clock comes to the next slot meanwhile", function()
    assert.equal("true | 1 | 8", run([[
      local times, turn = { 1000, 1000.99, 1000.99 }, 0
      local counters = shared.new(dict, function() turn = turn + 1 return times[turn] or 1001 end)
      local list = limits({ per_recipient = { 2, 8 } })
      local one = facts()
      times[2] = 1001
      local ok = counters:take(list, { one })
      return ok, counters:look(list, facts())[1].used, list[1].window.seconds]]))
  end)

  it("refuse when the dict is full, and leave the counters of others alone", function()
    assert.equal("nil | 7 | 7 | true", run([[
      local counters = shared.new(small)
      local budget = limits({ budget = { parts = 100, seconds = 600 } })
      assert(counters:take(budget, { facts("1", 7) }))
      local list = limits({ per_recipient = { 2, 600 } })
      local reason
      for i = 1, 1000 do
        local ok, _, why = counters:take(list, { facts(tostring(i)) })
        if not ok then reason = why break end
      end
      assert(reason:find("lua_shared_dict is full", 1, true), reason)
      local ok = counters:take(list, { facts("stranger") })
      local used = counters:look(budget, facts())[1].used
      counters:take(budget, { facts("1", 1) })
      counters:give_back(budget, { { billed = 1, taken = require("vertexsms.base.core").now() } })
      return ok, used, counters:look(budget, facts())[1].used, small:get("x") == nil]]))
  end)

  it("find what is over in a full dict whose keys do not expire", function()
    assert.equal("true", run([[
      local now = 1000
      local counters = shared.new(small, function() return now end)
      local list = limits({ per_recipient = { 2, 600 } })
      for i = 1, 1000 do
        if not counters:take(list, { facts(tostring(i)) }) then break end
      end
      now = now + 2000
      return counters:take(list, { facts("another") })]]))
  end)

  it("pause, let one try, and resume", function()
    assert.equal("true | nil | because | true | nil | true | nil", run([[
      local now = 1000
      local a, b = shared.new(dict, function() return now end), shared.new(dict, function() return now end)
      local first = a:probe({ "account" }, 30)
      a:pause("account", "because", 30)
      local second, mark, seconds = b:probe({ "account" }, 30)
      assert(seconds == 30 and b:marks().account.retry_after == 30)
      now = now + 31
      local third, fourth = a:probe({ "account" }, 30), b:probe({ "account" }, 30)
      a:resume("account")
      local fifth = b:probe({ "account" }, 30)
      return first, second, mark.reason, third, fourth, fifth, b:marks().account]]))
  end)

  it("pause a prefix of which too many messages do not arrive", function()
    assert.equal("true | nil | true", run([[
      local breaker = require("vertexsms.guard.breaker").new({ undelivered = 0.5, least = 4 })
      local counters = shared.new(dict)
      for i = 1, 4 do counters:tally(breaker, "3706991", i % 2 == 0) end
      local first = counters:probe(breaker:names("3706991"), 60)
      counters:tally(breaker, "3706991", true)
      local second = counters:probe(breaker:names("3706991"), 60)
      counters:reset("breaker")
      return first, second, (counters:probe(breaker:names("3706991"), 60))]]))
  end)

  it("are forgotten one rule at a time", function()
    assert.equal("0 | 1 | 0", run([[
      local counters = shared.new(dict)
      local list = limits({ per_recipient = { 5, 60 }, budget = { parts = 3, seconds = 60 } })
      counters:take(list, { facts() })
      counters:reset("recipient")
      local found = counters:look(list, facts())
      counters:reset()
      return found[1].used, found[2].used, counters:look(list, facts())[2].used]]))
  end)
end)

-- Many connections at once, each with one request.
local function storm(port, paths, on_answer, during)
  local open, at, done = {}, 0, 0
  while done < #paths do
    while #open < 60 and at < #paths do
      at = at + 1
      local client = assert(socket.connect("127.0.0.1", port))
      client:settimeout(0)
      assert(client:send(("GET %s HTTP/1.0\r\nHost: x\r\n\r\n"):format(paths[at])))
      open[#open + 1] = client
    end
    for _, client in ipairs((socket.select(open, nil, 10))) do
      client:settimeout(10)
      local answer = client:receive("*a") or ""
      client:close()
      for i, other in ipairs(open) do
        if other == client then table.remove(open, i) break end
      end
      done = done + 1
      on_answer(answer:match("\r\n\r\n(.*)$"))
      if during then during(done) end
    end
  end
end

describe("workers that race", function()
  it("let exactly as many messages pass as the limits say, whatever the numbers, across reloads", function()
    local nginx = nginxes.start({ workers = 8, http = HTTP, server = SERVER })
    local paths, counts = {}, {}
    for i = 1, 3000 do paths[i] = "/send?to=37069900" .. math.random(100, 999) end
    local function count(word) counts[word or "lost"] = (counts[word or "lost"] or 0) + 1 end
    storm(nginx.port, paths, count, function(done)
      if done % 700 == 0 then nginx:signal("reload") end
    end)
    assert.equal(500, counts.sent)
    assert.is_nil(counts.lost)
    assert.is_true(counts.budget > 0)
    nginx:get("/run", "dict:flush_all()")
    for i = 1, 300 do paths[i] = "/send?to=3706990000" .. i % 3 end
    for i = #paths, 301, -1 do paths[i] = nil end
    counts = {}
    storm(nginx.port, paths, count)
    assert.same({ sent = 9, per_recipient = 291 }, counts)
    assert.is_true(nginx:stop("quit"))
  end)
end)
