local callback = require("vertexsms.callback")
local calls = require("spec.support.calls")
local core = require("vertexsms.core")

local DLR, post = calls.DLR, calls.post

describe("what was handled", function()
  local seen, events

  local function handler(options) return calls.handler(seen, events, options) end

  before_each(function() seen, events = {}, {} end)

  it("hands over the same report once, another state again", function()
    local handle = handler()
    local function report(status, code)
      return (post(handle, ('{"id":"5","status":%s,"error":%s}'):format(status, code)))
    end
    for _ = 1, 3 do
      assert.equal(200, report("2", "43"))
      assert.equal(200, report('"2"', '"43"'))
    end
    assert.equal(200, report("2", "1"))
    assert.equal(200, report("1", "0"))
    assert.equal(200, report("2", "43"))
    assert.equal(3, #seen)
    assert.equal("this report was handled before", events[1].reason)
  end)

  it("keeps kinds apart, and takes another text of a sender's for another notification", function()
    local handle = handler()
    post(handle, '{"id":"5","status":"1"}')
    post(handle, '{"id":"5","error":"0","imsi":"1"}')
    for _ = 1, 2 do
      post(handle, '{"id":"5","was":"pending"}')
      post(handle, '{"id":"5","was":"approved"}')
    end
    assert.equal(4, #seen)
    for _, report in ipairs(seen) do assert.is_nil(report.superseded) end
  end)

  it("takes another unknown status for another report", function()
    local handle = handler()
    for _ = 1, 2 do
      for _, status in ipairs({ "buffered", "rejected", "9" }) do
        post(handle, ('{"id":"5","status":"%s"}'):format(status))
      end
    end
    assert.equal(3, #seen)
    assert.same({ "dlr", "unknown" }, { seen[1].kind, seen[1].state })
  end)

  it("tells states apart of which one ends like the other", function()
    local handle = handler()
    for _, status in ipairs({ 2, 1, 2, 1 }) do post(handle, ('{"id":"5","status":%d,"error":0}'):format(status)) end
    assert.same({ "undelivered", "delivered" }, { seen[1].state, seen[2].state })
    assert.equal(2, #seen)
  end)

  it("remembers the last 16 reports of a message", function()
    local handle = handler()
    local function report(code) return (post(handle, ('{"id":"5","status":2,"error":%d}'):format(code))) end
    for code = 1, 17 do report(code) end
    for code = 2, 17 do report(code) end
    assert.equal(17, #seen)
    report(1)
    assert.equal(18, #seen)
  end)

  it("says when a later state was handed over before", function()
    local handle = handler()
    for _, status in ipairs({ "9", "16", "1", "2", "3", "1", "8" }) do
      post(handle, ('{"id":"5","status":%s}'):format(status))
    end
    local got = {}
    for _, report in ipairs(seen) do got[#got + 1] = report.state .. (report.superseded and " superseded" or "") end
    assert.same({ "unknown", "expired", "delivered", "undelivered superseded", "seen", "unknown superseded" }, got)
    local function superseded(...)
      seen, got = {}, {}
      handle = handler()
      for i, report in ipairs({ ... }) do
        post(handle, ('{"id":"6",%s}'):format(report))
        got[i] = tostring(seen[i].superseded)
      end
      return table.concat(got, " ")
    end
    assert.equal("nil true true", superseded('"status":3', '"status":1', '"status":9'))
    assert.equal("nil true true", superseded('"status":3', '"status":9', '"status":1'))
    assert.equal("nil true", superseded('"status":1', '"status":16'))
    assert.equal("nil nil nil", superseded('"status":2,"error":43', '"status":2,"error":1', '"status":16'))
  end)

  it("forgets the order when the later one was not handled", function()
    local fails = true
    local handle = handler({ on_report = function(report)
      if report.state == "delivered" and fails then error("no") end
      seen[#seen + 1] = report
    end })
    assert.equal(500, (post(handle, '{"id":"5","status":1}')))
    assert.equal(200, (post(handle, '{"id":"5","status":9}')))
    assert.is_nil(seen[1].superseded)
  end)

  it("handles one report of a message at a time", function()
    local thread, inner
    local handle = handler({ on_report = function(report)
      seen[#seen + 1] = report
      if #seen > 1 then return end
      inner = { (post(thread, DLR)), (post(thread, '{"id":"1281532560","status":9}')), (post(thread, '{"id":"2"}')) }
    end })
    thread = handle
    assert.equal(200, (post(handle)))
    assert.same({ 503, 503, 200 }, inner)
    assert.equal("another report of the same message is being handled", events[1].reason)
    assert.equal(200, (post(handle)))
    assert.equal(2, #seen)
  end)

  it("handles one report of a message at a time, however many others come meanwhile", function()
    local handle, inner
    handle = handler({ store = callback.memory(10), on_report = function(report)
      seen[#seen + 1] = report
      if #seen > 1 then return end
      for id = 1, 50 do assert.equal(200, (post(handle, ('{"id":%d,"status":1}'):format(id)))) end
      inner = (post(handle))
    end })
    assert.equal(200, (post(handle)))
    assert.equal(503, inner)
    assert.equal(51, #seen)
  end)

  it("takes over from a handler that never came back", function()
    local handle
    handle = handler({ lease = 0.001, on_report = function(report)
      seen[#seen + 1] = report
      if #seen > 1 then return end
      local started = core.now()
      repeat until core.now() - started > 0.002
      assert.equal(200, (post(handle)))
    end })
    assert.equal(200, (post(handle)))
    assert.equal(2, #seen)
  end)

  it("keeps to its bound", function()
    local handle = handler({ store = callback.memory(10) })
    for id = 1, 1000 do post(handle, ('{"id":%d,"status":1}'):format(id)) end
    assert.equal(1000, #seen)
    for id = 991, 1000 do post(handle, ('{"id":%d,"status":1}'):format(id)) end
    assert.equal(1000, #seen)
    post(handle, '{"id":1,"status":1}')
    assert.equal(1001, #seen)
  end)

  describe("with a store of the user's", function()
    local failing

    local function store()
      local inner = callback.memory()
      local function method(name)
        return function(_, ...)
          if failing == name then error("store away") end
          return inner[name](inner, ...)
        end
      end
      return { get = method("get"), set = method("set"), lock = method("lock"), unlock = method("unlock") }
    end

    before_each(function() failing = nil end)

    it("uses it", function()
      local handle = handler({ store = store() })
      assert.equal(200, (post(handle)))
      assert.equal(200, (post(handle)))
      assert.equal(1, #seen)
    end)

    it("ignores a value that another program wrote", function()
      local own = store()
      own.get = function() return "somebody else's" end
      assert.equal(200, (post(handler({ store = own }))))
      assert.equal(1, #seen)
    end)

    it("has VertexSMS repeat what it could not look up", function()
      local handle = handler({ store = store() })
      for _, name in ipairs({ "lock", "get" }) do
        failing = name
        assert.equal(503, (post(handle, ('{"id":"%s"}'):format(name))))
        assert.matches("store away", events[#events].reason)
      end
      assert.equal(0, #seen)
      failing = nil
      for _, name in ipairs({ "lock", "get" }) do -- the lock was given back
        assert.equal(200, (post(handle, ('{"id":"%s"}'):format(name))))
      end
      assert.equal(2, #seen)
    end)

    it("does not have VertexSMS repeat what was handled", function()
      local handle = handler({ store = store() })
      failing = "set"
      local status
      local said = calls.stderr_of(function() status = post(handle) end)
      assert.matches("handled, but the store could not note that, so it may be handled again: .*store away", said)
      assert.equal(200, status)
      assert.equal(1, #seen)
    end)
  end)
end)
