-- The loop of client:all took whatever its coroutines yielded for its own. A hook inside a call that waited for
-- something else stopped it for ever (tick, luv), or raised out of the controller (cqueues); the outcomes were lost.

local fault_servers = require("spec.support.faults")
local process = require("spec.support.process")

local SETUP = [[
local host, url, waits = ...
local uv = host == "luv" and require("luv")
local cqueues = host == "cqueues" and require("cqueues")
local core = require("vertexsms.core")
local client
local waited, scheduler = 0, {}

local ways = {}

-- A timer of the caller's that resumes the coroutine that runs.
function ways.timer()
  local thread, timer = coroutine.running(), uv.new_timer()
  timer:start(5, 0, function()
    timer:close()
    assert(coroutine.resume(thread))
  end)
  coroutine.yield()
end

-- Something else that will resume the coroutine that runs.
function ways.resumer()
  scheduler[#scheduler + 1] = coroutine.running()
  coroutine.yield()
end

-- A scheduler that resumes the coroutine that it knows, with what it was asked for.
function ways.scheduler() assert(coroutine.yield(20, 1) == 21) end

function ways.sleep() cqueues.sleep(0.005) end

function ways.yield() coroutine.yield() end

-- Once, in the second call: another wait collects the answer to the first. The look that would bring that to light is
-- far off.
require("vertexsms.host.loop.waiting").LOOK_SECONDS = 3600
local begun = 0
function ways.collected()
  begun = begun + 1
  if begun ~= 2 then return end
  repeat
    client:send({ to = "37069912345", from = "MyShop", message = "x" })
    local counters = client.engine:counters()
  until counters.in_flight + counters.queued + counters.uncollected == 0
end

-- The first call goes on in the loop's place, and its answer is there before it has got back. The loop has time.
if waits == "overtaken" then
  require("vertexsms.host.loop.waiting").budget = function() return function() return true end end
end
function ways.overtaken()
  begun = begun + 1
  if begun == 1 then
    if host == "luv" then ways.timer() elseif host == "tick" then ways.resumer() else ways.sleep() end
  elseif begun == 2 then
    repeat core.sleep(0.001) until client.engine:counters().uncollected > 0
  end
end

local function hook()
  ways[waits]()
  waited = waited + 1
end

client = require("vertexsms").safe.new({
  token = "t", base_url = url, host = host, retry = false, on_request = hook, on_response = hook,
})

local function run()
  local calls, accepted = {}, 0
  for i = 1, 9 do calls[i] = { "send", { to = "37069912345", from = "MyShop", message = "x" } } end
  for _, outcome in ipairs(client:all(calls, { concurrency = 3 })) do
    if outcome.result then accepted = accepted + 1 else print(outcome.error) end
  end
  print(accepted .. " accepted, waited " .. waited .. " times")
end
]]

local ENDS = {
  luv = [[
    coroutine.wrap(run)()
    uv.run()
  ]],
  tick = [[
    local main = coroutine.create(run)
    assert(coroutine.resume(main))
    for _ = 1, 2000 do
      local thread = table.remove(scheduler, 1)
      if thread then assert(coroutine.resume(thread)) end
      client:update()
      core.sleep(0.001)
      if coroutine.status(main) == "dead" then break end
    end
  ]],
  cqueues = [[
    local loop = cqueues.new()
    loop:wrap(run)
    assert(loop:loop(10))
  ]],
  -- A scheduler whose coroutines yield two numbers and get their sum.
  blocking = [[
    if waits == "yield" then return run() end
    local main = coroutine.create(run)
    local _, a, b = coroutine.resume(main)
    while a do _, a, b = coroutine.resume(main, a + b) end
  ]],
}

-- Lua 5.1 proper cannot yield across the pcall around a hook.
if _VERSION == "Lua 5.1" and not rawget(_G, "jit") then return end

describe("client:all goes on while a hook inside it", function()
  local faults

  local function run(host, waits)
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write(SETUP, ENDS[host])
    file:close()
    local code, output, errors = process.run({ "timeout", "20", process.lua(), path, host, faults:url("ok"), waits })
    os.remove(path)
    return code, output, errors
  end

  setup(function() faults = fault_servers.start() end)
  teardown(function() faults:stop() end)

  for _, case in ipairs({
    { "luv", "timer" }, { "tick", "resumer" }, { "blocking", "scheduler" }, { "cqueues", "sleep" },
  }) do
    it(("waits its own way: %s, %s"):format(case[1], case[2]), function()
      local code, output, errors = run(case[1], case[2])
      assert.equal("9 accepted, waited 18 times\n", output, errors)
      assert.equal(0, code)
      assert.equal("", errors)
    end)
  end

  -- The answers that came before the loop had ever waited were collected unseen: a second was lost, at least.
  for _, host in ipairs({ "tick", "luv", "cqueues" }) do
    it("waits until the answer to another call was collected: " .. host, function()
      local code, output, errors = run(host, "collected")
      assert.matches("^9 accepted", output)
      assert.equal(0, code)
      assert.equal("", errors)
    end)
  end

  for _, host in ipairs({ "tick", "luv", "cqueues" }) do
    it("let an answer come before its call has got back to the loop: " .. host, function()
      local code, output, errors = run(host, "overtaken")
      assert.equal("9 accepted, waited 18 times\n", output, errors)
      assert.equal(0, code)
    end)
  end

  it("yields where nothing resumes it: the yield returns at once, and is reported", function()
    local code, output, errors = run("blocking", "yield")
    assert.equal("9 accepted, waited 18 times\n", output, errors)
    assert.equal(0, code)
    assert.equal(9, select(2, errors:gsub("yielded, but no event loop resumes it", "")))
  end)
end)
