-- A call in a real nginx whose light thread is killed after the answer has come: while its guard, its tracking or its
-- outbox waits for a store that is locked, or while a hook waits. It is told to the caller or to the log what became of
-- it, once.
--
-- Calls inside client:all and client:send_many are in spec/host/nginx_queue_spec.lua, too.

local await = require("spec.support.await")
local nginxes = require("spec.support.nginx")
local process = require("spec.support.process")
local scripted = require("spec.support.scripted")
local stores = require("spec.support.stores")

-- nginx has its own LuaJIT, whatever runs the spec: once is enough.
if process.lua() ~= "luajit" then return end

local HTTP = [[
  init_by_lua_block {
    local ffi = require "ffi"
    ffi.cdef "int sqlite3_open(const char *, void **); int sqlite3_exec(void *, const char *, void *, void *, void *);"
    local sqlite, database = ffi.load "sqlite3.so.0", ffi.new "void *[1]"
    state = {}
    function execute(sql)
      if database[0] == nil then assert(sqlite.sqlite3_open("$dir/store", database) == 0) end
      assert(sqlite.sqlite3_exec(database[0], sql, nil, nil, nil) == 0, sql)
    end
    MESSAGE = { to = "37069912345", from = "MyShop", message = "x" }
    BUDGET = { store = "$dir/store", budget = { parts = 100, seconds = 3600 } }
    TRACK = { url = "http://127.0.0.1:$port/report", store = "$dir/store", on_resolved = function() end }
    function lock()
      if not state.is_locked then execute "BEGIN IMMEDIATE" end
      state.is_locked, state.has_answer = true, true
    end
    function wait()
      state.has_answer = true
      ngx.sleep(state.is_free and 0 or 60)
    end
    local options = { token = "token-of-the-kept-spec", base_url = "$url", retry = false, timeout = 20 }
    for name, value in pairs({ $options }) do options[name] = value end
    client = assert(require("vertexsms").safe.new(options))
    function work_off(batch_size)
      local outbox = assert(require("vertexsms.outbox").open { store = "$dir/store", client = client, poll = false })
      for _ = 1, batch_size do assert(outbox:add(MESSAGE, { key = tostring(ngx.now() + math.random()) })) end
      return outbox:run({ until_empty = true, batch_size = batch_size })
    end
  }
]]

-- The store is locked in the turn in which the answer is read: what runs next waits for it. So does a hook that waits.
local SERVER = [[
  location = /run {
    content_by_lua_block {
      local kills = ngx.var.arg_kill ~= nil
      state.has_answer, state.is_free = false, not kills
      local thread = ngx.thread.spawn(function()
        local result, err = $call
        ngx.log(ngx.NOTICE, "told the thread: ", result and "accepted" or err.outcome)
      end)
      repeat ngx.sleep(0.001) until state.has_answer or coroutine.status(thread) == "dead"
      if kills then ngx.thread.kill(thread) end
      if state.is_locked then
        execute "ROLLBACK"
        state.is_locked = false
      end
      if not kills then ngx.thread.wait(thread) end
      ngx.say "ended"
    }
  }
]]

local SEND = "client:send(MESSAGE)"
local VIBER = "client:viber(MESSAGE)"
local HLR = "client:hlr('37069912345')"
local MANY = "client:send_many({ MESSAGE })"
local TWO = "client:send_many({ MESSAGE, MESSAGE }, { batch_size = 1 })"
local ALL = "client:all({ { 'send_many', { MESSAGE } } })"
local OUTBOX = "work_off(1)"
local BATCH = "work_off(2)"

local PARTS = { body = '["1281532560"]', headers = { ["X-VertexSMS-Amount-Sent"] = "3" } }
local ACCEPTED = { body = '["1281532560"]' }
local REFUSED = { status = 400, body = "{}" }
local FAILED = { status = 500, body = "{}" }
local STRANGE = { body = "{}" }

local GUARD = "guard = BUDGET, on_response = lock"
local TRACKED = "track = TRACK, on_response = lock"
local HOOK = "on_response = wait"

local RETRY = "retry = { base = 0, max_wait = 0, server_errors = true }"

