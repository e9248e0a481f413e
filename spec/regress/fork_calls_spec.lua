-- A fork copies everything that waits: a call between two attempts, the items of client:all that have not begun, the
-- next batch of a list. Both processes went on with them and sent twice. A call belongs to the process that began it.

local fault_servers = require("spec.support.faults")
local outboxes = require("spec.support.outboxes")
local process = require("spec.support.process")

local PRELUDE = [[
  local url, path = ...
  local ffi = require("ffi")
  ffi.cdef "int fork(void); int waitpid(int, int *, int); void _exit(int); unsigned alarm(unsigned);"
  local core = require("vertexsms.core")
  local vertexsms = require("vertexsms")

  local function end_child()
    io.stdout:flush()
    ffi.C._exit(0)
  end

  -- Returns true in the child, which must end itself; in the parent when the child has ended.
  local function is_child()
    io.stdout:flush()
    local child = ffi.C.fork()
    if child ~= 0 then return ffi.C.waitpid(child, nil, 0) < 0 end
    ffi.C.alarm(20)
    return true
  end

  local function client_with(options)
    local all = { token = "t", base_url = url, retry = { base = 0.2, random = function() return 0.9 end } }
    for name, value in pairs(options) do all[name] = value end
    return vertexsms.safe.new(all)
  end

  local function message(text)
    return { to = "37069912345", from = "MyShop", message = text or "x" }
  end

  local function show(err, sent)
    print(err and table.concat({ err.kind, err.outcome, tostring(err.retryable) }, " ") or "accepted " .. #sent.ids)
  end

  -- Calls update until the call has finished.
  local function pump(client, call)
    while not call.is_finished do
      client:update()
      core.sleep(0.001)
    end
  end

  local function pump_until_waiting(client, is_waiting)
    while not is_waiting() do
      client:update()
      core.sleep(0.001)
    end
  end
]]

local function run(code, url, path)
  local script = os.tmpname()
  local file = assert(io.open(script, "w"))
  file:write(PRELUDE, code)
  file:close()
  local status, output, errors = process.run({ process.lua(), script, url, path or "" })
  os.remove(script)
  assert.equal(0, status, output .. errors)
  return output
end

describe("in a forked child", function()
  if not rawget(_G, "jit") then return end -- no other Lua can fork without help

  local faults
  setup(function() faults = fault_servers.start() end)
  teardown(function() faults:stop() end)
  before_each(function() faults:reset() end)

  it("a call that waits for its next attempt ends as closed, with what is known", function()
    local output = run([[
      local is_waiting = false
      local client = client_with { host = "tick", on_retry = function() is_waiting = true end }
      local call = client:submit("send", message(), show)
      pump_until_waiting(client, function() return is_waiting end)
      if is_child() then
        pump(client, call)
        end_child()
      end
      pump(client, call)
    ]], faults:url("status", "/then/503,200/key=waiting"))
    assert.equal("closed rejected false\naccepted 1\n", output)
    assert.equal(2, faults:seen("status").requests)
  end)

  it("a send that was answered, and whose coroutine does not know it yet, is not repeated", function()
    local output = run([[
      local client, is_over = client_with { host = "tick" }, false
      coroutine.wrap(function()
        local sent, err = client:send(message())
        show(err, sent)
        is_over = true
      end)()
      while client.engine:counters().uncollected == 0 do core.sleep(0.001) end
      local is_mine = is_child()
      while not is_over do
        client:update()
        core.sleep(0.001)
      end
      if is_mine then end_child() end
    ]], faults:url("status", "/then/503,200/key=answered"))
    assert.equal("closed rejected false\naccepted 1\n", output)
    assert.equal(2, faults:seen("status").requests)
  end)

  it("the items of client:all that have not begun do not begin", function()
    local output = run([[
      local client = client_with { host = "tick", retry = false }
      local outcomes
      coroutine.wrap(function()
        outcomes = client:all({ { "send", message("1") }, { "send", message("2") } }, { concurrency = 1 })
      end)()
      local function finish()
        while not outcomes do
          client:update()
          core.sleep(0.001)
        end
        for _, outcome in ipairs(outcomes) do show(outcome.error, outcome.result) end
      end
      if is_child() then
        finish()
        end_child()
      end
      finish()
    ]], faults:url("slow", "/50"))
    assert.equal("closed unknown false\nclosed not_sent false\naccepted 1\naccepted 1\n", output)
    assert.equal(2, faults:seen("slow").requests)
  end)

  it("the next batch of a list does not leave", function()
    local output = run([[
      local is_forked, is_mine = false, false
      local client = client_with { batch_size = 1, on_response = function()
        if is_forked then return end
        is_forked, is_mine = true, is_child()
      end }
      local sent, err = client:send_many { message("1"), message("2") }
      show(err, sent)
      if is_mine then
        for _, one in ipairs(err.results) do print(one.outcome, one.retryable) end
        end_child()
      end
    ]], faults:url("ok"))
    assert.equal("closed unknown false\naccepted\tnil\nnot_sent\tfalse\naccepted 2\n", output)
    assert.equal(2, faults:seen("ok").requests)
  end)

  it("a call whose on_request hook forked is not sent", function()
    local output = run([[
      local is_mine
      local client = client_with { on_request = function() is_mine = is_child() end }
      local sent, err = client:send(message())
      show(err, sent)
      if is_mine then end_child() end
    ]], faults:url("ok"))
    assert.equal("closed not_sent false\naccepted 1\n", output)
    assert.equal(1, faults:seen("ok").requests)
  end)

  it("a submitted call that the host has not begun is not sent", function()
    local output = run([[
      local client = client_with { host = "tick" }
      local queued
      local busy = { spawn = function(work) queued = work end, is_free = function() return false end }
      client.host = setmetatable(busy, { __index = client.host })
      local call = client:submit("send", message(), show)
      local is_mine = is_child()
      coroutine.wrap(function() queued:run() end)()
      pump(client, call)
      if is_mine then end_child() end
    ]], faults:url("ok"))
    assert.equal("closed not_sent false\naccepted 1\n", output)
    assert.equal(1, faults:seen("ok").requests)
  end)

  it("the entry of a tracked send stays its parent's", function()
    local output = run([[
      local is_waiting = false
      local client = client_with { host = "tick", on_retry = function() is_waiting = true end,
        track = { url = "https://example.com/dlr", store = path, on_resolved = function() end } }
      local function count() return #client.tracking.ledger:due(math.huge, 10, client.host) end
      local call = client:submit("send", message(), show)
      pump_until_waiting(client, function() return is_waiting end)
      if is_child() then
        pump(client, call)
        end_child()
      end
      print(count())
      pump(client, call)
      print(count())
    ]], faults:url("status", "/then/503,200/key=tracked"), outboxes.new_path())
    outboxes.remove()
    assert.equal("closed rejected false\n1\naccepted 1\n0\n", output)
  end)

  it("a call of the child's own goes on", function()
    local output = run([[
      local client = client_with { host = "tick" }
      pump(client, client:submit("send", message(), show))
      if is_child() then
        pump(client, client:submit("send", message(), show))
        show(select(2, client:send_many { message(), message() }), { ids = { 1, 2 } })
        end_child()
      end
      pump(client, client:submit("send", message(), show))
    ]], faults:url("ok"))
    assert.equal("accepted 1\naccepted 1\naccepted 2\naccepted 1\n", output)
  end)
end)
