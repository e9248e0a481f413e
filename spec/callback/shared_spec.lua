-- The store in an ngx.shared dict, step by step in a real nginx: who holds a key, and who gets what a dead worker held.

local nginxes = require("spec.support.nginx")

-- nginx brings its own LuaJIT.
if require("spec.support.process").lua() ~= "luajit" then return end

-- `a` and `b` are two handlers' stores in one worker, made before the workers were forked, as most are; `a` was used
-- already. `between` is a store on a dict that has something happen before one of its steps, the first of that name or
-- the one that is told.
local HTTP = [[
  lua_shared_dict reports 1m;
  init_by_lua_block {
    local shared = require "vertexsms.callback.shared"
    dict = ngx.shared.reports
    a, b = shared.new(dict), shared.new(dict)
    a:release("early", (a:claim("early", 60)))
    function between(step, act, turn)
      turn = turn or 1
      return shared.new(setmetatable({}, { __index = function(_, name)
        return function(_, ...)
          turn = turn - (name == step and 1 or 0)
          if name == step and turn == 0 then
            local result = act()
            if result ~= nil then return unpack(result, 1, 2) end
          end
          return dict[name](dict, ...)
        end
      end }))
    end
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
]]

describe("the store in an ngx.shared dict", function()
  local nginx

  setup(function() nginx = nginxes.start({ workers = 1, http = HTTP, server = SERVER }) end)
  teardown(function() nginx:stop() end)
  before_each(function() nginx:get("/run", "dict:flush_all() dict:flush_expired()") end)

  local function run(code)
    local status, body = nginx:get("/run", code)
    assert.equal(200, status, nginx:log())
    return body
  end

  local function kill_worker()
    local pid = nginx:workers()[1]
    os.execute("kill -9 " .. pid)
    assert.is_true(nginxes.await_end(pid, 10))
    while not nginx:workers()[1] do assert.is_truthy(nginx:pid()) end
  end

  it("gives a key to one at a time", function()
    assert.equal("true | nil | nil", run([[
      local holder = a:claim("k", 60)
      return holder ~= nil, a:claim("k", 60), (b:claim("k", 60))
    ]]))
  end)

  it("gives back what was not handled", function()
    assert.equal("true | nil", run([[
      a:release("k", (a:claim("k", 60)))
      local holder, value = b:claim("k", 60)
      return holder ~= nil, value
    ]]))
  end)

  it("does not give back what another caller holds", function()
    assert.equal("nil", run([[
      a:release("k", (a:claim("other", 60)))
      a:claim("k", 60)
      a:release("k", (a:claim("another", 60)))
      return (b:claim("k", 60))
    ]]))
  end)

  it("keeps a value, as it was given", function()
    assert.equal("true | 2;delivered:0;", run([[
      assert(a:settle("k", (a:claim("k", 60)), "2;delivered:0;"))
      local holder, value = b:claim("k", 60)
      return holder ~= nil, value
    ]]))
  end)

  it("gives a key that has a value to one at a time too", function()
    assert.equal("true | nil | nil | true | new", run([[
      assert(a:settle("k", (a:claim("k", 60)), "old"))
      local holder = a:claim("k", 60)
      local busy, busy_too = a:claim("k", 60), (b:claim("k", 60))
      assert(a:settle("k", holder, "new"))
      local next_holder, value = b:claim("k", 60)
      return holder ~= nil, busy, busy_too, next_holder ~= nil, value
    ]]))
  end)

  it("keeps the value when the next report was not handled", function()
    assert.equal("true | old", run([[
      assert(a:settle("k", (a:claim("k", 60)), "old"))
      a:release("k", (a:claim("k", 60)))
      local holder, value = a:claim("k", 60)
      return holder ~= nil, value
    ]]))
  end)

  it("releases a key when the time is over", function()
    assert.equal("true", run([[
      a:claim("k", 0.01)
      ngx.sleep(0.03)
      return a:claim("k", 60) ~= nil
    ]]))
  end)

  it("keeps a value that is longer than any holder's name", function()
    assert.equal("true", run([[
      local long = ("undelivered:40;"):rep(10)
      assert(a:settle("k", (a:claim("k", 60)), long))
      return select(2, a:claim("k", 60)) == long
    ]]))
  end)

  it("writes the value where the holder's name was", function()
    assert.equal("true | true", run([[
      local holder = a:claim("k", 60)
      a:settle("k", holder, "v")
      local next_holder = a:claim("k", 60)
      a:settle("k", next_holder, "w")
      return #dict:get("k") == #holder, #dict:get("k") == #next_holder
    ]]))
  end)

  it("has names that say whose they are, and are not used again soon", function()
    assert.equal("true | 1500 | 1000", run([[
      local names, count, all, most = {}, 0, true, 0
      for i = 1, 1500 do
        for _, store in ipairs { a, b } do
          local name = store:claim("k" .. i .. tostring(store), 60)
          if i <= 750 and not names[name] then count = count + 1 end
          names[name] = true
          all = all and name:find("^.?" .. ngx.worker.pid() .. ":") ~= nil
        end
      end
      for i = 1, 2000 do
        local name = a:claim("m" .. i, 60)
        if i == 1 then most = name elseif name == most then return all, count, i - 1 end
      end
    ]]))
  end)

  it("gives what a killed worker held to one heir", function()
    run([[ a:claim("fresh", 60) assert(a:settle("old", (a:claim("old", 60)), "v")) a:claim("old", 60) ]])
    kill_worker()
    for _, step in ipairs({ { "fresh", "true | nil | nil" }, { "old", "true | v | nil" } }) do
      local code = [[
        local holder, value = a:claim("%s", 60)
        return holder ~= nil, value, (b:claim("%s", 60))
      ]]
      assert.equal(step[2], run(code:format(step[1], step[1])))
    end
  end)

  it("gives all that a killed worker held to heirs", function()
    run([[ for i = 1, 2000 do a:claim("k" .. i, 60) end ]])
    kill_worker()
    assert.equal("2000", run([[
      local count = 0
      for i = 1, 2000 do count = count + (b:claim("k" .. i, 60) and 1 or 0) end
      return count
    ]]))
  end)

  it("has one heir when two come at the same moment", function()
    for _, step in ipairs({ "add", "get", "set" }) do
      run([[ dict:flush_all() a:claim("k", 60) ]])
      kill_worker()
      local code = [[
        local first
        local late = between("%s", function() first = first or b:claim("k", 60) end)
        local second = late:claim("k", 60)
        return (first and 1 or 0) + (second and 1 or 0)
      ]]
      assert.equal("1", run(code:format(step)), step)
    end
  end)

  it("has no second heir when the first one is done, and forgotten", function()
    run([[ a:claim("k", 60) ]])
    kill_worker()
    assert.equal("nil | v", run([[
      local late = between("add", function()
        assert(b:settle("k", (b:claim("k", 60)), "v"))
        for _, key in ipairs(dict:get_keys()) do
          if key:find("heir", 1, true) then dict:delete(key) end
        end
      end, 2)
      return late:claim("k", 60), select(2, b:claim("k", 60))
    ]]))
  end)

  it("is busy when a key is given back at that moment", function()
    assert.equal("nil | nil | nil", run([[
      local holder = a:claim("k", 60)
      return between("get", function() a:release("k", holder) end):claim("k", 60), nil, nil
    ]]))
  end)

  it("says when the dict has no room", function()
    assert.equal("nil | nil | no memory", run([[
      return between("add", function() return { false, "no memory" } end):claim("k", 60)
    ]]))
    assert.equal("nil | no memory", run([[
      local store = between("set", function() return { false, "no memory" } end)
      return store:settle("k", (store:claim("k", 60)), "v")
    ]]))
    assert.equal("nil | nil | no memory", run([[
      a:settle("old", (a:claim("old", 60)), "v")
      local store = between("get", function() end)
      store.dict.add = function(_, key)
        return false, key == "old" and "exists" or "no memory"
      end
      return store:claim("old", 60)
    ]]))
  end)
end)
