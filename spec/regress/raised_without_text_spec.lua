-- What a hook, a store, a callback or a log raises was made text with tostring: where its __tostring failed, that error
-- came out of a send that had been accepted.

local calls = require("spec.support.calls")
local callback = require("vertexsms.callback")
local reasons = require("vertexsms.base.reason")
local scripted = require("spec.support.scripted")

local function raise()
  error(setmetatable({}, { __tostring = function() error("raised on purpose") end }))
end

describe("what cannot be shown", function()
  local server

  before_each(function()
    server = scripted.start()
    server:script({ body = '["1"]' })
  end)
  after_each(function() server:stop() end)

  local function assert_accepted(options, prepare)
    local client = server:safe(options)
    if prepare then prepare(client) end
    local sent, err
    local written = calls.stderr_of(function()
      sent, err = client:send({ to = "37069912345", from = "MyShop", message = "x" })
    end)
    assert.equal("1", sent and sent.id, tostring(err))
    client:close()
    return written
  end

  it("is told as what it is", function()
    local ok, reason = pcall(raise)
    assert.is_false(ok)
    assert.equal("a table whose __tostring fails", reasons.text(reason))
    assert.equal("a table whose __tostring fails", reasons.text(setmetatable({}, { __tostring = function() end })))
  end)

  it("takes no outcome along when a hook raises it", function()
    for _, name in ipairs({ "on_request", "on_response" }) do
      server:script({ body = '["1"]' })
      assert.matches(name .. " raised: a table whose __tostring fails", assert_accepted({ [name] = raise }), 1, true)
    end
  end)

  it("takes no outcome along when a store raises it", function()
    local store = { change = raise, due = function() return {} end }
    local track = { url = "https://example.com/", store = store, on_resolved = function() end }
    assert.matches("tracking: a table whose __tostring fails", assert_accepted({ track = track }), 1, true)
  end)

  it("takes no outcome along when the log raises it", function()
    assert_accepted({ on_response = raise }, function(client)
      client.host = setmetatable({ report = raise }, { __index = client.host })
    end)
  end)

  it("is an answer of 500 when a handler raises it", function()
    local seen, events = {}, {}
    local handle = calls.handler(seen, events, { on_report = raise })
    assert.equal(500, (calls.post(handle)))
    assert.equal("the report could not be handled: a table whose __tostring fails", events[1].reason)
    for _, name in ipairs({ "get", "set", "lock", "unlock" }) do
      local store = {
        get = function() end, set = function() end, lock = function() return "me" end, unlock = function() end,
      }
      store[name] = raise
      local answer
      calls.stderr_of(function() answer = calls.post(calls.handler(seen, events, { store = store })) end)
      assert.is_true(answer == 200 or answer == 503, name)
    end
  end)

  it("is reported when on_event raises it", function()
    local handle = callback.handler({ on_report = raise, on_event = raise })
    local written = calls.stderr_of(function() assert.equal(500, (calls.post(handle))) end)
    assert.matches("on_event raised an error: a table whose __tostring fails", written, 1, true)
  end)

  it("is reported when a callback raises it in a host that waits", function()
    local client = server:safe({ host = "tick" })
    local written = calls.stderr_of(function()
      client:submit("send", 5, raise)
    end)
    assert.matches("a table whose __tostring fails", written, 1, true)
    client:close()
  end)
end)
