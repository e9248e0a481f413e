-- An outbox noted that a worker runs, and took the note back when `run` came to its end. A coroutine that was killed,
-- closed, dropped with its loop, or that raised never came there: the outbox said "runs already" for good.

local await = require("spec.support.await")
local nginxes = require("spec.support.nginx")
local outboxes = require("spec.support.outboxes")
local process = require("spec.support.process")
local scripted = require("spec.support.scripted")

local FINE = { body = '["1281532560"]' }

describe("an outbox whose worker is gone runs again:", function()
  local server, outbox

  setup(function() server = scripted.start() end)
  teardown(function()
    server:stop()
    nginxes.stop_all()
    outboxes.remove()
  end)

  local function open(host)
    outbox = outboxes.open({ client = server:safe({ host = host }), host = host })
  end

  after_each(function()
    if outbox then outbox:close() end
    outbox = nil
  end)

  local function runs_again()
    outbox.host = require("vertexsms.host.blocking")
    outbox.client.host = outbox.host
    assert(outbox:add(outboxes.message()))
    server:script(FINE)
    local totals, err = outbox:run({ until_empty = true })
    assert.equal(1, totals and totals.accepted, tostring(err))
  end

  local function raising(host)
    return setmetatable({ is_over = function() error("interrupted!", 0) end }, { __index = host })
  end

  it("one that raised", function()
    open("blocking")
    outbox.client.host = raising(outbox.host)
    assert.same({ false, "interrupted!" }, { pcall(outbox.run, outbox) })
    runs_again()
  end)

  it("one that raised in a coroutine which the program keeps", function()
    open("blocking")
    outbox.client.host = raising(outbox.host)
    local thread = coroutine.create(function() outbox:run() end)
    assert.same({ false, "interrupted!" }, { coroutine.resume(thread) })
    runs_again()
    assert.equal("dead", coroutine.status(thread))
  end)

  it("one whose cqueues loop was dropped", function()
    open("cqueues")
    local loop = require("cqueues").new()
    loop:wrap(function() outbox:run() end)
    for _ = 1, 3 do loop:step(0.01) end
    loop = nil -- luacheck: ignore 311
    runs_again()
  end)

  local close = rawget(coroutine, "close")
  if close then
    it("one whose coroutine was closed", function()
      open("tick")
      local thread = coroutine.create(function() outbox:run() end)
      assert(coroutine.resume(thread))
      assert.equal("suspended", coroutine.status(thread))
      assert(close(thread))
      runs_again()
    end)
  end

  it("not one that only waits", function()
    open("tick")
    local thread = coroutine.create(function() outbox:run() end)
    assert(coroutine.resume(thread))
    local _, err = outbox:run({ until_empty = true })
    assert.is_truthy(err.message:find("runs already", 1, true), err.message)
    outbox:stop()
    assert.is_true(await(function()
      outbox:update()
      return coroutine.status(thread) == "dead"
    end))
    runs_again()
  end)

  if process.lua() ~= "luajit" then return end

  it("one whose light thread was killed, or has raised, but not one of another request", function()
    local folder = os.tmpname()
    os.remove(folder)
    os.execute("mkdir -m 700 " .. folder .. " && chown nobody " .. folder .. " 2>/dev/null; true")
    local nginx = nginxes.start({ http = ([[
      init_by_lua_block {
        client = require("vertexsms").safe.new { token = "token-of-nginx", base_url = "%s" }
        outbox = require("vertexsms.outbox").safe.open { store = "%s/outbox.db", client = client, poll = false }
        function say(totals, err) ngx.say(totals and totals.accepted or err.message) end
        told = { on_progress = function() is_told = true end }
        function wait_for_worker()
          is_told = false
          repeat ngx.sleep(0.01) until is_told
        end
      }
    ]]):format(server.url, folder), server = [[
      location = /killed { content_by_lua_block {
        local thread = ngx.thread.spawn(function() outbox:run(told) end)
        wait_for_worker()
        ngx.thread.kill(thread)
        say(outbox:run { until_empty = true })
      } }
      location = /raised { content_by_lua_block {
        local is_over = client.host.is_over
        client.host.is_over = function() error("interrupted!", 0) end
        kept = ngx.thread.spawn(function() outbox:run() end)
        assert(not ngx.thread.wait(kept))
        client.host.is_over = is_over
        say(outbox:run { until_empty = true })
      } }
      location = /stays { content_by_lua_block {
        ngx.timer.at(0, function() outbox:run(told) end)
        wait_for_worker()
        ngx.say("runs")
      } }
      location = /other { content_by_lua_block { say(outbox:run { until_empty = true }) } }
      location = /stop { content_by_lua_block { ngx.say(outbox:stop()) } }
    ]] })
    for _, path in ipairs({ "/killed", "/raised" }) do
      assert.equal("0\n", select(2, nginx:get(path)), path)
    end
    assert.equal("runs\n", select(2, nginx:get("/stays")))
    local _, answer = nginx:get("/other")
    assert.is_truthy(answer:find("runs already", 1, true), answer)
    nginx:get("/stop")
    assert.is_true(nginx:stop("quit"))
    os.execute("rm -rf " .. folder)
  end)
end)
