local fault_servers = require("spec.support.faults")
local process = require("spec.support.process")
local scripted = require("spec.support.scripted")
local vertexsms = require("vertexsms")

local TOKEN = "token-of-the-concurrency-spec"

describe("client:all", function()
  it("refuses options that make no sense", function()
    local client = vertexsms.safe.new({ token = TOKEN, base_url = "http://127.0.0.1:1" })
    for _, wrong in ipairs({ 0, -1, 1.5, 0 / 0, math.huge, 10001, "5", {} }) do
      local outcomes, err = client:all({ { "status", "1" } }, { concurrency = wrong })
      assert.is_nil(outcomes)
      assert.same({ "invalid_argument", "concurrency" }, { err.kind, err.field })
    end
    local _, err = client:all({}, { concurency = 5 })
    assert.matches('did you mean "concurrency"?', err.message, 1, true)
    client:close()
  end)

  it("says what a call looks like", function()
    local client = vertexsms.safe.new({ token = TOKEN, base_url = "http://127.0.0.1:1" })
    local outcomes = client:all({ "send", { "sned" } })
    assert.equal('a call must be a table such as { "send", message }, not a string ("send")', outcomes[1].error.message)
    assert.equal('"sned" is not a method that client:all and client:submit can call, such as "send"',
      outcomes[2].error.message)
    client:close()
  end)

  it("refuses an option outside of a call's list, which would be left out: a guard would not see its key", function()
    local message = { to = "37069912345", from = "MyShop", message = "x" }
    local server = scripted.start()
    server:script({ body = '["1"]' })
    local outcomes = server:safe():all({ { "send", message, guard_key = "visitor" }, { "send", message } })
    assert.equal('a call must be a list such as { "send", message, options }, but this one has a value at "guard_key"',
      outcomes[1].error.message)
    assert.equal("1", outcomes[2].result.id)
    assert.equal(1, #server:requests())
    server:stop()
  end)

  -- The metamethods raise when the first message has left already: its outcome must not be lost with them.
  it("tells each outcome, whatever the caller's tables do when they are read", function()
    local function boom() error("boom") end
    local message = { to = "37069912345", from = "MyShop", message = "x" }
    local server = scripted.start()
    server:script({ body = '["1"]' })
    local calls = {
      { "send", message }, setmetatable({}, { __index = boom }), { "send", setmetatable({}, { __index = boom }) },
      { "send", message },
    }
    local outcomes = server:safe():all(calls, { concurrency = 1 })
    assert.same({ "1", "1" }, { outcomes[1].result.id, outcomes[4].result.id })
    assert.same({ "invalid_argument", "not_sent" }, { outcomes[2].error.kind, outcomes[2].error.outcome })
    assert.matches("boom", outcomes[2].error.message)
    assert.matches("boom", outcomes[3].error.message)
    server:stop()
  end)

  it("reads its list before the first call begins", function()
    local message = { to = "37069912345", from = "MyShop", message = "x" }
    local server = scripted.start()
    server:script({ body = '["1"]' })
    local calls = { { "send", message }, { "send", message }, { "send", message } }
    local client = server:safe({ on_request = function() calls[3] = nil end })
    assert.equal("1", client:all(calls, { concurrency = 1 })[3].result.id)
    server:stop()
  end)

  it("tells of the same number twice, before the first call begins", function()
    local server, events = scripted.start(), {}
    local function message(to) return { to = to, from = "MyShop", message = "x" } end
    local client = server:safe({
      on_warning = function(event) events[#events + 1] = event end,
      on_request = function() events[#events + 1] = "request" end,
    })
    server:script({ body = '["1"]' })
    local one, other = message("37069912345"), message("37069912346")
    client:all({ { "send", one }, { "viber", one }, { "status", "1" }, { "send", other } }, { concurrency = 1 })
    assert.same({ "request", "request", "request", "request" }, events)
    events = {}
    local proxy = setmetatable({}, { __index = one })
    client:all({ { "send", other }, { "send", one }, { "send", message("+37069912346") }, {}, { "send", proxy },
      { "send", one } }, { concurrency = 1 })
    assert.same({
      code = "same_recipient", method = "POST", path = "/sms", messages = 6, repeated = 2, first = 1, index = 3,
    }, events[1])
    assert.equal("request", events[2])
    server:stop()
  end)

  it("gives an iterator that goes on outside of it", function()
    local server = scripted.start()
    server:script({ body = '[{"mnc":"01"}]' }, { body = '[{"mnc":"02"}]' }, { body = "[]" })
    local networks = server:safe():all({ { "mccmnc", "LT" } })[1].result
    assert.same({ "01", "02" }, { networks().mnc, networks().mnc })
    assert.is_nil(networks())
    server:stop()
  end)

  -- Each start takes at least 0.2 ms, so that no more than six begin within the millisecond of a turn, however fast or
  -- slow the machine is.
  it("takes little of each turn of the loop, however many calls it starts", function()
    local CODE = [[
      local uv = require("luv")
      local core = require("vertexsms.core")
      local turn, starts, most = 0, {}, 0
      local client = require("vertexsms").safe.new({
        token = "t", base_url = (...), host = "luv", retry = false,
        on_request = function()
          starts[turn] = (starts[turn] or 0) + 1
          most = math.max(most, starts[turn])
          local deadline = core.now() + 0.0002
          repeat until core.now() >= deadline
        end,
      })
      local prepare = uv.new_prepare()
      prepare:start(function() turn = turn + 1 end)
      local calls, accepted = {}, 0
      for i = 1, 200 do calls[i] = { "send", { to = "37069912345", from = "MyShop", message = "x" } } end
      local function run()
        for _, outcome in ipairs(client:all(calls, { concurrency = 200 })) do
          if outcome.result then accepted = accepted + 1 end
        end
        prepare:close()
      end
      local timer = uv.new_timer()
      timer:start(0, 0, function()
        timer:close()
        coroutine.wrap(run)()
      end)
      uv.run()
      print(accepted, most)
    ]]
    local faults = fault_servers.start()
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write(CODE)
    file:close()
    local code, output, errors = process.run({ process.lua(), path, faults:url("ok") })
    os.remove(path)
    faults:stop()
    assert.equal(0, code, output .. errors)
    local accepted, most = output:match("^(%d+)\t(%d+)\n$")
    assert.equal("200", accepted)
    assert.is_true(tonumber(most) <= 6, most)
  end)
end)

describe("client:submit", function()
  it("has finished, too, when there is no such method", function()
    local client = vertexsms.safe.new({ token = TOKEN, base_url = "http://127.0.0.1:1", host = "tick" })
    local failure
    local call = client:submit("sned", {}, function(err) failure = err end)
    assert.same({ "invalid_argument", "method", true }, { failure.kind, failure.field, call.is_finished })
    client:close()
  end)
end)

describe("client:submit", function()
  it("tells the callback of a wrong argument", function()
    local client = vertexsms.safe.new({ token = TOKEN, base_url = "http://127.0.0.1:1", host = "tick" })
    local answers = {}
    local call = client:submit("send", 5, function(err, result) answers[#answers + 1] = { err, result } end)
    assert.equal(1, #answers)
    local err, result = answers[1][1], answers[1][2]
    assert.same({ "invalid_argument", "not_sent" }, { err.kind, err.outcome })
    assert.matches("bad argument message %(table expected, got number%)", err.message)
    assert.is_nil(result)
    assert.is_true(call.is_finished)
    client:close()
  end)
end)

describe("client:update", function()
  it("takes a number of seconds and nothing else", function()
    local client = vertexsms.safe.new({ token = TOKEN, base_url = "http://127.0.0.1:1", host = "tick" })
    assert.equal(0, client:update(0.001))
    assert.has_error(function() client:update("soon") end)
    client:close()
  end)
end)