-- What the light thread waits for, the options, the call, the answer, the outcome, and the answer to a second attempt.
local CASES = {
  { "the guard, which counts the parts of a send", GUARD, SEND, PARTS, "accepted" },
  { "the guard, which gives back a send", GUARD, SEND, REFUSED, "rejected" },
  { "the guard, which gives back a Viber message", GUARD, VIBER, REFUSED, "rejected" },
  { "the guard, which gives back a lookup", GUARD, HLR, REFUSED, "rejected" },
  { "the guard, which counts the parts of a list", GUARD, MANY, PARTS, "accepted" },
  { "the guard, which gives back the rest of a list", GUARD, TWO, REFUSED, "rejected" },
  { "the guard, inside client:all", GUARD, ALL, PARTS, "accepted" },
  { "the guard, inside client:all, of a refused list", GUARD, ALL, REFUSED, "rejected" },
  { "the tracking of a send", TRACKED, SEND, ACCEPTED, "accepted" },
  { "the tracking of a send whose outcome is unknown", TRACKED, SEND, FAILED, "unknown" },
  { "the tracking of a send whose answer is not one", TRACKED, SEND, STRANGE, "unknown" },
  { "the tracking of a Viber message", TRACKED, VIBER, ACCEPTED, "accepted" },
  { "the tracking of a list", TRACKED, MANY, ACCEPTED, "accepted" },
  { "the outbox of an accepted message", "on_response = lock", OUTBOX, ACCEPTED, "accepted" },
  { "the outbox of a refused message", "on_response = lock", OUTBOX, REFUSED, "rejected" },
  { "the outbox of an accepted batch", "on_response = lock", BATCH, { body = '["1","2"]' }, "accepted" },
  { "on_response, of an accepted send", HOOK, SEND, ACCEPTED, "accepted" },
  { "on_response, of a refused send", HOOK, SEND, REFUSED, "rejected" },
  { "on_retry", "on_retry = wait, " .. RETRY, SEND, { status = 429, body = "{}" }, "rejected" },
  { "on_warning, of a plain send", "on_warning = wait", SEND, PARTS, "accepted" },
  { "on_warning, of a complete send", "on_warning = wait, on_request = function() end", SEND, PARTS, "accepted" },
  { "on_warning, after an attempt of unknown outcome", "on_warning = wait, " .. RETRY, SEND, FAILED,
    "accepted, after an attempt of unknown outcome: %[\"1281532560\"%]", PARTS },
  { "on_warning, of a list", "on_warning = wait", MANY, PARTS, "accepted" },
}

local function count(text, what)
  return select(2, text:gsub(what, ""))
end

describe("a call in nginx that has its answer and waits for", function()
  local server, dir

  setup(function() server = scripted.start() end)
  teardown(function()
    nginxes.stop_all()
    server:stop()
  end)

  before_each(function()
    dir = stores.folder()
    os.execute("chown nobody " .. dir .. " 2>/dev/null; true")
  end)
  after_each(function() stores.remove(dir) end)

  local function start(options, call)
    local values = { url = server.url, dir = dir, options = options }
    return nginxes.start({ http = (HTTP:gsub("%$(%l+)", values)), server = (SERVER:gsub("%$call", call)) })
  end

  for _, case in ipairs(CASES) do
    local options, call, answer, outcome = case[2], case[3], case[4], case[5]

    it(case[1] .. ", is logged once when it is killed there, and told when it is not", function()
      local nginx = start(options, call)
      server:script(answer, case[6])
      assert.equal("ended\n", select(2, nginx:get("/run?kill=yes")))
      nginx:get("/run")
      assert.is_true(await(function() return count(nginx:log(), "told the thread") == 1 end))
      assert.is_true(nginx:stop("quit"))
      local log = nginx.last_log
      assert.equal(1, count(log, "the light thread that waited has gone"), log)
      assert.matches("the light thread that waited has gone[^\n]* outcome " .. outcome, log)
      assert.equal(1, count(log, "told the thread"), log)
      assert.not_matches("%[error%]", log)
    end)
  end

  it("the outbox, is not logged where its batch is refused and each message goes alone", function()
    local nginx = start(HOOK, BATCH)
    server:script(REFUSED)
    assert.equal("ended\n", select(2, nginx:get("/run")))
    assert.is_true(nginx:stop("quit"))
    assert.equal(1, count(nginx.last_log, "told the thread"))
    assert.equal(0, count(nginx.last_log, "the light thread that waited has gone"), nginx.last_log)
  end)
end)
