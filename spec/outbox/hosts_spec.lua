-- A worker in the loop of each host, which goes on meanwhile.

local fault_servers = require("spec.support.faults")
local nginxes = require("spec.support.nginx")
local outboxes = require("spec.support.outboxes")
local process = require("spec.support.process")
local await = require("spec.support.await")

local COUNT = 20
local faults

setup(function() faults = fault_servers.start() end)
teardown(function()
  faults:stop()
  process.stop_all()
  nginxes.stop_all()
  outboxes.remove()
end)

-- Adds from other coroutines while a worker sends; `go(work)` begins a coroutine in the host's loop.
local WORK = [[
  local client = require("vertexsms").new { token = "token-of-a-host", base_url = %q, host = %q }
  local outbox = require("vertexsms.outbox").open { store = %q, client = client, poll = false }
  local turns, running = 0, 2
  local function work()
    outbox:run { concurrency = 4 }
    running = running - 1
  end
  local function add()
    for number = 1, %d do
      outbox:add { to = "37069912345", from = "MyShop", message = "host " .. number }
    end
    while outbox:counts().accepted < %d do client.host.sleep(0.02, client.engine) end
    outbox:stop()
    running = running - 1
  end
  local function finish()
    print("accepted", outbox:counts().accepted, turns > 5)
  end
]]

local HOSTS = {
  luv = [[
    local uv = require("luv")
    %s
    local timer = uv.new_timer()
    timer:start(5, 5, function()
      turns = turns + 1
      if running == 0 then timer:close() end
    end)
    coroutine.wrap(work)()
    coroutine.wrap(add)()
    uv.run()
    finish()]],
  cqueues = [[
    local cqueues = require("cqueues")
    local loop = cqueues.new()
    %s
    loop:wrap(function()
      while running > 0 do
        cqueues.sleep(0.005)
        turns = turns + 1
      end
    end)
    loop:wrap(work)
    loop:wrap(add)
    assert(loop:loop())
    finish()]],
  tick = [[
    local core = require("vertexsms.core")
    %s
    coroutine.wrap(work)()
    coroutine.wrap(add)()
    while running > 0 do
      turns = turns + 1
      outbox:update()
      core.sleep(0.002)
    end
    finish()]],
}

local function run(host, program)
  local work = WORK:format(faults:url("slow", "/5"), host, outboxes.new_path(), COUNT, COUNT)
  local code, output, errors = process.run({ process.lua(), "-e", (program:gsub("%%s", function() return work end)) })
  assert.same({ 0, ("accepted\t%d\ttrue\n"):format(COUNT) }, { code, output }, errors)
end

describe("an outbox", function()
  for host, program in pairs(HOSTS) do
    it("is worked off in " .. host .. ", whose loop goes on", function() run(host, program) end)
  end

  if process.lua() ~= "luajit" then return end

  it("is worked off by every worker of nginx", function()
    local folder = os.tmpname()
    os.remove(folder)
    os.execute("mkdir -m 700 " .. folder .. " && chown nobody " .. folder .. " 2>/dev/null; true")
    local nginx = nginxes.start({ workers = 2, http = ([[
      init_by_lua_block {
        client = require("vertexsms").new { token = "token-of-nginx", base_url = "%s" }
        outbox = require("vertexsms.outbox").open { store = "%s/outbox.db", client = client, poll = false }
      }
      init_worker_by_lua_block {
        ngx.timer.at(0, function() outbox:run { concurrency = 4 } end)
      }
    ]]):format(faults:url("slow", "/5"), folder), server = [[
      location = /add { content_by_lua_block {
        ngx.say(outbox:add({ to = "37069912345", from = "MyShop", message = "x" }, { key = ngx.var.arg_key }).id)
      } }
      location = /accepted { content_by_lua_block { ngx.say(outbox:counts().accepted) } }
    ]] })
    for number = 1, COUNT do
      local status, body = nginx:get("/add?key=" .. number)
      assert.equal(200, status, body)
    end
    assert.is_true(await(function() return select(2, nginx:get("/accepted")) == COUNT .. "\n" end))
    assert.is_true(nginx:stop("quit"))
    os.execute("rm -rf " .. folder)
  end)
end)
